"""The verbs of watched sites (W2): adding and changing them, what a look at one found, and the text that was approved.

A change of the text without an approval is an incident. An approved one moves the baseline: a person says why, or
executed publications explain every word of it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from cms.models import Baseline, Column, Probe, SiteIncident, WatchedSite
from cms.rules import incidents as rules
from cms.selectors.watch import explaining_publication
from cms.services.allowed import clause_of, require, words
from cms.services.incidents import open_incident, resolve, settle_by_itself
from cms.services.partner import UPKEEP
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.outbound import NotAllowed
from office.outbound.fetch import listed
from office.rulebook import api as rulebook
from office.staff.models import Employee

SCHEDULE, PARAMETERS = "work.uptime_probe", "cms.probe"


def save_site(
    *,
    site_id: int | None,
    name: str,
    url: str,
    watch_text: bool,
    part: str,
    columns: Collection[int],
    active: bool,
    by: Employee,
    now: datetime,
) -> WatchedSite:
    """A site added or changed; the next look comes at once. Only an address of the list of hosts is taken.

    Raises Forbidden, NotFound, Invalid, Conflict (`taken`)."""
    require(by, UPKEEP, now)
    name = words(name, path="name", longest=60, missing=_("A site needs a name."))
    url = words(url, path="url", longest=300, missing=_("A site needs an address."))
    part = words(part, path="part", longest=60)
    try:
        listed(tuple(settings.ECDEPT_OUTBOUND_HOSTS)).judge(url)
    except NotAllowed as error:
        raise Invalid(
            error.message, errors=[{"path": "url", "code": error.code, "message": error.message}]
        ) from error
    with transaction.atomic():
        site = WatchedSite(created_at=now)
        if site_id is not None:
            found = WatchedSite.objects.select_for_update().filter(pk=site_id).first()
            if found is None:
                raise NotFound(_("There is no such site."))
            site = found
        if WatchedSite.objects.filter(url=url).exclude(pk=site.pk).exists():
            raise Conflict(_("This address is watched already."), code="taken")
        if (site.url, site.part) != (url, part):  # another text: what was seen says nothing about it
            site.seen_digest, site.seen_text, site.streaks, site.ends_at = "", "", {}, None
        site.name, site.url, site.watch_text, site.part, site.active = name, url, watch_text, part, active
        site.next_at = now if active else None
        site.save()
        site.columns.set(Column.objects.filter(pk__in=columns))
        audit.record(
            "cms.site_save",
            subject=site.subject,
            by=by,
            now=now,
            clause=clause_of(UPKEEP, now),
            data={"url": url, "part": part, "watch_text": watch_text, "active": active},
        )
        return site


def approve_text(*, site_id: int, digest: str, reason: str, by: Employee, now: datetime) -> Baseline:
    """What stands there now is right, for this reason; a live incident about it is settled with the same words.

    `digest` is what the person read: Raises Conflict (`changed`) when something else stands there by now, Forbidden,
    NotFound, Invalid."""
    require(by, UPKEEP, now)
    reason = words(reason, path="reason", longest=300, missing=_("Say why this text is right."))
    with transaction.atomic():
        site = WatchedSite.objects.select_for_update().filter(pk=site_id).first()
        if site is None:
            raise NotFound(_("There is no such site."))
        if not site.seen_digest or site.seen_digest != digest:
            raise Conflict(_("Another text stands there by now. Please read it first."), code="changed")
        baseline = Baseline.objects.create(
            site=site, digest=digest, text=site.seen_text, reason=reason, by=by, at=now
        )
        site.streaks = {kind: count for kind, count in site.streaks.items() if kind != rules.CONTENT}
        site.save(update_fields=["streaks"])
        audit.record(
            "cms.text_approved",
            subject=site.subject,
            by=by,
            now=now,
            clause=clause_of(UPKEEP, now),
            data={"reason": reason, "digest": digest},
        )
        live = SiteIncident.objects.filter(
            site=site, kind=rules.CONTENT, state__in=SiteIncident.LIVE, opened_by=None
        ).first()
        if live is not None:
            resolve(incident_id=live.pk, resolution=reason, by=by, now=now)
        return baseline


_CLAIM = """
UPDATE cms_watchedsite SET next_at = %(following)s
WHERE id IN (SELECT id FROM cms_watchedsite WHERE next_at <= %(now)s ORDER BY next_at LIMIT 200
             FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def claim_due(*, now: datetime) -> list[int]:
    """The sites that are due, each for one worker; their next look is set by the book's schedule."""
    following = rulebook.next_run(rulebook.schedule_rule(SCHEDULE, at=now), now)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "following": following})
        return sorted(row[0] for row in cursor.fetchall())


