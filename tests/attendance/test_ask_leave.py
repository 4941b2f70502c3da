"""Asking for leave: a day ahead and with the reason (S2a), agreed to by the chain before anybody leaves (S2b)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from attendance.models import BalanceMovement, Leave, LeaveApproval
from attendance.selectors.balances import balances_of
from attendance.services import asking, leave_ending
from office.approvals import api as approvals
from office.errors import Conflict, Invalid, NotFound
from tests.attendance.leaves import (
    DAY,
    FRIDAY,
    MONDAY,
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    agree,
    ask,
    everybody,
    grant,
    local,
    run_of,
    shift,
)
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def left(who: str, kind: str, day: dt.date = WEDNESDAY) -> Decimal:
    return next(each.left for each in balances_of(person(who).pk, NOW, day) if each.kind.code == kind)


@pytest.mark.clause("S2a")
def test_one_day_ahead_counts_by_the_calendar() -> None:
    assert ask(first=TUESDAY, now=local(MONDAY, "23:50")).state == "requested"
    with pytest.raises(asking.NotAhead) as refused:
        ask("han_meimei", first=TUESDAY, now=local(TUESDAY, "00:10"))
    assert (refused.value.clause, refused.value.code) == ("S2a", "notice")
    assert not Leave.objects.filter(employee=person("han_meimei")).exists()


@pytest.mark.clause("S2a")
@pytest.mark.parametrize("reason", ["", "   ", "\x00"])
def test_without_a_reason_there_is_no_request(reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(reason=reason)
    assert refused.value.errors[0]["path"] == "reason"


@pytest.mark.clause("S2b")
@pytest.mark.parametrize("who", ["chen_manager", "jiang_head"])
def test_the_manager_or_a_supervisor_agrees_and_then_it_is_approved(who: str) -> None:
    leave = agree(ask(), who)
    assert leave.state == "approved"
    approval = LeaveApproval.objects.get(leave=leave)
    assert (approval.run, approval.starts_at) == (run_of(leave), leave.starts_at)


@pytest.mark.clause("S2b")
def test_the_database_approves_by_the_chain_only() -> None:
    leave = ask()
    with pytest.raises(IntegrityError, match="by its chain only"), transaction.atomic():
        Leave.objects.filter(pk=leave.pk).update(state="approved", decided_at=NOW)
    run = run_of(leave)
    fields: dict[str, Any] = {
        "leave": leave, "employee": leave.employee, "kind": leave.kind, "starts_at": leave.starts_at,
        "ends_at": leave.ends_at, "at": NOW,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():  # not agreed to yet
        LeaveApproval.objects.create(run=run, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():  # names no run
        LeaveApproval.objects.create(**fields)
    other = agree(ask("han_meimei"))
    with pytest.raises(IntegrityError), transaction.atomic():  # the run of somebody else
        LeaveApproval.objects.create(run=run_of(other), **fields)


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'sick'",
        "starts_at = starts_at - interval '1 day'",
        "ends_at = ends_at + interval '1 day'",
        "ends_at = ends_at - interval '1 hour'",
        "employee_id = employee_id + 1",
        "state = 'lapsed', ended_at = now()",
        "state = 'cancelled', ended_at = now()",
        "paid = true",
    ],
)
def test_what_was_asked_for_stands(change: str) -> None:
    ask()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE attendance_leave SET {change}")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM attendance_leave")


def test_no_two_leaves_of_one_person_overlap() -> None:
    first = ask(first=WEDNESDAY, last=THURSDAY)
    with pytest.raises(Conflict) as refused:
        ask(first=THURSDAY, last=FRIDAY)
    assert refused.value.code == "overlap"
    assert refused.value.params["leave"] == first.pk
    assert ask("han_meimei", first=THURSDAY, last=FRIDAY).state == "requested"
    leave_ending.take_back(leave_id=first.pk, reason="不用了", by=person("li_lei"), now=NOW)
    assert ask(first=THURSDAY, last=FRIDAY).state == "requested"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"kind": "holiday"}, "kind"),
        ({"first": THURSDAY, "last": WEDNESDAY}, "last_day"),
        ({"first": MONDAY + 400 * DAY}, "first_day"),
        ({"kind": "marriage", "portion": "first"}, "portion"),
        ({"kind": "sick", "portion": "hours"}, "portion"),
        ({"portion": "first", "first": WEDNESDAY, "last": THURSDAY}, "last_day"),
        ({"kind": "compensatory", "portion": "hours"}, "ends"),
        ({"kind": "compensatory", "portion": "hours", "begins": dt.time(11), "ends": dt.time(9)}, "ends"),
        ({"first": MONDAY + 5 * DAY, "last": MONDAY + 6 * DAY}, "first_day"),
        ({"first": MONDAY + 5 * DAY, "portion": "first"}, "first_day"),
        ({"kind": "marriage", "first": MONDAY + 7 * DAY, "last": MONDAY + 10 * DAY}, "last_day"),
        ({"kind": "maternity", "first": WEDNESDAY, "last": WEDNESDAY + 98 * DAY}, "last_day"),
    ],
)
def test_what_cannot_be_asked_for_names_its_field(given: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask(**given)
    assert [error["path"] for error in refused.value.errors] == [path]


def test_rest_days_and_holidays_cost_nothing() -> None:
    assert ask(first=FRIDAY, last=MONDAY + 7 * DAY).amount == 2  # over a weekend
    long = dt.date(2026, 12, 31)
    assert (
        ask(first=long, last=long + 4 * DAY).amount == 2
    )  # New Year is off, the Sunday after is made up for


def test_the_own_roster_decides_what_a_day_is() -> None:
    saturday = MONDAY + 5 * DAY
    shift("li_lei", saturday, ("08:30", "18:30"), meal=60)
    shift("li_lei", WEDNESDAY, ("22:00", "06:00"))
    leave = ask(first=WEDNESDAY, last=saturday)
    assert leave.amount == 2
    assert ask("han_meimei", first=WEDNESDAY, last=saturday).amount == 3


def test_halves_and_hours() -> None:
    grant("li_lei", "compensatory", 8)
    half = ask(first=WEDNESDAY, portion="first")
    assert (half.amount, half.starts_at, half.ends_at) == (
        Decimal("0.5"), local(WEDNESDAY, "08:30"), local(WEDNESDAY, "11:00"),
    )  # fmt: skip
    hours = ask(
        kind="compensatory", first=THURSDAY, portion="hours", begins=dt.time(9, 30), ends=dt.time(14, 0)
    )
    assert hours.amount == 3  # the break from 11:00 to 12:30 is no working time
    assert left("li_lei", "compensatory") == 5


def test_a_pending_request_reserves_what_it_needs_and_gives_it_back() -> None:
    grant("li_lei", "annual", 5)
    leave = ask(kind="annual", first=WEDNESDAY, last=FRIDAY)
    assert left("li_lei", "annual") == 2
    with pytest.raises(Conflict) as refused:
        ask(kind="annual", first=MONDAY + 7 * DAY, last=MONDAY + 9 * DAY)
    assert (refused.value.code, refused.value.params["left"]) == ("balance", "2")
    approvals.reject(run_id=run_of(leave).pk, by=person("chen_manager"), now=NOW, reason="大促")
    leave.refresh_from_db()
    assert leave.state == "rejected"
    assert left("li_lei", "annual") == 5


def test_the_database_lets_nobody_reserve_more_than_there_is() -> None:
    grant("li_lei", "annual", 2)
    leave = ask(kind="annual")
    for fields in ({"amount": -2, "sort": "reserve"}, {"amount": -3, "sort": "adjust", "reason": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            BalanceMovement.objects.create(
                employee=leave.employee, kind="annual", year=2026, leave=leave if "reason" not in fields else None,
                by=person("du_hr"), clause="S2a", at=NOW, **fields,
            )  # fmt: skip


def test_taken_back_it_is_free_again_and_the_request_ends() -> None:
    grant("li_lei", "annual", 2)
    leave = ask(kind="annual")
    with pytest.raises(NotFound):
        leave_ending.take_back(leave_id=leave.pk, reason="x", by=person("han_meimei"), now=NOW)
    leave_ending.take_back(leave_id=leave.pk, reason="计划有变", by=person("li_lei"), now=NOW)
    leave.refresh_from_db()
    assert (leave.state, run_of(leave).state) == ("withdrawn", "withdrawn")
    assert left("li_lei", "annual") == 2
    with pytest.raises(Conflict):
        leave_ending.take_back(leave_id=leave.pk, reason="x", by=person("li_lei"), now=NOW)


def test_a_person_who_may_no_longer_sign_in_asks_for_nothing() -> None:
    leave = ask()
    employee = person("li_lei")
    employee.is_active = False
    employee.save()
    approvals.subject_changed(subject=leave.subject, by=None, now=NOW)
    leave.refresh_from_db()
    assert (leave.state, run_of(leave).state) == ("withdrawn", "voided")


@pytest.mark.parametrize(
    ("day", "begins", "ends", "until", "amount"),
    [
        (THURSDAY, "01:00", "03:00", (THURSDAY, "03:00"), 2),
        (WEDNESDAY, "23:00", "02:00", (THURSDAY, "02:00"), 3),
        (WEDNESDAY, "22:00", "06:00", (THURSDAY, "06:00"), 8),
    ],
)
def test_hours_of_a_night_shift_after_and_across_midnight(
    day: dt.date, begins: str, ends: str, until: tuple[dt.date, str], amount: int
) -> None:
    grant("li_lei", "compensatory", 40)
    shift("li_lei", WEDNESDAY, ("22:00", "06:00"))
    hours = ask(
        kind="compensatory", first=day, portion="hours", begins=dt.time.fromisoformat(begins),
        ends=dt.time.fromisoformat(ends),
    )  # fmt: skip
    assert (hours.ends_at, int(hours.amount)) == (local(*until), amount)
    agree(hours)
    leave_ending.take_cost(hours, local(FRIDAY, "09:00"))
    hours.refresh_from_db()
    assert hours.amount == amount, "counted the same when it is over"


def test_hours_that_end_before_they_begin_need_a_shift_across_midnight() -> None:
    grant("li_lei", "compensatory", 40)
    shift("li_lei", WEDNESDAY, ("08:30", "18:00"))
    with pytest.raises(Invalid) as refused:
        ask(kind="compensatory", first=WEDNESDAY, portion="hours", begins=dt.time(14), ends=dt.time(13))
    assert refused.value.code == "hours"
