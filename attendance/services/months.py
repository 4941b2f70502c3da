"""The month: closed by HR once it is over, settled and decided; and its sheet (S2d)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance.models import MonthClose, SettledDay, WageLine
from attendance.rules.months import month_of, next_month
from attendance.selectors import months as selectors
from attendance.selectors.teams import team_of
from attendance.services.months_lock import hold_months
from attendance.services.settling import settle_marked
from attendance.services.wages import CLOSE, reckon
from attendance.subjects import month_subject
from office.audit import api as audit
from office.errors import Conflict
from office.rulebook import api as rulebook
from office.rulebook.allowed import require
from office.staff.models import Employee
from office.tables.marks import new_mark
from office.tables.writing import Cell, workbook

if TYPE_CHECKING:
    from attendance.models import Adjustment

VERBS = {
    "attendance.close_month": gettext_lazy("Month closed"),
    "attendance.sheet_exported": gettext_lazy("Monthly sheet exported"),
}


def close_month(*, month: date, by: Employee, now: datetime) -> MonthClose:
    """From now on its days and wage lines stay; what becomes known later is entered in an open month. What is marked
    is settled first. Raises Forbidden, Conflict (`closed`, `not_over`, `unsettled`, `undecided`)."""
    clause = require(by, CLOSE, now)
    month = month_of(month)
    settle_marked(now=now)
    with transaction.atomic():
        hold_months(shared=False)
        state = selectors.standing(month, now)
        if state.closed is not None:
            raise Conflict(
                _("{name} closed this month already.").format(name=state.closed.closed_by.name), code="closed"
            )
        if not state.over:
            raise Conflict(_("The month is not over yet."), code="not_over", clause=clause)
        if state.unsettled:
            raise Conflict(
                _("{count} days of the month wait to be settled: their last shifts are not over.").format(
                    count=state.unsettled
                ),
                code="unsettled",
                clause=clause,
            )
        if state.proposed:
            raise Conflict(
                _("{count} proposed deductions wait for a decision.").format(count=state.proposed),
                code="undecided",
                clause=clause,
            )
        days, lines, digest = _sum_up(month)
        closed = MonthClose.objects.create(
            month=month, closed_by=by, closed_at=now, days=days, lines=lines, digest=digest
        )
        audit.record(
            "attendance.close_month",
            subject=month_subject(month),
            by=by,
            now=now,
            clause=clause,
            data={"days": days, "lines": lines, "digest": digest},
        )
    return closed


def _sum_up(month: date) -> tuple[int, int, str]:
    """How many days and confirmed lines the month has, and a SHA-256 over what they say."""
    digest = hashlib.sha256()
    days = 0
    for row in (
        SettledDay.objects.filter(day__gte=month, day__lt=next_month(month))
        .order_by("employee_id", "day", "-turn")
        .distinct("employee_id", "day")
        .values_list("employee_id", "day", "turn", "digest")
    ):
        days += 1
        digest.update(f"{row[0]} {row[1]:%Y-%m-%d} {row[2]} {row[3]}\n".encode())
    lines = 0
    for line in WageLine.objects.filter(month=month).order_by("employee_id", "day"):
        found = reckon(line) if line.state == WageLine.State.CONFIRMED else None
        lines += found is not None
        told = found.shown() if found else ""
        digest.update(f"{line.employee_id} {line.day:%Y-%m-%d} {line.state} {line.share} {told}\n".encode())
    return days, lines, digest.hexdigest()


@transaction.atomic
def export_sheet(*, month: date, by: Employee, now: datetime) -> BinaryIO:
    """The month as a workbook: sums by person, every day, and for HR the deductions and correcting entries. Whom
    the reader may not see is not in it. Logged."""
    month = month_of(month)
    people = list(team_of(by, now))
    lines = [line for line in selectors.grid(people, month) if any(cell.settled for cell in line.cells)]
    sheets: list[tuple[str, Iterator[Sequence[Cell]]]] = [
        (_("Month"), _sums(lines)),
        (_("By day"), _days(lines)),
    ]
    if may_close(by, now):
        sheets.append((_("Deductions"), _deductions(selectors.wage_lines(month), by)))
        sheets.append((_("Correcting entries"), _corrections(selectors.adjustments(month))))
    mark = new_mark(by, now)
    file = workbook(sheets, mark)
    audit.record_export(
        "attendance.sheet_exported",
        mark=mark,
        subject=month_subject(month),
        by=by,
        now=now,
        rows=len(lines),
        format="xlsx",
        data={"people": len(lines), "sheets": len(sheets)},
    )
    return file


def may_close(person: Employee, now: datetime) -> bool:
    return rulebook.may(person, CLOSE, now)


def _hours(time: timedelta) -> float:
    return round(time.total_seconds() / 3600, 2)


def _minutes(time: timedelta) -> int:
    return int(time.total_seconds() // 60)


def _sums(lines: Sequence[selectors.Line]) -> Iterator[Sequence[Cell]]:
    yield [
        _("Employee number"), _("Full name"), _("Department"), _("Days to work"), _("Days worked"),
        _("Days with leave"), _("Days of absence"), _("Times late"), _("Times early"), _("Missing punches"),
        _("Hours planned"), _("Hours worked"), _("Hours of leave"),
    ]  # fmt: skip
    for line in lines:
        sums = line.sums
        yield [
            line.person.number, line.person.name, line.person.department, sums["planned_days"], sums["present_days"],
            sums["leave_days"], sums["absent_days"], sums["late_times"], sums["early_times"], sums["missing"],
            _hours(sums["planned"]), _hours(sums["worked"]), _hours(sums["leave"]),
        ]  # fmt: skip


def _days(lines: Sequence[selectors.Line]) -> Iterator[Sequence[Cell]]:
    yield [
        _("Employee number"), _("Full name"), _("Day"), _("Shift"), _("Outcome"), _("Came"), _("Left work"),
        _("Minutes late"), _("Minutes early"), _("Part of the day absent"), _("Settled for the n-th time"),
    ]  # fmt: skip
    for line in lines:
        for cell in line.cells:
            day = cell.settled
            if day is not None:
                yield [
                    line.person.number, line.person.name, f"{cell.day:%Y-%m-%d}", cell.shift,
                    str(day.get_verdict_display()), day.came_at, day.left_at, _minutes(day.late), _minutes(day.early),
                    day.absent_share, day.turn,
                ]  # fmt: skip


def _deductions(lines: Sequence[WageLine], by: Employee) -> Iterator[Sequence[Cell]]:
    yield [
        _("Employee number"), _("Full name"), _("Day"), _("Part of the day"), _("State"), _("Arithmetic"), _("Amount"),
        _("Decided by"), _("Reason"),
    ]  # fmt: skip
    for line in lines:
        found = reckon(line) if line.employee_id != by.pk else None
        yield [
            line.employee.number, line.employee.name, f"{line.day:%Y-%m-%d}", line.share,
            str(line.get_state_display()), found.shown() if found else "", found.amount if found else None,
            line.decided_by.name if line.decided_by else "", line.reason,
        ]  # fmt: skip


def _corrections(rows: Sequence[Adjustment]) -> Iterator[Sequence[Cell]]:
    yield [
        _("Employee number"), _("Full name"), _("Day"), _("Part of the day until then"), _("Part of the day now"),
        _("Outcome"), _("Entered"),
    ]  # fmt: skip
    for row in rows:
        yield [
            row.employee.number, row.employee.name, f"{row.day:%Y-%m-%d}", row.share_before, row.absent_share,
            str(row.get_verdict_display()), timezone.localtime(row.at),
        ]  # fmt: skip
