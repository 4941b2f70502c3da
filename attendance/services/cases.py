"""The verbs of a case (S2e, S3 to S5): opened, answered, decided on by its chain, or closed. Nothing acts by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from attendance.models import Case, CaseAnswer, CaseDecision, CaseFile
from attendance.selectors import cases as selectors
from attendance.selectors.measures import ABSENCE, LEAVES, FineLimit, chain_of, clauses, fine_limit
from attendance.services.leaving import begin_leaving
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, NotFound
from office.files.models import StoredFile
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import clause_of, require, words, wrong
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff.models import Employee
from office.subjects import Subject

REPLY = "attendance.case_reply"
ABOVE = "of_decider"
State = Case.State


@transaction.atomic
def open_case(*, employee_id: int, clause: str, facts: str, by: Employee, now: datetime) -> Case:
    """What somebody did against a clause of conduct, said by a post that may. The person is told and answers first.

    Raises Forbidden, NotFound, Invalid, Conflict (`oneself`).
    """
    require(by, selectors.OPEN, now)
    if clause not in clauses(now) or clause == ABSENCE:
        raise wrong("clause", _("Choose the clause."), code="clause")
    said = words(facts, path="facts", longest=2000, missing=_("Say what happened, when and where."))
    person = Employee.objects.filter(pk=employee_id, is_active=True).first()
    if person is None:
        raise NotFound(_("There is no such person."))
    if person.pk == by.pk:
        raise Conflict(_("Nobody opens a case about himself."), code="oneself")
    return begin(person=person, sort=Case.Sort.CONDUCT, clause=clause, facts=said, by=by, now=now)


def begin(
    *,
    person: Employee,
    sort: str,
    clause: str,
    by: Employee | None,
    now: datetime,
    facts: str = "",
    days: list[date] | None = None,
) -> Case:
    """The case, its clock, and who is told; part of opening."""
    due = deadlines.opening(REPLY, [staff.subject_of(person)], started_at=now).due_at
    case = Case.objects.create(
        employee=person,
        sort=sort,
        clause=clause,
        facts=facts,
        days=days or [],
        opened_by=by,
        opened_at=now,
        version_id=rulebook.book(now).version_id or 0,
        reply_due_at=due,
    )
    deadlines.open(REPLY, subject=case.subject, started_at=now, now=now, holder_id=person.pk)
    audit.record(
        "attendance.open_case",
        subject=case.subject,
        by=by,
        now=now,
        clause=clause,
        data={"employee": person.pk, "sort": sort, "days": [day.isoformat() for day in case.days]},
    )
    _tell("attendance.case_about_you", case, {person.pk}, by, now, due_at=due.isoformat())
    _tell("attendance.case_opened", case, selectors.overseers(case, now), by, now)
    return case


@transaction.atomic
def answer(*, case_id: int, statement: str, by: Employee, now: datetime, seen: int | None = None) -> Case:
    """What the person says to it; also after the time, and again, as long as nothing is decided: what he said before
    stays readable. Raises NotFound, Invalid, Conflict."""
    said = words(statement, path="statement", longest=4000, missing=_("Write your answer."))
    case = _locked(case_id, seen)
    if case.employee_id != by.pk:
        raise NotFound(_("There is no such case."))
    if not case.live:
        raise _moved_on(case)
    if said == case.statement:
        return case
    turn = CaseAnswer.objects.filter(case=case).count() + 1
    CaseAnswer.objects.create(case=case, turn=turn, text=said, at=now)
    case.statement, case.statement_at = said, now
    _write(case, "statement", "statement_at")
    deadlines.meet(REPLY, subject=case.subject, at=now)
    audit.record(
        "attendance.answer_case",
        subject=case.subject,
        by=by,
        now=now,
        clause=case.clause,
        data={"turn": turn},
    )
    _tell("attendance.case_answered", case, selectors.overseers(case, now), by, now)
    return case


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be decided. `last_day`: for measures after which the person leaves."""

    measure: str
    grounds: str
    fine: Decimal | None = None
    last_day: date | None = None


