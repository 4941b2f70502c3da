"""Who goes into the machine room and comes out (C13.9, M12). An entry without leave is written down like any other, and
an alert goes out at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.models import RoomEntry, RoomExit, RoomGrant
from accounts.selectors import room as selectors
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, people_with, unless, words, wrong
from office.staff import api as staff
from office.staff.models import Employee
from office.subjects import Subject

KIND, ENTER, LOG = "accounts.machine_room", "accounts.enter_machine_room", "accounts.room_log"
#: How long one leave may last, and how long ago an entry may be noted.
LONGEST, BACK = timedelta(days=366), timedelta(days=1)


def ask_room(
    *,
    person_id: int | None,
    visitor: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    by: Employee,
    now: datetime,
) -> Run:
    """Asks the general manager to let a person or a visitor in. Raises NotFound, Invalid, Conflict, Refused."""
    person, guest = _who(person_id, visitor)
    said = words(reason, path="reason", longest=500, missing=_("Say what for."))
    if ends_at <= starts_at:
        raise wrong("ends_at", _("The end is before the beginning."), code="order")
    if ends_at <= now:
        raise wrong("ends_at", _("That time is over."), code="past")
    if ends_at - starts_at > LONGEST:
        raise wrong("ends_at", _("At most a year."), code="too_long")
    if person is not None and selectors.by_post(person, now):
        raise Conflict(_("{name}’s post lets him in already.").format(name=person.name), code="held")
    name = person.name if person else guest
    payload = {
        "person": person.pk if person else None,
        "visitor": guest,
        "from": starts_at.isoformat(),
        "to": ends_at.isoformat(),
        "reason": said,
    }
    subject = Subject("room", f"{person.pk if person else guest}"[:64], name)
    again = Run.objects.filter(
        kind=KIND, subject_type="room", subject_id=subject.id, requester=by, state=Run.State.RETURNED
    ).first()
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now)
    return approvals.submit(kind=KIND, subject=subject, payload=payload, by=by, now=now, draft="new")


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid."""
    if not str(payload.get("reason", "")).strip() or (payload.get("person") is None) == (
        not payload.get("visitor")
    ):
        raise Invalid(_("The request is incomplete."), code="incomplete")


def carry_out(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """The general manager has agreed; part of executing. Raises Conflict (`over`)."""
    starts, ends = parse_datetime(payload["from"]), parse_datetime(payload["to"])
    if starts is None or ends is None or ends <= now:
        raise Conflict(_("The time that was asked for is over."), code="over", clause=run.clause)
    grant = RoomGrant.objects.create(
        employee_id=payload["person"],
        visitor=payload["visitor"],
        starts_at=starts,
        ends_at=ends,
        run=run,
        at=now,
    )
    audit.record(
        "accounts.grant_room",
        subject=Subject("room", run.subject_id, grant.name),
        by=by,
        now=now,
        clause=run.clause,
        data={"grant": grant.pk, "from": payload["from"], "to": payload["to"]},
    )


@transaction.atomic
def enter(
    *,
    person_id: int | None,
    visitor: str,
    purpose: str,
    by: Employee,
    now: datetime,
    entered_at: datetime | None = None,
) -> RoomEntry:
    """Notes that somebody went in. His own coming anybody notes; that of others the posts that keep the log. Without
    a post or a leave that lets him in, the general manager and IT are told at once, and an incident is recorded.

    Raises Forbidden, NotFound, Invalid, Conflict (`inside`).
    """
    person, guest = _who(person_id, visitor)
    if (person is None or person.pk != by.pk) and not rulebook.may(by, LOG, now):
        raise Forbidden(_("You note your own coming and going."), clause=clause_of(LOG, now), permission=LOG)
    said = words(purpose, path="purpose", longest=300, missing=_("Say what for."))
    at = entered_at or now
    if not now - BACK <= at <= now:
        raise wrong("entered_at", _("Within the last day, and not in the future."), code="hour")
    if selectors.inside().filter(employee=person, visitor=guest).exists():
        raise Conflict(_("This person is inside already, by the log."), code="inside")
    post = person is not None and selectors.by_post(person, at)
    grant = None if post else selectors.leave_for(person, guest, at)
    entry = RoomEntry.objects.create(
        employee=person,
        visitor=guest,
        purpose=said,
        entered_at=at,
        by_post=post,
        grant=grant,
        noted_by=by,
        at=now,
    )
    clause = clause_of(ENTER, now)
    data = {"allowed": entry.allowed, "grant": grant.pk if grant else 0}
    audit.record("accounts.enter_room", subject=entry.subject, by=by, now=now, clause=clause, data=data)
    if not entry.allowed:
        _alert(entry, by, now, clause, "entered the machine room without leave")
    elif grant is not None and grant.ends_at <= now:
        # By then nobody could see him go in under it: whoever could note the past could make any entry right.
        _alert(
            entry,
            by,
            now,
            clause,
            "is said to have entered the machine room under a leave that was over by then",
        )
    return entry


def _alert(entry: RoomEntry, by: Employee, now: datetime, clause: str, what: str) -> None:
    audit.incident(
        "machine_room",
        subject=entry.subject,
        now=now,
        by=by,
        detail=f"{entry.name} {what}",
        clause=clause,
    )
    told = people_with(LOG, now) | {boss.pk for boss in staff.holders("general_manager", now)}
    notices.notify(
        "accounts.room_alert",
        told,
        source="room_entry",
        source_id=entry.pk,
        subject=entry.subject,
        now=now,
        clause=clause,
        params={"name": entry.name, "entered_at": entry.entered_at.isoformat()},
        urgent=True,
    )


@transaction.atomic
def leave(*, entry_id: int, done: str, by: Employee, now: datetime) -> RoomExit:
    """Notes that he came out. Raises NotFound, Forbidden, Conflict (`out`)."""
    entry = RoomEntry.objects.select_related("employee").filter(pk=entry_id).first()
    if entry is None or not selectors.may_see(by, entry, now):
        raise NotFound(_("There is no such entry."))
    said = words(done, path="done", longest=500)
    with unless("accounts_roomexit", lambda: Conflict(_("He is out already, by the log."), code="out")):
        left = RoomExit.objects.create(entry=entry, done=said, left_at=now, noted_by=by)
    audit.record(
        "accounts.leave_room", subject=entry.subject, by=by, now=now, clause=clause_of(ENTER, now), data={}
    )
    return left


def _who(person_id: int | None, visitor: str) -> tuple[Employee | None, str]:
    guest = words(visitor, path="visitor", longest=120)
    if (person_id is None) == (not guest):
        raise wrong("visitor", _("Choose a person, or write a visitor’s name and firm."), code="who")
    person = None
    if person_id is not None:
        person = Employee.objects.filter(pk=person_id, is_active=True).first()
        if person is None:
            raise NotFound(_("There is no such person."))
    return person, guest
