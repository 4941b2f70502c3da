"""Leaving: asked for with notice (S6), begun when everybody has agreed, called off, ended by itself on the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.models import Leaving, Shift
from attendance.rules.leaving import FARTHEST, access_ends_at, earliest_last_day, local_day
from attendance.services import handover, probation
from attendance.services.marking import mark_days
from attendance.services.stand_ins import tell_not_there
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, people_with, require, words, wrong
from office.staff import api as staff
from office.staff.models import Employee
from office.subjects import Subject

RESIGNATION = "attendance.resignation"
NOTICE = "attendance.resignation_notice"
SEE = "attendance.leavings"
CALL_OFF = "attendance.call_off_leaving"
SHORT = "short_notice"
log = structlog.get_logger(__name__)


def resignation_subject(employee: Employee) -> Subject:
    return Subject("resignation", str(employee.pk), f"{employee.name} ({employee.number})")


def notice_of_book(now: datetime) -> tuple[int, int]:
    """Months and days; both are kept. A book of before names no days."""
    rule = rulebook.parameter_rule(NOTICE, at=now)
    return rule.integer("months"), rule.integer("days") if "days" in rule.table() else 0


def resign(
    *,
    last_day: date,
    reason: str,
    contract_clause: str,
    by: Employee,
    now: datetime,
    by_agreement: bool = False,
    again: Run | None = None,
) -> Run:
    """A person asks to leave after `last_day` (S6). With less notice than the book's only `by_agreement`: then each
    who agrees does so in writing. `contract_clause`: what the contract says of it, "" without one.

    Raises Invalid (`notice`, with the earliest day), Conflict (`leaving`: it is settled already), and what `submit`
    raises.
    """
    said = words(reason, path="reason", longest=500, missing=_("Please give the reason."))
    clause_text = words(contract_clause, path="contract_clause", longest=300)
    today = local_day(now)
    months, days = notice_of_book(now)
    earliest = earliest_last_day(today, months, days)
    clause = clause_of(RESIGNATION, now)
    if last_day < today or last_day > today + FARTHEST:
        raise wrong(
            "last_day", _("The last day is neither past nor more than two years ahead."), clause=clause
        )
    short = last_day < earliest
    if short and not by_agreement:
        message = _(
            "Notice is {months} month(s) and no less than {days} days: the earliest last day is {day}. An earlier one"
            " takes everybody’s agreement in writing."
        ).format(months=months, days=days, day=f"{earliest:%Y-%m-%d}")
        raise Invalid(
            message,
            code="notice",
            clause=clause,
            earliest=earliest.isoformat(),
            errors=[{"path": "last_day", "code": "notice", "message": str(message)}],
        )
    if Leaving.objects.filter(employee=by, state=Leaving.State.RUNNING).exists():
        raise Conflict(_("It is settled already that you leave."), code="leaving", clause=clause)
    payload: dict[str, Any] = {
        "employee": by.pk,
        "told_on": today,
        "earliest": earliest,
        "notice": {"months": months, "days": days},
        "last_day": last_day,
        "short": short,
        "reason": said,
        "contract_clause": clause_text,
    }
    if again is not None and (SHORT in again.flags) == short:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now)
    if again is not None:
        # Whether the notice is whole chooses how it is agreed to: another request, not another paper.
        approvals.withdraw(
            run_id=again.pk, by=by, now=now, reason=str(_("Asked anew with another last day."))
        )
    return approvals.submit(
        kind=RESIGNATION,
        subject=resignation_subject(by),
        payload=payload,
        by=by,
        now=now,
        flags=[SHORT] if short else [],
    )


def check_resignation(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for what `resign` would never have asked."""
    if payload["short"] != (
        date.fromisoformat(payload["last_day"]) < date.fromisoformat(payload["earliest"])
    ):
        raise wrong("last_day", _("The notice does not fit the last day."))


