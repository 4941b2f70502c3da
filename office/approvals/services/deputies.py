"""A deputy for the days of absence: named by oneself, agreed to by the superior."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from office.approvals.kinds import Change
from office.approvals.models import Deputy, DeputyEnd, Run
from office.approvals.services.submitting import submit
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound, Refused
from office.staff import api as staff
from office.staff.models import Employee

KIND = "approvals.deputy"
#: How far from now an absence begins and ends.
LONGEST = timedelta(days=366)


def name_deputy(
    *, deputy_id: int, starts_at: datetime, ends_at: datetime, reason: str, by: Employee, now: datetime
) -> Run:
    """Ask that somebody decides in one's place from `starts_at` until `ends_at`. In force once the superior agrees.

    Raises Invalid, and what `submit` raises.
    """
    if ends_at <= starts_at or ends_at <= now:
        raise Invalid(_("The end must come after the start, and after now."), code="dates")
    if starts_at < now - LONGEST or ends_at > now + LONGEST:
        raise Invalid(_("An absence lies within a year of today."), code="dates")
    if not reason.strip():
        raise Invalid(_("Please give the reason."), code="reason")
    deputy = Employee.objects.filter(pk=deputy_id, is_active=True).first()
    if deputy is None:
        raise Invalid(_("There is no such person."), code="person")
    if deputy.pk == by.pk:
        raise Conflict(_("This is yourself."), code="oneself")
    payload = {
        "absent": by.pk,
        "deputy": deputy.pk,
        "name": deputy.name,
        "from": starts_at,
        "until": ends_at,
        "reason": reason.strip()[:200],
    }
    return submit(kind=KIND, subject=staff.subject_of(by), payload=payload, by=by, now=now)


@transaction.atomic
def end_deputy(*, deputy_id: int, by: Employee, now: datetime) -> DeputyEnd:
    """The deputy is no longer needed from now on; said by the absent person or the deputy, for others there is none.
    Raises NotFound, Conflict."""
    found = Deputy.objects.select_related("person", "absent").filter(pk=deputy_id).first()
    if found is None or by.pk not in (found.absent_id, found.person_id):
        raise NotFound(_("There is no such deputy."))
    end, made = DeputyEnd.objects.get_or_create(deputy=found, defaults={"by_id": by.pk, "at": now})
    if not made:
        raise Conflict(_("This has ended already."), code="ended")
    audit.record(
        "approvals.end_deputy",
        subject=staff.subject_of(found.absent),
        by=by,
        now=now,
        clause="J2",
        data={"deputy": found.pk, "person": found.person_id},
    )
    return end


def fields(subject_id: str) -> Mapping[str, str]:
    """A person who may no longer sign in is another matter than the one asked about."""
    found = Employee.objects.filter(pk=int(subject_id)).values_list("is_active", flat=True).first()
    return {"active": str(found)}


def changes(run: Run) -> list[Change]:
    asked = run.payload
    starts_at, ends_at = parse_datetime(asked["from"]), parse_datetime(asked["until"])
    when = " – ".join(f"{staff_day(at)}" for at in (starts_at, ends_at) if at)
    return [
        Change("deputy", _("Deputy"), "", str(asked["name"])),
        Change("during", _("From – to"), "", when),
        Change("reason", _("Reason"), "", str(asked["reason"])),
    ]


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """The deputy of the requester himself: nobody names one for somebody else."""
    if not payload["absent"] == run.requester_id == int(run.subject_id):
        raise Refused(_("Everybody names a deputy for himself only."), code="not_oneself", clause=run.clause)
    install_deputy(run=run, payload=payload, by=by, now=now)


def install_deputy(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> Deputy:
    """What the run agreed to, in force for its days; the database compares the two."""
    found = Deputy.objects.create(
        run=run,
        absent_id=payload["absent"],
        person_id=payload["deputy"],
        starts_at=payload["from"],
        ends_at=payload["until"],
        at=now,
    )
    audit.record(
        "approvals.deputy",
        subject=staff.subject_of(run.requester),
        by=by,
        now=now,
        clause=run.clause,
        data={"person": payload["deputy"], "from": payload["from"], "until": payload["until"], "run": run.pk},
    )
    return found


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what names no two people and no time."""
    try:
        starts_at, ends_at = (parse_datetime(str(payload.get(key, ""))) for key in ("from", "until"))
    except ValueError:
        starts_at = ends_at = None
    numbers = all(isinstance(payload.get(key), int) for key in ("absent", "deputy"))
    if not numbers or payload["absent"] == payload["deputy"] or not starts_at or not ends_at:
        raise Invalid(_("The request for a deputy is incomplete."), code="payload")
    if ends_at <= starts_at:
        raise Invalid(_("The end must come after the start, and after now."), code="dates")


def staff_day(at: datetime) -> str:
    """An instant as people of the office read it."""
    return f"{localtime(at):%Y-%m-%d %H:%M}"
