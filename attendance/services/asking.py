"""Asking for leave (S2a, S2b), telling it by telephone in an emergency (S2c), and handing in the slip afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendance.models import Leave, LeaveProof
from attendance.models.leave import HELD
from attendance.rules import leave as rules
from attendance.rules.facts import Period
from attendance.selectors.leave_kinds import LeaveKind, kinds
from attendance.selectors.work_days import returns_at, work_of
from attendance.services import balances
from attendance.services.late_calls import LATE_CALL, stay_absent
from attendance.services.leave_ending import lapse
from attendance.services.leave_rows import (
    CHAIN,
    HEAR,
    NEW,
    SLIP,
    deciders,
    mark,
    moved_on,
    own,
    record,
    tell,
    write,
)
from attendance.services.proofs import proof_came
from attendance.services.stand_ins import tell_not_there
from office.approvals import api as approvals
from office.approvals.models import Run
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.files.models import StoredFile
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, unless, words, wrong
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff.models import Employee

NOTICE, FORM = "attendance.leave_notice", "attendance.leave_form"
DAY = timedelta(days=1)
#: No leave is longer, and none is asked for further ahead.
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for. `begins`, `ends`: clock times, for some hours of one day only."""

    kind: str
    first_day: date
    last_day: date
    portion: str = Leave.Portion.DAYS
    begins: time | None = None
    ends: time | None = None


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What is asked for, in instants, and what it costs."""

    kind: LeaveKind
    period: Period
    amount: Decimal


class NotAhead(Invalid):
    """Asked for too late (S2a). The way by telephone (S2c) stays open."""

    code = "notice"


def too_late(path: str, clause: str) -> NotAhead:
    message = _("Leave is asked for at least one day ahead. In an emergency, tell it by telephone.")
    return NotAhead(
        message, clause=clause, errors=[{"path": path, "code": "notice", "message": str(message)}]
    )


def request_leave(
    *, asked: Asked, reason: str, by: Employee, now: datetime, comment: str = "", files: Iterable[int] = ()
) -> Leave:
    """Ask for leave one day ahead, with the reason; the chain decides (S2b).

    `files`: ids of kept files that belong to it. Raises Invalid, NotAhead, Conflict (`overlap`, `balance`), Refused.
    """
    said = reason_of(reason, now)
    laid_out = lay_out(asked, by, now)
    notice = rulebook.limit_rule(NOTICE, now)
    if not rules.in_time(now.astimezone(ZONE).date(), asked.first_day, notice.span):
        raise too_late("first_day", notice.clause)
    with transaction.atomic():
        leave = _entered(by, asked, laid_out, by, now, reason=said)
        attach(leave, files, by, now)
        balances.reserve(leave, laid_out.kind, by, now)
        hand_in(leave, by, now, comment)
        record(verb="attendance.request_leave", leave=leave, by=by, now=now, clause=laid_out.kind.clause)
    return leave


@dataclass(frozen=True, slots=True)
class Told:
    """A call: when, to whom, in which words."""

    at: datetime
    to_id: int
    what: str


def tell_leave(*, asked: Asked, employee_id: int, told: Told, by: Employee, now: datetime) -> Leave:
    """An emergency was told by telephone (S2c): written down by who was told, or by the person himself. The days are
    provisional until the slip is agreed to; without one in time they lapse into absence. Once the time for the slip is
    over the person may still state the call for as long as the book says: the days stay absence, whoever was called
    confirms it or not, and with proof they can be asked for (`late_slips`).

    Raises Forbidden, NotFound, Invalid, Conflict.
    """
    clause = clause_of(HEAR, now)
    person = Employee.objects.filter(pk=employee_id, is_active=True).first()
    hearer = Employee.objects.filter(pk=told.to_id, is_active=True).first()
    if person is None:
        raise NotFound(_("There is no such person."))
    if hearer is None or hearer.pk == person.pk or not rulebook.may(hearer, HEAR, now):
        raise wrong("told_to", _("Choose whom you told: a manager, a supervisor or HR."), clause=clause)
    if by.pk not in (person.pk, hearer.pk):
        raise Forbidden(_("A call is written down by who was told, or by the person himself."), clause=clause)
    what = words(told.what, path="told_what", longest=500, missing=_("Write down what was said."))
    _require_call(asked, told, person, now, clause)
    laid_out = lay_out(asked, person, now)
    back = returns_at(person.pk, laid_out.period[1], now)
    if _too_late_for_the_slip(person, back, now):
        _require_statable(person, back, by, now)
        with transaction.atomic():
            due = deadlines.opening(SLIP, [staff.subject_of(person)], started_at=back).due_at
            leave = _entered(
                person, asked, laid_out, by, now,
                told_at=told.at, told_to=hearer, told_what=what, recorded_by=by, slip_due_at=due, stated_late=True,
            )  # fmt: skip
            stay_absent(leave, by, now)
        return leave
    with transaction.atomic():
        due = deadlines.opening(SLIP, [staff.subject_of(person)], started_at=max(back, now)).due_at
        leave = _entered(
            person, asked, laid_out, by, now,
            told_at=told.at, told_to=hearer, told_what=what, recorded_by=by, slip_due_at=due,
        )  # fmt: skip
        deadlines.open(SLIP, subject=leave.subject, started_at=max(back, now), now=now, holder_id=person.pk)
        balances.reserve(leave, laid_out.kind, by, now)
        record(
            verb="attendance.tell_leave",
            leave=leave,
            by=by,
            now=now,
            clause=clause,
            told_to=hearer.pk,
            told_at=told.at.isoformat(),
        )
        tell(
            "attendance.leave_told",
            leave,
            {person.pk, hearer.pk} | deciders(now),
            by,
            now,
            clause,
            slip_due_at=due.isoformat(),
        )
        tell_not_there(person.pk, *laid_out.period, now)
    return leave


def file_slip(
    *,
    leave_id: int,
    reason: str,
    by: Employee,
    now: datetime,
    comment: str = "",
    files: Iterable[int] = (),
    seen: int | None = None,
) -> Leave:
    """The slip of a leave told by telephone: it goes through the chain as any other (S2b, S2c). One that comes after
    its time finds the leave lapsed. Raises NotFound, Invalid, Conflict (`state`, `late`)."""
    said = reason_of(reason, now)
    with transaction.atomic():
        leave = own(leave_id, by, seen)
        if leave.state != Leave.State.PROVISIONAL or leave.slip_at is not None:
            raise moved_on(leave)
        late = leave.slip_due_at is not None and leave.slip_due_at < now
        if late:
            lapse(leave_id=leave.pk, now=now)
        else:
            leave.reason, leave.slip_at = said, now
            write(leave, "reason", "slip_at")
            deadlines.meet(SLIP, subject=leave.subject, at=now)
            attach(leave, files, by, now)
            hand_in(leave, by, now, comment)
            record(verb="attendance.file_slip", leave=leave, by=by, now=now, clause=clause_of(SLIP, now))
    if late:
        raise Conflict(
            _("The time for the slip is over: the leave has lapsed and counts as absence."),
            code="late",
            clause=clause_of(SLIP, now),
        )
    return leave


@transaction.atomic
def add_proof(*, leave_id: int, file_id: int, by: Employee, now: datetime) -> LeaveProof:
    """A document of the own leave, also after it was agreed to. Raises NotFound, Conflict."""
    leave = own(leave_id, by)
    if not leave.held:
        raise moved_on(leave)
    attach(leave, [file_id], by, now)
    proof_came(leave, by, now)
    record(verb="attendance.leave_proof", leave=leave, by=by, now=now, clause=clause_of(CHAIN, now))
    return LeaveProof.objects.get(leave=leave, file_id=file_id)


def hand_in(leave: Leave, by: Employee, now: datetime, comment: str) -> Run:
    """The request on its way through the chain."""
    return approvals.submit(
        kind=CHAIN,
        subject=leave.subject,
        payload=paper_of(leave),
        by=by,
        now=now,
        comment=comment,
        draft=NEW if leave.told_at is None else None,
    )


def paper_of(leave: Leave) -> dict[str, object]:
    """What the chain is asked."""
    return {
        "leave": leave.pk,
        "employee": leave.employee_id,
        "kind": leave.kind,
        "from": leave.starts_at,
        "until": leave.ends_at,
        "amount": str(leave.amount),
        "reason": leave.reason,
        "told_at": leave.told_at,
    }


def lay_out(
    asked: Asked,
    person: Employee,
    now: datetime,
    *,
    book_at: datetime | None = None,
    until: datetime | None = None,
) -> LaidOut:
    """Which instants the leave takes and what it costs, by the person's shifts. `book_at`: the instant whose book names
    the kinds, other than now; `until`: it ends then at the latest. Raises Invalid."""
    kind = kinds(book_at or now).get(asked.kind)
    if kind is None:
        raise wrong("kind", _("Choose a kind of leave."), code="kind")
    today = now.astimezone(ZONE).date()
    if asked.last_day < asked.first_day:
        raise wrong("last_day", _("The last day must not come before the first."), code="dates")
    if asked.last_day - today > LONGEST or today - asked.first_day > LONGEST:
        raise wrong("first_day", _("A leave lies within a year of today."), code="dates")
    if asked.portion not in kind.portions:
        raise wrong("portion", _("This kind of leave is not given in such parts."), code="portion")
    # Hours after midnight belong to the shift of the day before; hours across it may reach into the next one's.
    beside = DAY if asked.portion == Leave.Portion.HOURS else timedelta(0)
    work = work_of(person.pk, asked.first_day - DAY, asked.last_day + beside, now)
    period = _period(asked, work)
    if until is not None and until > period[0]:
        period = period[0], min(period[1], until)
    amount = rules.cost(
        unit=kind.unit,
        counted=kind.counted,
        first=asked.first_day - beside,
        last=asked.last_day + beside,
        period=period,
        work=list(work.values()),
    )
    if not amount:
        raise wrong("first_day", _("In this time there is no work: no leave is needed."), code="no_work")
    length = amount if kind.measure == "day" else Decimal((asked.last_day - asked.first_day).days + 1)
    if kind.most_days and length > kind.most_days:
        raise wrong(
            "last_day",
            _("{kind}: at most {n} days each time.").format(kind=kind.name, n=kind.most_days),
            code="too_long",
            clause=kind.clause,
        )
    return LaidOut(kind, period, amount)


def _period(asked: Asked, work: dict[date, rules.WorkDay]) -> Period:
    if asked.portion == Leave.Portion.DAYS:
        return rules.whole_days(asked.first_day, asked.last_day, work)
    if asked.first_day != asked.last_day:
        raise wrong("last_day", _("Less than a day is asked for one day at a time."), code="dates")
    if asked.portion == Leave.Portion.HOURS:
        return _hours(asked, work)
    day = work.get(asked.first_day)
    if day is None:
        raise wrong("first_day", _("In this time there is no work: no leave is needed."), code="no_work")
    return rules.half_day(day, "first" if asked.portion == Leave.Portion.FIRST else "second")


def _hours(asked: Asked, work: dict[date, rules.WorkDay]) -> Period:
    """Until an hour that lies before the first: of the next day, where a shift goes on past midnight."""
    if asked.begins is None or asked.ends is None or asked.ends == asked.begins:
        raise wrong("ends", _("Give the hours: from when until when."), code="hours")
    begins, ends = (
        datetime.combine(asked.first_day, each, tzinfo=ZONE) for each in (asked.begins, asked.ends)
    )
    if ends > begins:
        return begins, ends
    midnight = rules.midnight(asked.first_day + DAY)
    own = work.get(asked.first_day)
    if own is None or not any(start < midnight < end for start, end in own.spans):
        raise wrong("ends", _("Give the hours: from when until when."), code="hours")
    return begins, ends + DAY


def _require_call(asked: Asked, told: Told, person: Employee, now: datetime, clause: str) -> None:
    """A call does not reach back: it tells of the day on which it is made and the days after, or of a night shift that
    began the day before."""
    if told.at > now:
        raise wrong("told_at", _("The call lies in the future."), code="future")
    if now - told.at > LONGEST:
        raise wrong("told_at", _("The call lies too far back."), code="past")
    day = told.at.astimezone(ZONE).date()
    running = work_of(person.pk, day - DAY, day - DAY, now).get(day - DAY)
    earliest = day - DAY if running is not None and running.ends_at > told.at else day
    if asked.first_day < earliest:
        raise wrong(
            "first_day", _("A call tells of the day on which it is made and the days after."), clause=clause
        )


def _too_late_for_the_slip(person: Employee, back: datetime, now: datetime) -> bool:
    return deadlines.opening(SLIP, [staff.subject_of(person)], started_at=back).due_at < now


def _require_statable(person: Employee, back: datetime, by: Employee, now: datetime) -> None:
    """A call that nobody wrote down until the time for the slip was over is stated by the person himself, within the
    book's time: else whoever was absent could tell of a call months later."""
    known = rulebook.has_rule(LATE_CALL, now)
    if by.pk != person.pk or not known or now > back + rulebook.limit_rule(LATE_CALL, now).span:
        raise Conflict(
            _("The time for the slip is over: a call that is written down only now excuses nothing."),
            code="late",
            clause=clause_of(SLIP, now),
        )


