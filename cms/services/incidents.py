"""The verbs of an incident (C6.3, M4.3, W2): open, acknowledge, solve, close with a post-mortem. Telling the partner is
in services.partner.

Two clocks run from the opening: somebody is at it (cms.acknowledge), and the partner is told (cms.report_incident).
What is solved before the partner's time is over needs no telling (W2), unless the kind is one that the book always
has told (cms.must_tell_partner).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cms.models import SiteIncident, WatchedSite
from cms.rules import incidents as rules
from cms.services.allowed import acting_for, clause_of, people_with, require, words
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff.models import Employee

VIEW, HANDLE = "cms.watch", "cms.handle_incident"
Kind, State = SiteIncident.Kind, SiteIncident.State


def report_incident(
    *, site_id: int, kind: str, title: str, detail: str, by: Employee, now: datetime
) -> SiteIncident:
    """Opened by hand, by anybody who may look. Raises Forbidden, NotFound, Invalid, Conflict (`live`: one of that kind
    is live for the site already)."""
    require(by, VIEW, now)
    title = words(title, path="title", longest=120, missing=_("Say in a few words what is seen."))
    detail = words(detail, path="detail", longest=2000)
    if kind not in Kind.values:
        message = _("Choose what kind of incident it is.")
        raise Invalid(message, errors=[{"path": "kind", "code": "choice", "message": str(message)}])
    site = WatchedSite.objects.filter(pk=site_id).first()
    if site is None:
        raise NotFound(_("There is no such site."))
    opened = open_incident(site=site, kind=kind, title=title, detail=detail, facts={}, by=by, now=now)
    if opened is None:
        live = SiteIncident.objects.filter(site=site, kind=kind, state__in=SiteIncident.LIVE).first()
        raise Conflict(
            _("An incident of this kind is open for this site already: write what you see there."),
            code="live",
            clause=clause_of(HANDLE, now),
            incident=live.pk if live else None,
        )
    return opened


def open_incident(
    *,
    site: WatchedSite,
    kind: str,
    title: str,
    detail: str,
    facts: Mapping[str, Any],
    by: Employee | None,
    now: datetime,
) -> SiteIncident | None:
    """The incident with its clocks running and those told who handle it; None when one of the kind is live already."""
    try:
        with transaction.atomic():
            incident = SiteIncident.objects.create(
                site=site,
                kind=kind,
                title=title,
                detail=detail,
                facts=dict(facts),
                opened_at=now,
                opened_by=by,
            )
            for rule in (rules.ACKNOWLEDGE, rules.REPORT):
                deadlines.open(rule, subject=incident.subject, started_at=now, now=now)
            audit.record(
                "cms.incident_open",
                subject=incident.subject,
                by=by,
                now=now,
                clause=clause_of(rules.REPORT, now),
                data={"kind": kind, "title": title, **facts},
            )
            tell(incident, "cms.incident", now=now, but=by)
            return incident
    except IntegrityError as error:
        if "incident_one_live" not in str(error):
            raise
        return None


def acknowledge(*, incident_id: int, by: Employee, now: datetime, seen: int | None = None) -> SiteIncident:
    """Somebody is at it. Raises Forbidden, NotFound, Conflict."""
    with transaction.atomic():
        incident = locked(incident_id, by, now, seen=seen)
        require_state(incident, State.OPEN)
        take_on(incident, by, now)
        incident.state = State.ACKNOWLEDGED
        write(incident, "state", "acknowledged_at", "acknowledged_by")
        record(incident=incident, verb="cms.incident_acknowledge", by=by, now=now)
        return incident


def resolve(
    *, incident_id: int, resolution: str, by: Employee, now: datetime, seen: int | None = None
) -> SiteIncident:
    """Solved by a person. Raises Forbidden, NotFound, Conflict (`state`; `tell_first`: this kind goes to the partner
    before it is settled), Invalid."""
    with transaction.atomic():
        incident = locked(incident_id, by, now, seen=seen)
        require_state(incident, *SiteIncident.LIVE)
        if incident.told_at is None and incident.kind in must_tell(now):
            raise Conflict(
                _("The partner has to be told of this kind of incident before it is settled."),
                code="tell_first",
                clause=clause_of(rules.REPORT, now),
            )
        incident.resolution = words(
            resolution, path="resolution", longest=1000, missing=_("Say how it was solved.")
        )
        take_on(incident, by, now)
        incident.resolved_by = by
        _settle(incident, now, holder=by.pk)
        record(incident=incident, verb="cms.incident_resolve", by=by, now=now, resolution=incident.resolution)
        return incident


def settle_by_itself(*, site: WatchedSite, kind: str, now: datetime) -> SiteIncident | None:
    """A probe finds the site well again: the incident that probes had opened is settled; its post-mortem stays due."""
    with transaction.atomic():
        incident = (
            SiteIncident.objects.select_for_update()
            .filter(site=site, kind=kind, state__in=SiteIncident.LIVE, opened_by=None)
            .first()
        )
        if incident is None:
            return None
        incident.by_itself = True
        deadlines.cancel(rules.ACKNOWLEDGE, subject=incident.subject, at=now)
        _settle(incident, now, holder=incident.acknowledged_by_id)
        audit.record(
            "cms.incident_well",
            subject=incident.subject,
            by=None,
            now=now,
            clause=clause_of(HANDLE, now),
            data={"minutes": int((now - incident.opened_at).total_seconds() // 60)},
        )
        tell(incident, "cms.incident_well", now=now, but=None, urgent=False)
        return incident


def close(
    *,
    incident_id: int,
    cause: str,
    effect: str,
    prevention: str,
    by: Employee,
    now: datetime,
    seen: int | None = None,
) -> SiteIncident:
    """The post-mortem, after which nothing changes any more. Raises Forbidden, NotFound, Conflict, Invalid."""
    with transaction.atomic():
        incident = locked(incident_id, by, now, seen=seen)
        require_state(incident, State.RESOLVED)
        incident.cause = words(cause, path="cause", longest=2000, missing=_("Say what the cause was."))
        incident.effect = words(effect, path="effect", longest=2000)
        incident.prevention = words(
            prevention, path="prevention", longest=2000, missing=_("Say what keeps it from happening again.")
        )
        incident.state, incident.closed_at, incident.closed_by = State.CLOSED, now, by
        write(incident, "state", "cause", "effect", "prevention", "closed_at", "closed_by")
        deadlines.meet(rules.POST_MORTEM, subject=incident.subject, at=now)
        record(
            incident=incident,
            verb="cms.incident_close",
            by=by,
            now=now,
            cause=incident.cause,
            prevention=incident.prevention,
        )
        return incident


def add_note(*, incident_id: int, text: str, by: Employee, now: datetime) -> None:
    """What somebody sees or does, into the timeline. Raises Forbidden, NotFound, Conflict (closed), Invalid."""
    text = words(text, path="text", longest=1000, missing=_("Write what you see or do."))
    with transaction.atomic():
        incident = locked(incident_id, by, now, key=VIEW)
        if incident.state == State.CLOSED:
            raise moved_on(incident)
        record(incident=incident, verb="cms.incident_note", by=by, now=now, key=VIEW, note=text)


def must_tell(now: datetime) -> tuple[str, ...]:
    """Kinds of which the partner is told whatever happens."""
    return rulebook.parameter_rule("cms.must_tell_partner", at=now).texts()


# ---------------------------------------------------------------- steps that verbs share


def locked(
    incident_id: int, by: Employee, now: datetime, *, seen: int | None = None, key: str = HANDLE
) -> SiteIncident:
    """The incident's row, locked. Raises Forbidden, NotFound, Conflict (`stale`)."""
    require(by, key, now)
    incident = (
        SiteIncident.objects.select_for_update(of=("self",))
        .select_related("site")
        .filter(pk=incident_id)
        .first()
    )
    if incident is None:
        raise NotFound(_("There is no such incident."))
    if seen is not None and seen != incident.version:
        raise moved_on(incident)
    return incident


