"""Kinds of which the book says how much there is: counted over the event or the calendar year, not by request."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from attendance.kinds.leave import changes
from attendance.models import BalanceMovement, Leave
from attendance.selectors.balances import Balance, balances_of
from attendance.services import balances, leave_ending
from office.approvals import api as approvals
from office.errors import Conflict
from office.rulebook import api as rulebook
from office.rulebook.parser import shipped_source
from tests.attendance.leaves import (
    DAY,
    FRIDAY,
    MONDAY,
    NOW,
    THURSDAY,
    WEDNESDAY,
    agree,
    ask,
    everybody,
    local,
    run_of,
    tell,
)
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2a")]


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def balance(kind: str = "marriage", who: str = "li_lei", day: dt.date = WEDNESDAY) -> Balance:
    return next(each for each in balances_of(person(who).pk, NOW, day) if each.kind.code == kind)


def test_before_it_happens_the_book_says_what_there_is() -> None:
    assert {kind: balance(kind).left for kind in ("marriage", "maternity", "paternity", "bereavement")} == {
        "marriage": 3, "maternity": 98, "paternity": 15, "bereavement": 3,
    }  # fmt: skip
    assert balance().event_on is None
    assert not BalanceMovement.objects.exists()


def test_parts_of_one_event_are_counted_together_and_pending_ones_reserve() -> None:
    ask(kind="marriage", first=WEDNESDAY, last=THURSDAY)
    assert [balance().left, balance().reserved] == [Decimal(1), Decimal(2)]
    assert balance().event_on == WEDNESDAY
    december = WEDNESDAY + 14 * DAY
    with pytest.raises(Conflict) as refused:
        ask(kind="marriage", first=december, last=december + DAY)
    assert (refused.value.code, refused.value.clause, refused.value.params["left"]) == ("balance", "S2a", "1")
    assert "2026-11-25" in str(refused.value.message)
    ask(kind="marriage", first=december)
    assert balance(day=december).left == 0
    with pytest.raises(Conflict):
        tell(kind="marriage", first=MONDAY)


def test_days_off_within_it_are_not_counted() -> None:
    leave = ask(kind="marriage", first=FRIDAY, last=FRIDAY + 4 * DAY)
    assert [leave.amount, balance(day=FRIDAY).left] == [Decimal(3), Decimal(0)]


@pytest.mark.parametrize("how", ["withdrawn", "rejected", "cancelled"])
def test_what_will_not_be_comes_back(how: str) -> None:
    leave = ask(kind="marriage", first=WEDNESDAY, last=FRIDAY)
    if how == "withdrawn":
        leave_ending.take_back(leave_id=leave.pk, reason="改期", by=person("li_lei"), now=NOW)
    elif how == "rejected":
        approvals.reject(run_id=run_of(leave).pk, by=person("chen_manager"), now=NOW, reason="改期")
    else:
        agree(leave)
        leave_ending.cancel_leave(leave_id=leave.pk, reason="改期", by=person("li_lei"), now=NOW)
    assert [balance().left, balance().reserved] == [Decimal(3), Decimal(0)]
    assert ask(kind="marriage", first=WEDNESDAY, last=FRIDAY).amount == 3


def test_back_early_gives_back_what_it_did_not_come_to() -> None:
    leave = agree(ask(kind="paternity", first=WEDNESDAY, last=WEDNESDAY + 9 * DAY))
    back = local(FRIDAY, "08:30")
    leave_ending.come_back(leave_id=leave.pk, back_at=back, by=person("li_lei"), now=back)
    Leave.objects.update(proof_due_at=None)
    leave_ending.take_ended(now=back + DAY)
    found = balance("paternity")
    assert [found.taken, found.left] == [Decimal(2), Decimal(13)]


def test_the_next_event_has_its_own_and_the_former_is_named() -> None:
    ask(kind="marriage", first=WEDNESDAY, last=FRIDAY)
    later = NOW + 366 * DAY
    day = WEDNESDAY + 370 * DAY
    leave = ask(kind="marriage", first=day, now=later)
    found = balance(day=day)
    assert (found.event_on, found.left, [each.slot.event_on for each in found.earlier]) == (
        day, 3 - leave.amount, [WEDNESDAY, day],
    )  # fmt: skip


def test_human_resources_add_to_the_event_that_runs_and_to_no_other() -> None:
    def more() -> BalanceMovement:
        return balances.change_balance(
            employee_id=person("li_lei").pk, kind="bereavement", amount=Decimal(3), reason="另有亲属去世",
            by=person("du_hr"), now=NOW,
        )  # fmt: skip

    with pytest.raises(Conflict) as refused:
        more()
    assert refused.value.code == "no_event"
    ask(kind="bereavement", first=WEDNESDAY, last=FRIDAY)
    assert more().event_on == WEDNESDAY
    assert balance("bereavement").left == 3


def test_the_database_keeps_each_event_above_nothing() -> None:
    ask(kind="marriage", first=WEDNESDAY, last=FRIDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        BalanceMovement.objects.create(
            employee=person("li_lei"), kind="marriage", year=2026, event_on=WEDNESDAY, sort="adjust", amount=-1,
            reason="x", by=person("du_hr"), clause="S2a", at=NOW,
        )  # fmt: skip


def test_the_one_who_decides_reads_what_is_left_and_what_was_before() -> None:
    ask(kind="marriage", first=WEDNESDAY)
    leave = ask(kind="marriage", first=FRIDAY)
    told = {each.field: each.after for each in changes(run_of(leave))}
    assert str(told["left"]).startswith("1 ")
    assert "2026-11-25" in str(told["left"])
    sick = ask(kind="sick", first=THURSDAY)
    told = {each.field: each.after for each in changes(run_of(sick))}
    assert str(told["left"]) == "另已批准 0 天"


@pytest.fixture
def _by_year() -> None:
    """A book that gives ten days of personal leave in a calendar year."""
    shipped = shipped_source("site")
    source = shipped.replace(
        'paid = false, proof = false, most_days = 0, balance = "unlimited"',
        'paid = false, proof = false, most_days = 3, balance = "by_year"',
    )
    assert source != shipped
    rulebook.activate_book(code="site", starts_at=NOW - DAY, by=None, now=NOW - DAY, source=source)


@pytest.mark.usefixtures("_by_year")
def test_by_the_year_each_calendar_year_counts_its_own_days() -> None:
    assert balance("personal").left == 3
    ask(first=WEDNESDAY, last=THURSDAY)
    assert balance("personal").left == 1
    eve = dt.date(2026, 12, 31)
    leave = ask(first=eve, last=dt.date(2027, 1, 5))
    movements = BalanceMovement.objects.filter(leave=leave, sort="reserve")
    assert dict(movements.values_list("year", "amount")) == {2026: -1, 2027: -(leave.amount - 1)}
    with pytest.raises(Conflict):
        ask(first=FRIDAY)
    assert balance("personal", day=dt.date(2027, 1, 4)).left == 3 - (leave.amount - 1)
