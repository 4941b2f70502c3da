"""Reading watched sites: how they are, how they were, what their text became."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from cms.models import Baseline, Probe, Publication, SiteIncident, WatchedSite
from cms.rules import explained, html, page_text
from cms.rules.incidents import Look
from cms.selectors import live
from office.errors import NotFound
from office.outbound import sentence

STRIP = 60  # looks in a strip
POINTS = 240  # columns of the chart
DAYS = (1, 7, 30)
TABLE = 30


class Beat(NamedTuple):
    """One look in a strip: when, "well", "ill" or "none" (no look in this place)."""

    at: datetime | None
    tone: str


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A site in the list: its strip, oldest first, its share of well looks in 30 days, its live incidents."""

    site: WatchedSite
    beats: tuple[Beat, ...]
    share: float | None
    incidents: tuple[SiteIncident, ...]

    @property
    def error(self) -> str:
        return sentence(self.site.last_error) if self.site.last_error else ""


_STRIPS = """
SELECT s.id, p.at, p.well FROM unnest(%(ids)s::bigint[]) AS s (id)
CROSS JOIN LATERAL (SELECT at, well FROM cms_probe WHERE site_id = s.id ORDER BY at DESC LIMIT %(limit)s) p
ORDER BY s.id, p.at
"""
_SHARES = """
SELECT site_id, count(*) FILTER (WHERE well), count(*) FROM cms_probe
WHERE site_id = ANY (%(ids)s) AND at >= %(since)s GROUP BY site_id
"""


def lines(now: datetime, only: Iterable[int] | None = None) -> list[SiteLine]:
    """Every site, those in trouble first; four queries however many there are."""
    sites = list(WatchedSite.objects.all() if only is None else WatchedSite.objects.filter(pk__in=only))
    ids = [site.pk for site in sites]
    beats: dict[int, list[Beat]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_STRIPS, {"ids": ids, "limit": STRIP})
        for site_id, at, well in cursor.fetchall():
            beats[site_id].append(Beat(at, "well" if well else "ill"))
        cursor.execute(_SHARES, {"ids": ids, "since": now - timedelta(days=30)})
        shares = {site_id: 100 * well / total for site_id, well, total in cursor.fetchall()}
    live: dict[int, list[SiteIncident]] = defaultdict(list)
    for incident in SiteIncident.objects.filter(site_id__in=ids, state__in=SiteIncident.LIVE).order_by("id"):
        live[incident.site_id].append(incident)
    found = [
        SiteLine(site, _filled(beats[site.pk]), shares.get(site.pk), tuple(live[site.pk])) for site in sites
    ]
    return sorted(found, key=lambda line: (not line.site.active, not line.incidents, line.site.name))


def _filled(beats: Sequence[Beat]) -> tuple[Beat, ...]:
    return (*[Beat(None, "none")] * (STRIP - len(beats)), *beats)


def site_of(pk: int) -> WatchedSite:
    """Raises NotFound."""
    site = WatchedSite.objects.filter(pk=pk).first()
    if site is None:
        raise NotFound(_("There is no such site."))
    return site


class Column(NamedTuple):
    """One column of the chart: when it begins, the median and longest time in ms (None: no answer), looks, ill ones."""

    at: datetime
    median: int | None
    longest: int | None
    looks: int
    ill: int


_COLUMNS = """
SELECT date_bin(%(width)s, at, %(since)s) AS begins,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), max(ms), count(*), count(*) FILTER (WHERE NOT well)
FROM cms_probe WHERE site_id = %(site)s AND at >= %(since)s AND at <= %(until)s GROUP BY begins ORDER BY begins
"""


