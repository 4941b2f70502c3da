"""A watched site and looks at it, for the tests of this desk."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cms.models import SiteIncident, WatchedSite
from cms.rules.incidents import Look
from cms.rules.page_text import fingerprint
from cms.services import incidents, watching
from office.rulebook.services import activate_book
from tests.people import person

NOON = dt.datetime(2026, 11, 25, 4, 0, tzinfo=dt.UTC)  # 12:00 in Shanghai, a Wednesday
MINUTE = dt.timedelta(minutes=1)


def site(name: str = "官网", url: str = "https://www.example.com/", **fields: Any) -> WatchedSite:
    """A site that is due at once."""
    given = {"watch_text": True, "part": "", "columns": [], "active": True, **fields}
    return watching.save_site(site_id=None, name=name, url=url, **given, by=person("wei_webmaster"), now=NOON)


def mall() -> None:
    """The mall's book is in force."""
    activate_book(
        code="mall", starts_at=NOON - dt.timedelta(days=20), by=None, now=NOON - dt.timedelta(days=30)
    )


def look(minutes: float = 0, *, status: int = 200, text: str = "沙发 新品", **fields: Any) -> Look:
    """What a look brought, `minutes` after noon."""
    seen = {"ms": 120, **fields}
    if status == 200:
        seen |= {"text": text, "fingerprint": fingerprint(text)}
    return Look(at=NOON + minutes * MINUTE, status=status, **seen)


def away(minutes: float = 0, error: str = "timeout") -> Look:
    """No whole answer came."""
    return Look(at=NOON + minutes * MINUTE, error=error)


def keep(watched: WatchedSite, seen: Look | None) -> None:
    """The look is recorded at its own time."""
    watching.record_look(site_id=watched.pk, look=seen, now=seen.at if seen else NOON)


def incident(kind: str = "virus", watched: WatchedSite | None = None) -> SiteIncident:
    """Reported by the editor at noon."""
    return incidents.report_incident(
        site_id=(watched or site()).pk,
        kind=kind,
        title="首页弹出陌生广告",
        detail="",
        by=person("lin_editor"),
        now=NOON,
    )


def live(watched: WatchedSite) -> set[str]:
    """The kinds of incidents that are live."""
    return set(
        SiteIncident.objects.filter(site=watched, state__in=SiteIncident.LIVE).values_list("kind", flat=True)
    )
