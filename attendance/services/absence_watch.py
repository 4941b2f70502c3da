"""Absence that the clause speaks of (S2e) becomes a case with its evidence; people decide what follows.

A row of days, or a month, makes one case. While it is open its evidence follows the settlement: days that are settled
otherwise show, and when they no longer meet the clause the case says so. A decided or closed case is never touched, and
its days open no second one; a day that it did not cover does, and the new case names the old one beside its days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from attendance.models import Case, CaseEvidence, Leaving
from attendance.rules.absence import DayMark, Found, Known, Step, in_a_month, in_a_row, steps
from attendance.selectors.cases import Day, days_since, overseers
from attendance.services.cases import begin
from office.approvals import api as approvals
from office.audit import api as audit
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

ROW, MONTH, COUNTS = (
    "attendance.absence_in_a_row",
    "attendance.absence_in_a_month",
    "attendance.absence_counts",
)
#: How far back days are looked at: cases are opened soon after, and facts arrive within this time.
BACK = timedelta(days=100)


def watch_absence(*, now: datetime) -> int:
    """Open the cases that are due, and bring the evidence of the open ones up to date. Answers how many were opened."""
    since = (now - BACK).astimezone(ZONE).date().replace(day=1)
    begins = _begins(since)
    by_person: dict[int, list[Day]] = defaultdict(list)
    for day in days_since(min(begins.values(), default=since)):
        if day.day >= begins.get(day.employee_id, since):
            by_person[day.employee_id].append(day)
    return sum(_one(pk, days, now) for pk, days in sorted(by_person.items()))


def _begins(since: date) -> dict[int, date]:
    """Whoever has a case that is not decided yet, and from when on his days are looked at: however long it takes, the
    days of the case, with the month they are in, are looked at as they stand and not as if they were gone."""
    found: dict[int, date] = {}
    waiting = Case.objects.filter(state__in=(Case.State.OPEN, Case.State.PROPOSED)).exclude(
        sort=Case.Sort.CONDUCT
    )
    for employee_id, days in waiting.values_list("employee_id", "days"):
        found[employee_id] = min(found.get(employee_id, since), days[0].replace(day=1))
    return found


@transaction.atomic
def _one(employee_id: int, days: Sequence[Day], now: datetime) -> int:
    person = Employee.objects.select_for_update(no_key=True).get(pk=employee_id)
    cases = Case.objects.filter(employee=person).exclude(sort=Case.Sort.CONDUCT).in_bulk()
    by_day = {day.day: day for day in days}
    opened = 0
    for step in steps(_found(days, now), _known(cases, now)):
        if step.number is not None:
            _renew(cases[step.number], step, by_day, now)
        elif person.is_active and not _treated_as_left(person):
            _open(person, step, by_day, now)
            opened += 1
    return opened


def _known(cases: Mapping[int, Case], now: datetime) -> list[Known]:
    """The cases with what their last evidence says, oldest first."""
    counts_from = _counts_from(now)
    last = CaseEvidence.objects.filter(case__in=cases).order_by("case_id", "-turn").distinct("case_id")
    said = dict(last.values_list("case_id", "days"))
    found = []
    for pk, case in sorted(cases.items()):
        rows = {date.fromisoformat(row["day"]): row for row in said.get(pk, ())}
        counted = frozenset(day for day, row in rows.items() if Decimal(row["share"]) >= counts_from)
        earlier = {day: int(row["earlier"]) for day, row in rows.items() if "earlier" in row}
        found.append(Known(pk, case.sort, case.live, tuple(case.days), counted, earlier))
    return found


def _treated_as_left(person: Employee) -> bool:
    """It was decided that he has left for this, and he is on his way out: what follows is told by no further case,
    unless that is called off."""
    return Leaving.objects.filter(
        employee=person, reason=Leaving.Reason.ABSENCE, state=Leaving.State.RUNNING
    ).exists()


def _open(person: Employee, step: Step, by_day: Mapping[date, Day], now: datetime) -> None:
    case = begin(
        person=person,
        sort=step.sort,
        clause=rulebook.limit_rule(ROW if step.sort == "row" else MONTH, now).clause,
        days=list(step.days),
        by=None,
        now=now,
    )
    CaseEvidence.objects.create(case=case, turn=1, days=_said(step, by_day), stands=True, at=now)


def _found(days: Iterable[Day], now: datetime) -> list[Found]:
    marks = [DayMark(day.day, day.planned > timedelta(), day.share) for day in days]
    counts_from = _counts_from(now)
    return [
        *in_a_row(marks, least=rulebook.limit_rule(ROW, now).count, counts_from=counts_from),
        *in_a_month(marks, least=rulebook.limit_rule(MONTH, now).count, counts_from=counts_from),
    ]


def _counts_from(now: datetime) -> Decimal:
    """The part of a day from which on its absence counts."""
    return rulebook.limit_rule(COUNTS, now).amount / Decimal(100)


def _said(step: Step, by_day: Mapping[date, Day]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for day in step.days:
        settled = by_day.get(day)
        row: dict[str, object] = {
            "day": day.isoformat(),
            "verdict": settled.verdict if settled else "",
            "share": str(settled.share) if settled else "0.00",
            "turn": settled.turn if settled else 0,
        }
        rows.append(row | {"earlier": step.earlier[day]} if day in step.earlier else row)
    return rows


def _renew(case: Case, step: Step, by_day: Mapping[date, Day], now: datetime) -> None:
    """The evidence as it is now, when it is not what it was: a request about it becomes void, and everybody is told."""
    last = case.evidence.order_by("-turn").first()
    said, stands = _said(step, by_day), step.stands
    if last is not None and last.days == said and last.stands == stands:
        return
    approvals.hold(case.subject)
    case.refresh_from_db(from_queryset=Case.objects.select_for_update(of=("self",)))
    if not case.live:
        return
    CaseEvidence.objects.create(
        case=case, turn=last.turn + 1 if last else 1, days=said, stands=stands, at=now
    )
    case.days, case.stands = list(step.days), stands
    case.version += 1
    case.save(update_fields=["days", "stands", "version"])
    audit.record(
        "attendance.case_evidence",
        subject=case.subject,
        by=None,
        now=now,
        clause=case.clause,
        data={"days": [day.isoformat() for day in step.days], "stands": stands},
    )
    approvals.subject_changed(subject=case.subject, by=None, now=now)
    notices.notify(
        "attendance.case_evidence",
        overseers(case, now) | {case.employee_id},
        source="case_evidence",
        source_id=case.pk,
        step=case.version % 30_000,
        subject=case.subject,
        now=now,
        clause=case.clause,
    )