def record_look(*, site_id: int, look: rules.Look | None, now: datetime) -> Probe | None:
    """Keep what a look found, open the incidents that are due, settle those that are over. None for a site that is no
    longer watched, or whose host may not be asked (`look` None)."""
    with transaction.atomic():
        site = WatchedSite.objects.select_for_update().filter(pk=site_id, active=True).first()
        if site is None:
            return None
        if look is None:
            site.last_at, site.last_well, site.last_status, site.last_ms = now, None, None, None
            site.last_error = "not_listed"
            site.save(update_fields=["last_at", "last_well", "last_status", "last_ms", "last_error"])
            return None
        limits = limits_at(now)
        approved = _approved(site, look, now) if site.watch_text else ""
        seen = rules.judge(look, approved=approved, limits=limits)
        probe = Probe.objects.create(
            site=site,
            at=look.at,
            well=not any(seen.values()),
            status=look.status,
            ms=look.ms,
            error=look.error,
            digest=bytes.fromhex(look.fingerprint)[:8] if look.fingerprint else None,
        )
        site.streaks = rules.counted(site.streaks, seen)
        site.last_at, site.last_well, site.last_status = look.at, probe.well, look.status
        site.last_ms, site.last_error = look.ms, look.error
        site.ends_at = look.certificate_ends or site.ends_at
        if look.fingerprint:
            site.seen_digest, site.seen_text = look.fingerprint, look.text
        site.save()
        for kind, shown in seen.items():
            if not shown:
                settle_by_itself(site=site, kind=kind, now=now)
        for kind in rules.due_kinds(site.streaks, seen, limits.failures):
            open_incident(site=site, kind=kind, title="", detail="", facts=_facts(look), by=None, now=now)
        return probe


def limits_at(now: datetime) -> rules.Limits:
    """The book's parameters of a look."""
    rule = rulebook.parameter_rule(PARAMETERS, at=now)
    return rules.Limits(
        failures=rule.integer("failures"),
        slow_ms=rule.integer("slow_ms"),
        certificate=timedelta(days=rule.integer("certificate_days")),
    )


def _facts(look: rules.Look) -> dict[str, object]:
    facts: dict[str, object] = {"status": look.status, "ms": look.ms, "error": look.error}
    if look.certificate_ends:
        facts["certificate_ends"] = look.certificate_ends.isoformat()
    return {name: value for name, value in facts.items() if value}


def _approved(site: WatchedSite, look: rules.Look, now: datetime) -> str:
    """The fingerprint that ought to be there; moved first when executed publications explain all of the new text."""
    newest: Baseline | None = site.baselines.order_by("-id").first()
    if newest is None or not look.fingerprint or look.fingerprint == newest.digest:
        return newest.digest if newest else ""
    publication = explaining_publication(site, newest, look)
    if publication is None:
        return newest.digest
    Baseline.objects.create(
        site=site,
        digest=look.fingerprint,
        text=look.text,
        reason=publication.version.title,
        run_id=publication.run_id,
        at=now,
    )
    audit.record(
        "cms.text_published",
        subject=site.subject,
        by=None,
        now=now,
        clause=clause_of("cms.publish", now),
        data={"digest": look.fingerprint, "run": publication.run_id, "publication": publication.pk},
    )
    return look.fingerprint


def forget_probes(*, now: datetime) -> int:
    """Delete what is older than the book keeps."""
    days = rulebook.parameter_rule(PARAMETERS, at=now).integer("kept_days")
    deleted, _per_model = Probe.objects.filter(at__lt=now - timedelta(days=days)).delete()
    return deleted


__all__ = [
    "approve_text",
    "claim_due",
    "forget_probes",
    "limits_at",
    "record_look",
    "save_site",
]