@transaction.atomic
def propose(*, case_id: int, proposal: Proposal, by: Employee, now: datetime, seen: int | None = None) -> Run:
    """Put a measure before the chain, once the person was heard. Raises Forbidden, NotFound, Invalid, Conflict."""
    grounds = words(
        proposal.grounds, path="grounds", longest=2000, missing=_("Write the grounds of the decision.")
    )
    case = _locked(case_id, seen)
    if not selectors.proposes(by, case, now):
        raise Forbidden(_("None of your posts may ask for this."), clause=case.clause)
    if case.state != State.OPEN:
        raise _moved_on(case)
    if not selectors.heard(case, now):
        raise Conflict(_("The person is heard first."), code="not_heard", clause=clause_of(REPLY, now))
    fine = _fine(case, proposal, now)
    last_day = _last_day(proposal, now)
    case.state = State.PROPOSED
    _write(case, "state")
    return approvals.submit(
        kind=chain_of(proposal.measure, case.clause),
        subject=case.subject,
        payload={
            "case": case.pk,
            "employee": case.employee_id,
            "clause": case.clause,
            "measure": proposal.measure,
            "fine": str(fine),
            "fine_limit": str(_bound(case)),
            "grounds": grounds,
            **({"last_day": last_day.isoformat()} if last_day else {}),
        },
        flags=[ABOVE] if _decides_otherwise(case, now) else [],
        by=by,
        now=now,
    )


def _fine(case: Case, proposal: Proposal, now: datetime) -> Decimal:
    if proposal.measure == "fine":
        _require_bound(case)
    if proposal.measure not in dict(selectors.choices(case, now)):
        raise wrong("measure", _("The clause does not know this measure."), clause=case.clause)
    if proposal.measure != "fine":
        return Decimal(0)
    if proposal.fine is None or proposal.fine <= 0:
        raise wrong("fine", _("Give the amount of the fine."), clause=case.clause)
    fine = proposal.fine.quantize(Decimal("0.01"))
    _require_bounded(fine, _require_bound(case))
    return fine


def _bound(case: Case) -> Decimal:
    """The most that a fine may be: nothing where the book of the case does not say."""
    limit = fine_limit(case.opened_at)
    return limit.amount if limit else Decimal("0.00")


def _require_bound(case: Case) -> FineLimit:
    """Raises Invalid where the book of the case names no bound of a fine."""
    limit = fine_limit(case.opened_at)
    if limit is None:
        version = rulebook.book(case.opened_at).version_id or 0
        raise wrong(
            "fine",
            _("The rulebook in force when the case was opened (#{n}) names no bound for a fine: choose another"
              " measure.").format(n=version),
            code="no_bound",
            clause=case.clause,
        )  # fmt: skip
    return limit


def _require_bounded(fine: Decimal, limit: FineLimit) -> None:
    """Raises Invalid, with what the book says."""
    if fine > limit.amount:
        raise wrong(
            "fine",
            _(
                "By the rulebook in force when the case was opened (#{n}) a fine is at most {limit} yuan."
            ).format(n=limit.version, limit=limit.amount),
            code="too_much",
            clause=limit.clause,
        )


def _last_day(proposal: Proposal, now: datetime) -> date | None:
    if proposal.measure not in LEAVES:
        return None
    if proposal.last_day is None or proposal.last_day < now.astimezone(ZONE).date():
        raise wrong("last_day", _("Give the last day, today or later."))
    return proposal.last_day


def _decides_otherwise(case: Case, now: datetime) -> bool:
    """The person holds a post that would decide: then the chain of the post above does."""
    person = Employee.objects.get(pk=case.employee_id)
    return bool(rulebook.permission_rule(selectors.DECIDE, now).positions & staff.positions_of(person, now))


@transaction.atomic
def close_case(*, case_id: int, reason: str, by: Employee, now: datetime, seen: int | None = None) -> Case:
    """Nothing is decided: by a post that decides, with the reason, never about oneself. Raises Forbidden, NotFound,
    Invalid, Conflict."""
    said = words(reason, path="reason", longest=500, missing=_("Please give the reason."))
    case = _locked(case_id, seen)
    if not selectors.decides(by, case, now):
        raise Forbidden(_("Your posts do not allow this."), clause=clause_of(selectors.DECIDE, now))
    if case.state != State.OPEN:
        raise _moved_on(case)
    case.state, case.closed_by, case.closed_reason, case.ended_at = State.CLOSED, by, said, now
    _write(case, "state", "closed_by", "closed_reason", "ended_at")
    deadlines.cancel(REPLY, subject=case.subject, at=now)
    audit.record("attendance.close_case", subject=case.subject, by=by, now=now, clause=case.clause, data={})
    _tell("attendance.case_closed", case, {case.employee_id, *_opener(case)}, by, now)
    return case


