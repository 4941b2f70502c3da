"""Probationary employment, how it ends, promotion, demotion (C2, J1.7): proposed by the manager, agreed to, carried
out by human resources exactly as agreed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import PostChange, Probation
from attendance.rules.leaving import access_ends_at, earliest_last_day, local_day
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, NotFound, Refused
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, words, wrong
from office.staff import api as staff
from office.staff.models import Appointment, Employee, Position
from office.staff.selectors import position_label
from office.subjects import Subject

CHANGE, CHANGES, CLOCK = "hiring.change_of_post", "hiring.changes", "hiring.probation"
EXTENSION = "hiring.probation_extension"
KINDS = PostChange.Change
#: What is asked about a probation that runs; the post stays the same.
OF_PROBATION = (KINDS.CONFIRMATION, KINDS.EXTENSION, KINDS.NOT_PASSED)
log = structlog.get_logger(__name__)


def career_subject(employee: Employee) -> Subject:
    return Subject("career", str(employee.pk), f"{employee.name} ({employee.number})")


@transaction.atomic
def begin(
    *,
    employee: Employee,
    position: str,
    starts_on: date,
    manager: Employee,
    clause: str,
    by: Employee | None,
    now: datetime,
) -> Probation:
    """Probation runs from the first day, as long as the book says; before its end the confirmation is decided."""
    starts_at = access_ends_at(starts_on - timedelta(days=1))
    rule = rulebook.deadline_rule(CLOCK, at=now)
    due_at = rulebook.due_at(rulebook.book(now), rule, max(starts_at, now))
    probation = Probation.objects.create(
        employee=employee,
        position=position,
        starts_on=starts_on,
        ends_on=local_day(due_at - timedelta(seconds=1)),
    )
    deadlines.open(
        CLOCK, subject=probation.subject, started_at=now, now=now, holder_id=manager.pk,
        targets={"holder": "holder|department_manager"}, within=due_at - now,
    )  # fmt: skip
    audit.record(
        "attendance.begin_probation", subject=probation.subject, by=by, now=now, clause=clause,
        data={"position": position, "until": probation.ends_on.isoformat()},
    )  # fmt: skip
    return probation


def propose_change(
    *,
    employee_id: int,
    change: str,
    after: str,
    starts_on: date,
    reason: str,
    by: Employee,
    now: datetime,
    before: str = "",
    again: Run | None = None,
) -> Run:
    """The manager proposes that somebody is confirmed, promoted or moved down. `before`: the post that changes, where
    he holds several. Confirmation, a longer probation and its failure are for who is on probation, in the same post;
    how much longer, the book says, and `starts_on` of a failure is the last day.

    Raises NotFound, Invalid, Conflict (`no_probation`, `over`, `extended`, `too_long`), and what `submit` raises."""
    employee = Employee.objects.filter(pk=employee_id, is_active=True).first()
    if employee is None:
        raise NotFound(_("There is no such person."))
    clause = clause_of(CHANGE, now)
    if change not in rulebook.parameter_rule(CHANGES, at=now).texts() or change not in KINDS.values:
        raise wrong("change", _("Choose what is to change."), clause=clause)
    if employee.pk == by.pk:
        raise Forbidden(_("Nobody proposes a change of his own post."), code="oneself", clause=clause)
    more: dict[str, Any] = {}
    if not local_day(now) <= starts_on <= local_day(now) + timedelta(days=180):
        raise wrong("starts_on", _("The first day is today or within half a year."))
    held = sorted(staff.own_positions(employee, now))
    if change in OF_PROBATION:
        probation = running(employee)
        before = after = probation.position
        if change == KINDS.EXTENSION:
            starts_on, more = probation.ends_on + timedelta(days=1), {"until": longer(probation, now)}
        elif change == KINDS.NOT_PASSED:
            if starts_on > probation.ends_on:
                raise wrong(
                    "starts_on",
                    _("Probation ends on {day}: the last day is not later.").format(
                        day=f"{probation.ends_on:%Y-%m-%d}"
                    ),
                    clause=clause,
                )
            more = {"last_day": starts_on}
    else:
        before = before or (held[0] if len(held) == 1 else "")
        if before not in held:
            raise wrong("before", _("Choose the post that changes."))
        if after not in Position.values or after in held:
            raise wrong("after", _("Choose another post than he holds."))
    payload = {
        "employee": employee.pk,
        "change": change,
        "before": before,
        "after": after,
        "starts_on": starts_on,
        "reason": words(reason, path="reason", longest=500, missing=_("Please give the reason.")),
        **more,
    }
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now)
    return approvals.submit(kind=CHANGE, subject=career_subject(employee), payload=payload, by=by, now=now)


def running(employee: Employee) -> Probation:
    """The person's probation. Raises Conflict (`no_probation`)."""
    found = Probation.objects.filter(employee=employee, state="running").first()
    if found is None:
        raise Conflict(_("{name} is not on probation.").format(name=employee.name), code="no_probation")
    return found


