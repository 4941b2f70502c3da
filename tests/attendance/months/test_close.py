"""Wage lines decided by HR, the month closed for good, later truth in the open month, the sheet, what is erased."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from openpyxl import load_workbook

from attendance.models import Adjustment, MonthClose, Punch, SettledDay, WageBase, WageLine
from attendance.rules.months import days_of, next_month, previous_month, read_month
from attendance.rules.wages import Deduction
from attendance.services import retention
from attendance.services.marking import mark_days
from attendance.services.months import close_month, export_sheet
from attendance.services.settling import open_month, settle_marked
from attendance.services.wages import confirm_line, reckon, reopen_line, reseal_wages, set_wage, waive_line
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.attendance.clock import DAY, at
from tests.attendance.months.world import LATER, MONTH, absent, agree, asked, second_hr, wage
from tests.attendance.shifts import AFTER, publish, punch
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2d")]
DECEMBER = date(2026, 12, 1)


def test_the_arithmetic_is_shown() -> None:
    half = Deduction(Decimal("6525"), Decimal("21.75"), Decimal("0.50"), 1)
    assert (half.daily, half.amount) == (Decimal("300.00"), Decimal("150.00"))
    assert half.shown() == "6,525.00 ÷ 21.75 × 0.5 × 1 = 150.00"
    assert Deduction(Decimal("10000"), Decimal("21.75"), Decimal("-1"), 1).amount == Decimal("-459.77")


def test_months_are_read_and_turned() -> None:
    assert (read_month("2026-11"), read_month("2026-13"), read_month("x"), read_month("２０２６-11")) == (
        MONTH,
        None,
        None,
        None,
    )
    assert (next_month(DECEMBER), previous_month(MONTH)) == (date(2027, 1, 1), date(2026, 10, 1))
    assert len(days_of(date(2028, 2, 1))) == 29
    assert open_month({DECEMBER}, date(2026, 12, 20)) == date(2027, 1, 1)


def test_hr_confirms_what_the_arithmetic_says() -> None:
    li = person("li_lei")
    wage(li)
    line = absent(li)
    found = reckon(line)
    assert found is not None
    assert found.amount == Decimal("300.00")
    done = confirm_line(line_id=line.pk, turn=1, by=person("du_hr"), now=AFTER)
    assert (done.state, done.decided_by) == ("confirmed", person("du_hr"))
    wage(li, "9999")
    assert reckon(WageLine.objects.get()) == found, "what was confirmed stays, whatever the wage becomes"


def test_amounts_lie_encrypted() -> None:
    li = person("li_lei")
    wage(li)
    confirm_line(line_id=absent(li).pk, turn=1, by=person("du_hr"), now=AFTER)
    assert b"6525" not in bytes(WageBase.objects.get().sealed)
    assert b"6525" not in bytes(WageLine.objects.get().sealed or b"")
    assert reseal_wages(10) == 0, "no newer key: nothing to do"


def test_without_a_wage_nothing_can_be_confirmed() -> None:
    line = absent(person("li_lei"))
    with pytest.raises(Conflict) as refused:
        confirm_line(line_id=line.pk, turn=1, by=person("du_hr"), now=AFTER)
    assert refused.value.code == "no_wage"


def test_it_can_be_left_out_with_a_reason_and_decided_again() -> None:
    hr = person("du_hr")
    line = absent(person("li_lei"))
    with pytest.raises(Invalid):
        waive_line(line_id=line.pk, reason=" ", by=hr, now=AFTER)
    assert waive_line(line_id=line.pk, reason="暴雨停运", by=hr, now=AFTER).state == "waived"
    with pytest.raises(Conflict):
        waive_line(line_id=line.pk, reason="x", by=hr, now=AFTER)
    assert reopen_line(line_id=line.pk, by=hr, now=AFTER).state == "proposed"
    with pytest.raises(Conflict):
        reopen_line(line_id=line.pk, by=hr, now=AFTER)


def test_a_line_that_moved_on_is_looked_at_again() -> None:
    li = person("li_lei")
    wage(li)
    line = absent(li)
    punch(li, "13:30", "18:40")
    settle_marked(now=AFTER)
    with pytest.raises(Conflict) as refused:
        confirm_line(line_id=line.pk, turn=1, by=person("du_hr"), now=AFTER)
    assert refused.value.code == "moved_on"


def test_a_decided_line_whose_day_changes_is_asked_anew() -> None:
    li = person("li_lei")
    wage(li)
    confirm_line(line_id=absent(li).pk, turn=1, by=person("du_hr"), now=AFTER)
    punch(li, "13:30", "18:40")
    settle_marked(now=AFTER)
    line = WageLine.objects.get()
    assert (line.state, line.share, line.sealed, line.decided_by) == ("proposed", Decimal("0.50"), None, None)


def test_only_hr_decides_and_nobody_on_his_own() -> None:
    hr = person("du_hr")
    line, own = absent(person("li_lei")), absent(hr)
    for by, which in ((person("chen_manager"), line), (hr, own)):
        with pytest.raises(Forbidden):
            waive_line(line_id=which.pk, reason="x", by=by, now=AFTER)
    with pytest.raises(Forbidden):
        set_wage(employee_id=hr.pk, amount=Decimal(1), starts_on=MONTH, by=hr, now=AFTER)
    with pytest.raises(NotFound):
        waive_line(line_id=987_654, reason="x", by=hr, now=AFTER)
    with pytest.raises(NotFound):
        set_wage(employee_id=987_654, amount=Decimal(1), starts_on=MONTH, by=hr, now=AFTER)
    for amount in ("0", "-1", "1.234", "99999999"):
        with pytest.raises(Invalid):
            set_wage(employee_id=line.employee_id, amount=Decimal(amount), starts_on=MONTH, by=hr, now=AFTER)


def test_a_month_waits_for_its_end_its_days_and_its_decisions() -> None:
    hr = person("du_hr")
    line = absent(person("li_lei"))
    codes = []
    for now in (AFTER, LATER):
        with pytest.raises(Conflict) as refused:
            close_month(month=MONTH, by=hr, now=now)
        codes.append(refused.value.code)
    publish(person("han_meimei"), "L", date(2026, 11, 30))
    waive_line(line_id=line.pk, reason="x", by=hr, now=LATER)
    with pytest.raises(Conflict) as refused:
        close_month(month=MONTH, by=hr, now=at("01:00", DECEMBER))
    assert [*codes, refused.value.code] == ["not_over", "undecided", "unsettled"]
    with pytest.raises(Forbidden):
        close_month(month=MONTH, by=person("chen_manager"), now=LATER)


def closed_month() -> MonthClose:
    """November with one confirmed absence of 李雷."""
    li = person("li_lei")
    wage(li)
    confirm_line(line_id=absent(li).pk, turn=1, by=person("du_hr"), now=AFTER)
    return close_month(month=MONTH, by=person("du_hr"), now=LATER)


def test_a_closed_month_is_immutable_in_the_database() -> None:
    closed = closed_month()
    assert (closed.days, closed.lines, len(closed.digest)) == (1, 1, 64)
    with pytest.raises(Conflict):
        close_month(month=MONTH, by=person("du_hr"), now=LATER)
    with pytest.raises(Conflict):
        reopen_line(line_id=WageLine.objects.get().pk, by=person("du_hr"), now=LATER)
    day = SettledDay.objects.get()
    for act in (
        "UPDATE attendance_wageline SET share = 0",
        "DELETE FROM attendance_wageline",
        "DELETE FROM attendance_monthclose",
        "INSERT INTO attendance_wageline (employee_id, day, month, share, turn, clause, state, proposed_at, reason)"
        f" VALUES ({day.employee_id}, '2026-11-05', '2026-11-01', 1, 1, 'S2d', 'proposed', now(), '')",
        "INSERT INTO attendance_settledday (employee_id, day, turn, verdict, flags, planned, worked, late, early,"
        " leave, absent, absent_share, facts, digest, version_id, at) SELECT employee_id, day, 9, verdict, flags,"
        " planned, worked, late, early, leave, absent, 0, facts, digest, version_id, at FROM attendance_settledday",
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(act)


def test_later_truth_is_a_correcting_entry_in_the_open_month() -> None:
    closed_month()
    li = person("li_lei")
    agree(asked(li, now=LATER), now=LATER + timedelta(hours=1))
    done = settle_marked(now=LATER + timedelta(hours=2))
    assert done.adjusted == 1
    entry = Adjustment.objects.get()
    assert (entry.day, entry.month, entry.turn, entry.verdict) == (DAY, DECEMBER, 1, "present")
    assert (entry.share_before, entry.absent_share) == (Decimal("1.00"), Decimal("0.00"))
    assert SettledDay.objects.count() == 1
    back = WageLine.objects.get(month=DECEMBER)
    found = reckon(back)
    assert found is not None
    assert (back.share, found.amount) == (Decimal("-1.00"), Decimal("-300.00"))
    mark_days(days=[(li.pk, DAY)], now=LATER)
    assert settle_marked(now=LATER + timedelta(hours=3)).changed == 0


def test_what_was_never_deducted_is_not_given_back() -> None:
    li = person("li_lei")
    waive_line(line_id=absent(li).pk, reason="x", by=person("du_hr"), now=AFTER)
    close_month(month=MONTH, by=person("du_hr"), now=LATER)
    punch(li, "08:20", "18:40", now=LATER)
    settle_marked(now=LATER)
    assert Adjustment.objects.count() == 1
    assert not WageLine.objects.filter(month=DECEMBER).exists()


def test_a_correcting_entry_stands_in_a_later_open_month_only() -> None:
    closed_month()
    values = "1, 'present', 0, 0, '{}', 'x', 1, now()"
    for day, month in (("2026-11-04", "2026-11-01"), ("2026-12-02", "2027-01-01")):
        with pytest.raises(IntegrityError), transaction.atomic():
            connection.cursor().execute(
                "INSERT INTO attendance_adjustment (employee_id, day, month, turn, verdict, share_before, absent_share,"
                f" facts, digest, version_id, at) VALUES ({person('li_lei').pk}, '{day}', '{month}', {values})"
            )


def test_the_sheet_holds_whom_the_reader_may_see_and_no_formula() -> None:
    li = person("li_lei")
    li.name = "=HYPERLINK(1)"
    li.save()
    wage(li)
    confirm_line(line_id=absent(li).pk, turn=1, by=person("du_hr"), now=AFTER)
    absent(person("zheng_designer"))
    whole = load_workbook(io.BytesIO(export_sheet(month=MONTH, by=person("du_hr"), now=LATER).read()))
    assert whole.sheetnames[-1].startswith("EX-")
    assert whole.sheetnames[:-1] == ["月份", "每日明细", "扣款", "更正记录"]
    cells = [cell for row in whole["月份"].iter_rows() for cell in row]
    assert "=HYPERLINK(1)" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert "6,525.00 ÷ 21.75 × 1 × 1 = 300.00" in [
        cell.value for row in whole["扣款"].iter_rows() for cell in row
    ]
    team = load_workbook(
        io.BytesIO(export_sheet(month=MONTH, by=person("wang_supervisor"), now=LATER).read())
    )
    assert len(team.sheetnames) == 3
    assert [row[0].value for row in team["月份"].iter_rows(min_row=2)] == ["A001"]


@pytest.mark.clause("C13.5")
def test_old_raw_punches_are_erased_and_the_settled_days_stay() -> None:
    li, day, young = person("li_lei"), DAY.replace(year=2024), AFTER - timedelta(days=20)
    publish(li, "E", day)
    punch(li, "08:20", "18:40", day=day)
    assert retention.erase_punches(now=AFTER) == 0, "not settled yet"
    settle_marked(now=young)
    assert retention.erase_punches(now=young) == 0
    assert retention.erase_punches(now=AFTER) == 2
    assert not Punch.objects.exists()
    mark_days(days=[(li.pk, day)], now=AFTER)
    assert settle_marked(now=AFTER).changed == 0, "it still knows what it rests on"
    assert SettledDay.objects.get().verdict == "present"


def test_somebody_else_of_hr_decides_on_ones_own() -> None:
    hr = person("du_hr")
    assert waive_line(line_id=absent(hr).pk, reason="x", by=second_hr(), now=AFTER).state == "waived"