@transaction.atomic
def add_file(*, case_id: int, file_id: int, by: Employee, now: datetime) -> CaseFile:
    """Evidence of whoever opened it, or of the person. Raises NotFound, Conflict."""
    case = _locked(case_id)
    if by.pk not in (case.employee_id, case.opened_by_id):
        raise NotFound(_("There is no such case."))
    if not case.live:
        raise _moved_on(case)
    if not StoredFile.objects.filter(pk=file_id).exists():
        raise NotFound(_("There is no such file."))
    found = CaseFile.objects.create(case=case, file_id=file_id, by=by, at=now)
    audit.record("attendance.case_file", subject=case.subject, by=by, now=now, clause=case.clause, data={})
    return found


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Agreed to: the decision stands. Who is to leave is on his way out with a list of what he hands over (S4c); a fine
    is recorded and nothing is deducted. Raises Conflict."""
    case = _locked(int(run.subject_id))
    if case.state != State.PROPOSED:
        raise _moved_on(case)
    if payload["measure"] == "fine":
        _require_bounded(Decimal(payload["fine"]), _require_bound(case))
    CaseDecision.objects.create(
        case=case,
        employee_id=payload["employee"],
        run=run,
        measure=payload["measure"],
        fine=Decimal(payload["fine"]),
        fine_limit=Decimal(payload["fine_limit"]),
        grounds=payload["grounds"],
        at=now,
    )
    case.state, case.ended_at = State.DECIDED, now
    _write(case, "state", "ended_at")
    deadlines.cancel(REPLY, subject=case.subject, at=now)
    _record_decision(case, run, str(payload["measure"]), by, now)
    _tell("attendance.case_decided", case, {case.employee_id, *_opener(case)}, by, now)
    reason = LEAVES.get(payload["measure"])
    if reason is not None:
        begin_leaving(
            employee=case.employee,
            reason=reason,
            last_day=date.fromisoformat(payload["last_day"]),
            run=run,
            by=by,
            now=now,
        )


def _record_decision(case: Case, run: Run, measure: str, by: Employee | None, now: datetime) -> None:
    audit.record(
        "attendance.decide_case",
        subject=case.subject,
        by=by,
        now=now,
        clause=run.clause,
        data={"measure": measure, "run": run.pk},
    )


def ended(run: Run, by: Employee | None, now: datetime) -> None:
    """Rejected, taken back or void: the case is open again."""
    case = _locked(int(run.subject_id))
    if case.state == State.PROPOSED:
        case.state = State.OPEN
        _write(case, "state")


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for a fine above the book's bound or another bound than the book's, and for what names no case."""
    named = payload.get("case")
    case = Case.objects.filter(pk=named).first() if isinstance(named, int) else None
    if case is None or not payload.get("grounds"):
        raise wrong("case", _("The proposal is incomplete."), code="payload")
    limit = fine_limit(case.opened_at)
    bound = _bound(case)
    try:
        fine, told = Decimal(str(payload["fine"])), Decimal(str(payload["fine_limit"]))
    except (KeyError, InvalidOperation) as error:
        raise wrong("fine", _("The proposal is incomplete."), code="payload") from error
    if limit is not None:
        _require_bounded(max(fine, told), limit)
    elif fine:
        _require_bound(case)
    if told != bound:
        raise wrong("fine", _("The proposal is incomplete."), code="payload")
    if payload.get("measure") in LEAVES and parse_date(str(payload.get("last_day", ""))) is None:
        raise wrong("last_day", _("Give the last day, today or later."), code="payload")


def _locked(case_id: int, seen: int | None = None) -> Case:
    approvals.hold(Subject("case", str(case_id)))
    case = Case.objects.select_for_update(of=("self",)).select_related("employee").filter(pk=case_id).first()
    if case is None:
        raise NotFound(_("There is no such case."))
    if seen is not None and seen != case.version:
        raise _moved_on(case)
    return case


def _moved_on(case: Case) -> Conflict:
    return Conflict(
        _("This case has moved on: “{state}”.").format(state=case.get_state_display()), code="state"
    )


def _write(case: Case, *fields: str) -> None:
    case.version += 1
    case.save(update_fields=[*fields, "version"])


def _opener(case: Case) -> set[int]:
    return {case.opened_by_id} if case.opened_by_id else set()


def _tell(kind: str, case: Case, whom: set[int], by: Employee | None, now: datetime, **params: str) -> None:
    notices.notify(
        kind,
        whom - ({by.pk} if by else set()),
        source=kind.partition(".")[2][:20],
        source_id=case.pk,
        step=case.version % 30_000,
        subject=case.subject,
        now=now,
        clause=case.clause,
        params=params,
        urgent=kind == "attendance.case_about_you",
    )