def resignation_agreed(
    *, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> Leaving:
    """Called by the approvals engine when human resources have agreed. A day that has passed meanwhile is refused."""
    return begin_leaving(
        employee=Employee.objects.get(pk=payload["employee"]),
        reason=Leaving.Reason.RESIGNATION,
        last_day=date.fromisoformat(payload["last_day"]),
        run=run,
        by=by,
        now=now,
    )


@transaction.atomic
def begin_leaving(
    *, employee: Employee, reason: str, last_day: date, run: Run, by: Employee | None, now: datetime
) -> Leaving:
    """The person leaves after `last_day`: `run`, agreed or executed, says so (its payload names the `employee`, and
    the same `last_day` where it names one; the database compares). What he holds is listed to be handed over (S4c), and
    at the midnight after the day his access ends by itself. `reason` is a Leaving.Reason.

    Called inside the transaction that carries the run out. Raises Conflict (`leaving`; `left`), Invalid (`last_day`).
    """
    person = Employee.objects.select_for_update(no_key=True).get(pk=employee.pk)
    if not person.is_active:
        raise Conflict(_("{name} has left already.").format(name=person.name), code="left")
    if Leaving.objects.filter(employee=person, state=Leaving.State.RUNNING).exists():
        raise Conflict(
            _("{name} is on the way out already.").format(name=person.name), code="leaving", clause=run.clause
        )
    if last_day < local_day(now):
        raise wrong("last_day", _("The last day has passed meanwhile: ask anew with another one."))
    leaving = Leaving.objects.create(
        employee=person,
        reason=Leaving.Reason(reason).value,
        last_day=last_day,
        run=run,
        clause=run.clause,
        began_by=by,
        began_at=now,
    )
    audit.record(
        "attendance.begin_leaving",
        subject=leaving.subject,
        by=by,
        now=now,
        clause=run.clause,
        data={"reason": leaving.reason, "last_day": last_day.isoformat(), "run": run.pk},
    )
    handover.draw(leaving_id=leaving.pk, by=None, now=now)
    handover.open_clock(leaving, now)
    tell_not_there(person.pk, access_ends_at(last_day), access_ends_at(last_day + FARTHEST), now)
    told = people_with(SEE, now) | {person.pk}
    notices.notify(
        "attendance.leaving_begun",
        told - ({by.pk} if by else set()),
        source="leaving",
        source_id=leaving.pk,
        subject=leaving.subject,
        now=now,
        clause=run.clause,
        params={"name": person.name, "last_day": f"{last_day:%Y-%m-%d}"},
        urgent=True,
    )
    return leaving


@transaction.atomic
def call_off(*, leaving_id: int, reason: str, by: Employee, now: datetime) -> Leaving:
    """The person stays after all: human resources say why. What was taken over stays with whoever took it.

    Raises Forbidden, NotFound, Invalid, Conflict (it has ended; oneself).
    """
    require(by, CALL_OFF, now)
    said = words(reason, path="reason", longest=300, missing=_("Please give the reason."))
    leaving = _locked(leaving_id)
    if leaving.employee_id == by.pk:
        raise Forbidden(
            _("Somebody else decides about your own leaving."), code="oneself", clause=leaving.clause
        )
    if leaving.state != Leaving.State.RUNNING:
        raise Conflict(_("This has ended: {state}.").format(state=leaving.get_state_display()), code="state")
    leaving.state, leaving.ended_at, leaving.ended_reason = Leaving.State.CALLED_OFF, now, said
    leaving.save(update_fields=["state", "ended_at", "ended_reason"])
    handover.close_all(leaving, now)
    audit.record(
        "attendance.call_off_leaving", subject=leaving.subject, by=by, now=now, clause=leaving.clause,
        data={"reason": said},
    )  # fmt: skip
    notices.notify(
        "attendance.leaving_called_off",
        (people_with(SEE, now) | {leaving.employee_id}) - {by.pk},
        source="leaving_off",
        source_id=leaving.pk,
        subject=leaving.subject,
        now=now,
        clause=leaving.clause,
        params={"name": leaving.employee.name, "by": by.name},
    )
    return leaving


def end_access(*, now: datetime) -> int:
    """Everybody whose last day is over: the posts end at the midnight after it, he is signed out everywhere and can no
    longer sign in. Answers how many. One that fails is logged and does not stop the others."""
    due = Leaving.objects.filter(state=Leaving.State.RUNNING, last_day__lt=local_day(now)).order_by("pk")
    ended = 0
    for leaving_id in list(due.values_list("pk", flat=True)):
        try:
            ended += _end_one(leaving_id, now)
        except (Refused, DatabaseError):
            log.exception("end_access_failed", leaving=leaving_id)
    return ended


@transaction.atomic
def _end_one(leaving_id: int, now: datetime) -> int:
    leaving = _locked(leaving_id)
    if leaving.state != Leaving.State.RUNNING:
        return 0
    person, midnight = leaving.employee, access_ends_at(leaving.last_day)
    handover.draw(leaving_id=leaving.pk, by=None, now=now)
    said = str(leaving.get_reason_display())
    held = person.appointments.filter(Q(during__endswith=None) | Q(during__endswith__gt=midnight))
    for appointment_id in list(held.values_list("pk", flat=True)):
        staff.end_appointment(appointment_id=appointment_id, by=None, now=now, at=midnight, reason=said)
    staff.set_active(employee=person, active=False, by=None, now=now, reason=said)
    probation.end_with_leaving(person, now)
    _settle_after(leaving, now)
    leaving.state, leaving.ended_at = Leaving.State.LEFT, now
    leaving.save(update_fields=["state", "ended_at"])
    open_items = handover.open_count(leaving)
    audit.record(
        "attendance.end_access",
        subject=leaving.subject,
        by=None,
        now=now,
        clause=leaving.clause,
        data={"at": midnight.isoformat(), "open_items": open_items},
    )
    notices.notify(
        "attendance.left_open" if open_items else "attendance.left",
        people_with(SEE, now),
        source="leaving_left",
        source_id=leaving.pk,
        subject=leaving.subject,
        now=now,
        clause=leaving.clause,
        params={"name": person.name, "count": open_items},
        urgent=bool(open_items),
    )
    return 1


def _settle_after(leaving: Leaving, now: datetime) -> None:
    """Shifts that nobody took over are no absence of somebody who has left."""
    planned = Shift.objects.filter(
        employee=leaving.employee, day__gt=leaving.last_day, published_at__isnull=False, removed_at=None
    )
    mark_days(days=set(planned.values_list("employee_id", "day")), now=now)


def watch_leavings(*, now: datetime, grace: timedelta = timedelta(days=90)) -> int:
    """What people on the way out hold is looked at again; also of those who left with things open, for `grace`."""
    live = Leaving.objects.filter(
        Q(state=Leaving.State.RUNNING)
        | Q(state=Leaving.State.LEFT, ended_at__gt=now - grace, items__state__in=["open", "offered"])
    ).distinct()
    found = list(live.order_by("pk").values_list("pk", flat=True))
    for leaving_id in found:
        handover.draw(leaving_id=leaving_id, by=None, now=now)
    return len(found)


def _locked(leaving_id: int) -> Leaving:
    found = (
        Leaving.objects.select_for_update(of=("self",))
        .select_related("employee")
        .filter(pk=leaving_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such leaving."))
    return found