def longer(probation: Probation, now: datetime) -> date:
    """The last day of the probation once it is made longer, by what the book and, in its bounds, the law allow. Raises
    Conflict (`over`, `extended`, `too_long`)."""
    rule = rulebook.parameter_rule(EXTENSION, at=now)
    if local_day(now) > probation.ends_on:
        raise Conflict(
            _("Probation ended on {day}: it is confirmed or not, not made longer.").format(
                day=f"{probation.ends_on:%Y-%m-%d}"
            ),
            code="over",
            clause=rule.clause,
        )
    before = PostChange.objects.filter(
        employee=probation.employee, change=KINDS.EXTENSION, starts_on__gt=probation.starts_on
    )
    if before.count() >= rule.integer("times"):
        raise Conflict(
            _("Probation was made longer already; it may be {n} time(s).").format(n=rule.integer("times")),
            code="extended",
            clause=rule.clause,
        )
    until = earliest_last_day(probation.ends_on, rule.integer("months"))
    bound = earliest_last_day(probation.starts_on, rule.integer("longest_months")) - timedelta(days=1)
    if until > bound:
        raise Conflict(
            _("Probation lasts {n} months at most, until {day}.").format(
                n=rule.integer("longest_months"), day=f"{bound:%Y-%m-%d}"
            ),
            code="too_long",
            clause=rule.clause,
        )
    return until