def _entered(
    person: Employee, asked: Asked, laid_out: LaidOut, by: Employee, now: datetime, **more: object
) -> Leave:
    """The leave as it begins. Raises Conflict when another one has the days."""
    Employee.objects.select_for_update(no_key=True).get(pk=person.pk)
    leave = Leave(
        employee=person,
        kind=laid_out.kind.code,
        state=Leave.State.PROVISIONAL if "told_at" in more else Leave.State.REQUESTED,
        portion=asked.portion,
        first_day=asked.first_day,
        last_day=asked.last_day,
        starts_at=laid_out.period[0],
        ends_at=laid_out.period[1],
        amount=laid_out.amount,
        measure=laid_out.kind.measure,
        paid=laid_out.kind.paid,
        version_id=rulebook.book(now).version_id or 0,
        asked_at=now,
        **more,
    )
    with unless("leave_one_at_a_time", lambda: overlap(leave)):
        leave.save()
    mark(leave, now)
    return leave


def overlap(leave: Leave) -> Conflict:
    """Another leave has the days."""
    others = Leave.objects.filter(
        employee=leave.employee, state__in=HELD, starts_at__lt=leave.ends_at, ends_at__gt=leave.starts_at
    )
    other = others.exclude(pk=leave.pk).first()
    days = f"{other.first_day} – {other.last_day}" if other else ""
    return Conflict(
        _("There is a leave in this time already: {days} ({state}).").format(
            days=days, state=other.get_state_display() if other else ""
        ),
        code="overlap",
        leave=other.pk if other else None,
    )


def attach(leave: Leave, files: Iterable[int], by: Employee, now: datetime) -> None:
    """Documents, by the ids of kept files. Raises NotFound."""
    for file_id in files:
        if not StoredFile.objects.filter(pk=file_id).exists():
            raise NotFound(_("There is no such file."))
        LeaveProof.objects.create(leave=leave, file_id=file_id, by=by, at=now)


def reason_of(reason: str, now: datetime) -> str:
    """As it is kept. Raises Invalid."""
    needed = rulebook.parameter_rule(FORM, now).flag("reason_required")
    said = words(reason, path="reason", longest=500, missing=_("Please give the reason.") if needed else "")
    return said or "–"