def require_state(incident: SiteIncident, *allowed: str) -> None:
    """Raises Conflict that says where the incident stands."""
    if incident.state not in allowed:
        raise moved_on(incident)


def moved_on(incident: SiteIncident) -> Conflict:
    return Conflict(
        _("This incident has moved on: “%(state)s”.") % {"state": incident.get_state_display()},
        code="state",
        state=incident.state,
    )


def take_on(incident: SiteIncident, by: Employee, now: datetime) -> None:
    """Whoever acts first is at it; the clocks are his from then on. The caller writes the row."""
    if incident.acknowledged_at is None:
        incident.acknowledged_at, incident.acknowledged_by = now, by
        deadlines.meet(rules.ACKNOWLEDGE, subject=incident.subject, at=now)
        deadlines.assign(incident.subject, by.pk)


def _settle(incident: SiteIncident, now: datetime, holder: int | None) -> None:
    deadlines.cancel(rules.REPORT, subject=incident.subject, at=now)
    incident.state, incident.resolved_at = State.RESOLVED, now
    write(
        incident, "state", "resolved_at", "resolved_by", "resolution", "by_itself",
        "acknowledged_at", "acknowledged_by",
    )  # fmt: skip
    deadlines.open(rules.POST_MORTEM, subject=incident.subject, started_at=now, now=now, holder_id=holder)


def write(incident: SiteIncident, *fields: str) -> None:
    """The changed columns, with the version that a page has to have seen."""
    incident.version += 1
    incident.save(update_fields=[*fields, "version"])


def record(
    *, incident: SiteIncident, verb: str, by: Employee, now: datetime, key: str = HANDLE, **data: Any
) -> None:
    """One entry in the incident's timeline."""
    audit.record(
        verb,
        subject=incident.subject,
        by=by,
        now=now,
        clause=clause_of(rules.REPORT, now),
        acting_for=acting_for(by, key, now),
        data=data,
    )


def tell(
    incident: SiteIncident, kind: str, *, now: datetime, but: Employee | None, urgent: bool = True
) -> None:
    """Everybody who handles incidents, but not who acts."""
    notices.notify(
        f"{kind}:{incident.kind}",
        people_with(HANDLE, now) - {but.pk if but else None},
        source=kind,
        source_id=incident.pk,
        subject=incident.subject,
        now=now,
        clause=clause_of(rules.REPORT, now),
        params={"title": incident.title},
        urgent=urgent,
    )
