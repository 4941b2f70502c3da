"""Absence that the clause speaks of (S2e) becomes a case with its evidence; people decide what follows.

A row of days, or a month, makes one case. While it is open its evidence follows the settlement: days that are settled
otherwise show, and when they no longer meet the clause the case says so. A decided or closed case is never touched, and
its days open no second one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from attendance.models import Case, CaseEvidence
from attendance.rules.absence import DayMark, Found, in_a_month, in_a_row
from attendance.selectors.cases import DECIDE, Day, days_since
from attendance.services.allowed import people_with
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
    cases = list(Case.objects.filter(employee=person).exclude(sort=Case.Sort.CONDUCT).order_by("pk"))
    found = _found(days, now)
    by_day = {day.day: day for day in days}
    opened = 0
    for each in found:
        mine = [case for case in cases if case.sort == each.sort and _same(case, each)]
        covered = {day for case in cases for day in case.days}
        if mine:
            if mine[0].live:
                _renew(mine[0], each.days, by_day, now, stands=True)
            continue
        if set(each.days) <= covered or not person.is_active:
            continue
        case = begin(
            person=person,
            sort=each.sort,
            clause=rulebook.limit_rule(ROW if each.sort == "row" else MONTH, now).clause,
            days=list(each.days),
            by=None,
            now=now,
        )
        CaseEvidence.objects.create(case=case, turn=1, days=_said(each.days, by_day), stands=True, at=now)
        cases.append(case)
        opened += 1
    for case in cases:
        if case.live and not any(case.sort == each.sort and _same(case, each) for each in found):
            _renew(case, case.days, by_day, now, stands=False)
    return opened


def _found(days: Iterable[Day], now: datetime) -> list[Found]:
    marks = [DayMark(day.day, day.planned > timedelta(), day.share) for day in days]
    counts_from = rulebook.limit_rule(COUNTS, now).amount / Decimal(100)
    return [
        *in_a_row(marks, least=rulebook.limit_rule(ROW, now).count, counts_from=counts_from),
        *in_a_month(marks, least=rulebook.limit_rule(MONTH, now).count, counts_from=counts_from),
    ]


def _same(case: Case, found: Found) -> bool:
    """A row is the same when it shares a day; a month when it is the same month."""
    if case.sort == "row":
        return bool(set(case.days) & set(found.days))
    return (case.days[0].year, case.days[0].month) == (found.days[0].year, found.days[0].month)


def _said(days: Iterable[date], by_day: dict[date, Day]) -> list[dict[str, object]]:
    rows = []
    for day in days:
        settled = by_day.get(day)
        rows.append(
            {
                "day": day.isoformat(),
                "verdict": settled.verdict if settled else "",
                "share": str(settled.share) if settled else "0.00",
                "turn": settled.turn if settled else 0,
            }
        )
    return rows


def _renew(case: Case, days: Sequence[date], by_day: dict[date, Day], now: datetime, *, stands: bool) -> None:
    """The evidence as it is now, when it is not what it was: a request about it becomes void, and everybody is told."""
    last = case.evidence.order_by("-turn").first()
    said = _said(days, by_day)
    if last is not None and last.days == said and last.stands == stands:
        return
    approvals.hold(case.subject)
    case.refresh_from_db(from_queryset=Case.objects.select_for_update(of=("self",)))
    if not case.live:
        return
    CaseEvidence.objects.create(
        case=case, turn=last.turn + 1 if last else 1, days=said, stands=stands, at=now
    )
    case.days, case.stands = list(days), stands
    case.version += 1
    case.save(update_fields=["days", "stands", "version"])
    audit.record(
        "attendance.case_evidence",
        subject=case.subject,
        by=None,
        now=now,
        clause=case.clause,
        data={"days": [day.isoformat() for day in days], "stands": stands},
    )
    approvals.subject_changed(subject=case.subject, by=None, now=now)
    notices.notify(
        "attendance.case_evidence",
        people_with(DECIDE, now) | {case.employee_id},
        source="case_evidence",
        source_id=case.pk,
        step=case.version % 30_000,
        subject=case.subject,
        now=now,
        clause=case.clause,
    )