@transaction.atomic
def change_agreed(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> PostChange:
    """Called by the approvals engine when human resources carry it out. Another post is appointed by the staff engine:
    where that takes a second person (C13.2) the old post is kept until he has confirmed. Raises Forbidden, Conflict."""
    if by is None:
        raise Forbidden(_("Human resources carry this out."), clause=run.clause)
    employee = Employee.objects.get(pk=payload["employee"])
    starts_on = date.fromisoformat(payload["starts_on"])
    done = PostChange.objects.create(
        employee=employee,
        change=payload["change"],
        before=payload["before"],
        after=payload["after"],
        starts_on=starts_on,
        run=run,
        at=now,
    )
    if done.change == KINDS.CONFIRMATION:
        _confirmed(employee, by, now, run.clause)
    elif done.change == KINDS.EXTENSION:
        _extended(employee, date.fromisoformat(payload["until"]), by, now, run.clause)
    elif done.change == KINDS.NOT_PASSED:
        _not_passed(employee, by, now, run.clause)
    else:
        starts_at = max(now, access_ends_at(starts_on - timedelta(days=1)))
        made = staff.propose_appointment(
            employee=employee, position=done.after, start=starts_at, by=by, now=now,
            reason=str(done.get_change_display()),
        )  # fmt: skip
        if isinstance(made, Appointment):
            _give_up(done, starts_at, by, now)
    audit.record(
        "attendance.change_post", subject=career_subject(employee), by=by, now=now, clause=run.clause,
        data={
            "change": done.change, "from": position_label(done.before), "to": position_label(done.after),
            "starts_on": starts_on.isoformat(), "run": run.pk,
        },
    )  # fmt: skip
    notices.notify(
        f"attendance.post_changed:{done.change}.{done.after}", [employee.pk], source="post_change", source_id=done.pk,
        subject=career_subject(employee), now=now, clause=run.clause,
    )  # fmt: skip
    return done


def finish_changes(*, now: datetime) -> int:
    """The old post ends where the new one, which waited for its second person, is confirmed and has begun. Answers how
    many; one that fails is logged and does not stop the others."""
    done = 0
    waiting = (
        PostChange.objects.exclude(change__in=OF_PROBATION)
        .filter(at__gt=now - timedelta(days=365))
        .select_related("employee")
        .order_by("pk")
    )
    for change in waiting:
        # Nothing to do once the old post is gone, or as long as the new one is not held.
        posts = staff.own_positions(change.employee, now)
        later = PostChange.objects.filter(employee=change.employee, pk__gt=change.pk).exists()
        if later or change.before not in posts or change.after not in posts:
            continue
        try:
            with transaction.atomic():
                _give_up(change, now, None, now)
            done += 1
        except (Refused, DatabaseError):
            log.exception("finish_change_failed", change=change.pk)
    return done


def _give_up(change: PostChange, at: datetime, by: Employee | None, now: datetime) -> None:
    """The old post ends when the new one begins."""
    held = change.employee.appointments.filter(
        position=change.before, acting=False, during__contains=now
    ).first()
    if held is not None:
        staff.end_appointment(
            appointment_id=held.pk, by=by, now=now, at=at, reason=str(change.get_change_display())
        )


def _confirmed(employee: Employee, by: Employee, now: datetime, clause: str) -> None:
    probation = _locked(employee)
    probation.state, probation.ended_at = Probation.State.CONFIRMED, now
    probation.save(update_fields=["state", "ended_at"])
    deadlines.meet(CLOCK, subject=probation.subject, at=now)
    audit.record("attendance.confirm", subject=probation.subject, by=by, now=now, clause=clause)


def _locked(employee: Employee) -> Probation:
    return Probation.objects.select_for_update(of=("self",)).get(pk=running(employee).pk)


def _extended(employee: Employee, until: date, by: Employee, now: datetime, clause: str) -> None:
    """Until the day that everybody agreed to; the clock of the confirmation runs to its end."""
    probation = _locked(employee)
    clock = deadlines.running(probation.subject, CLOCK)
    probation.ends_on = until
    probation.save(update_fields=["ends_on"])
    deadlines.cancel(CLOCK, subject=probation.subject, at=now)
    deadlines.open(
        CLOCK, subject=probation.subject, started_at=now, now=now, holder_id=clock.holder_id if clock else None,
        targets={"holder": "holder|department_manager"}, within=access_ends_at(until) - now,
    )  # fmt: skip
    audit.record(
        "attendance.extend_probation", subject=probation.subject, by=by, now=now, clause=clause,
        data={"until": until.isoformat()},
    )  # fmt: skip


def _not_passed(employee: Employee, by: Employee, now: datetime, clause: str) -> None:
    """Probation ends; that the person leaves follows from the same agreement (attendance.kinds.career)."""
    probation = _locked(employee)
    probation.state, probation.ended_at = Probation.State.ENDED, now
    probation.save(update_fields=["state", "ended_at"])
    deadlines.meet(CLOCK, subject=probation.subject, at=now)
    audit.record("attendance.fail_probation", subject=probation.subject, by=by, now=now, clause=clause)


def end_with_leaving(employee: Employee, now: datetime) -> None:
    """Who has left is no longer on probation. Inside the caller's transaction."""
    for probation in Probation.objects.select_for_update(of=("self",)).filter(
        employee=employee, state="running"
    ):
        probation.state, probation.ended_at = Probation.State.ENDED, now
        probation.save(update_fields=["state", "ended_at"])
        deadlines.cancel(CLOCK, subject=probation.subject, at=now)