def columns(site: WatchedSite, *, days: int, now: datetime) -> list[Column]:
    """The last days in at most POINTS columns."""
    since = (now - timedelta(days=days)).replace(second=0, microsecond=0)
    width = max(timedelta(days=days) / POINTS, timedelta(minutes=5))
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"width": width, "since": since, "site": site.pk, "until": now}
        cursor.execute(_COLUMNS, values)
        return [
            Column(at, None if median is None else round(median), longest, looks, ill)
            for at, median, longest, looks, ill in cursor.fetchall()
        ]


def newest_probes(site: WatchedSite, limit: int = TABLE) -> list[Probe]:
    """The latest looks, newest first."""
    return list(site.probes.order_by("-at", "-pk")[:limit])


def newest_baseline(site: WatchedSite) -> Baseline | None:
    """The approved text that counts."""
    return site.baselines.select_related("by", "run").order_by("-id").first()


#: Publications of a site's columns, the newest, that are asked whether they explain a change.
EXPLAINING = 400


def explaining_publication(site: WatchedSite, newest: Baseline, look: Look) -> Publication | None:
    """The publication that made the approved text the new one, when publications of the site's columns explain all of
    the difference (cms.rules.explained). A text that was cut off cannot be compared: then nobody explains it."""
    if max(len(newest.text), len(look.text)) >= page_text.KEPT:
        return None
    rows = list(
        Publication.objects.filter(column__in=site.columns.all(), starts_at__lte=look.at, run__isnull=False)
        .select_related("version")
        .order_by("-starts_at", "-id")[:EXPLAINING]
    )
    on_site = set(live.live_at(look.at).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    place = explained.explaining(
        newest.text, look.text, [_shown(row, stays=row.pk in on_site) for row in rows]
    )
    return None if place is None else rows[place]


def _shown(row: Publication, *, stays: bool) -> explained.Shown:
    version = row.version
    texts = [version.title, version.summary, *html.paragraphs(version.body), version.author, version.source]
    names = [name for _sha256, name in version.files]
    return explained.Shown([*texts, *names], localtime(row.starts_at), stays)


class Difference(NamedTuple):
    """One stretch of the text: "same", "gone" or "new". Long same stretches are shortened."""

    tone: str
    text: str


#: Characters around a change that are shown, and of texts that are compared at all.
AROUND, COMPARED = 60, 20_000


def differences(before: str, after: str) -> list[Difference]:
    """What changed between two texts, for people to read; by words, or by characters where there are few blanks."""
    old, new = _pieces(before[:COMPARED]), _pieces(after[:COMPARED])
    found = []
    for word, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if word == "equal":
            found.append(Difference("same", _shortened("".join(old[i:j]))))
            continue
        if i < j:
            found.append(Difference("gone", "".join(old[i:j])))
        if k < m:
            found.append(Difference("new", "".join(new[k:m])))
    return found


def _pieces(text: str) -> list[str]:
    """Sentences and phrases: few enough to compare fast."""
    pieces, start = [], 0
    for place, letter in enumerate(text):
        if letter in " ，。；、！？,.;!?|" and place >= start:
            pieces.append(text[start : place + 1])
            start = place + 1
    return [*pieces, text[start:]] if start < len(text) else pieces


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * AROUND + 10 else f"{text[:AROUND]} … {text[-AROUND:]}"


def figures(since: datetime, until: datetime) -> list[dict[str, Any]]:
    """Per kind: incidents opened in the period, and the median minutes until taken on, told, solved."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {"since": since, "until": until})
        rows = cursor.fetchall()
    names = ("opened", "live", "taken", "told", "solved")
    return [
        {"name": SiteIncident.Kind(kind).label, **dict(zip(names, row, strict=True))} for kind, *row in rows
    ]


_FIGURES = """
SELECT kind, count(*), count(*) FILTER (WHERE state IN ('open', 'acknowledged', 'told')),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - opened_at) / 60),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM told_at - opened_at) / 60),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at) / 60)
FROM cms_siteincident WHERE opened_at >= %(since)s AND opened_at < %(until)s GROUP BY kind ORDER BY 2 DESC, 1
"""
