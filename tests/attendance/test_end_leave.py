"""How leave ends otherwise, what it costs in the end, and how balances are granted, kept and expire."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from attendance.models import BalanceMovement, Unsettled
from attendance.selectors.balances import accounts_of, balances_of
from attendance.services import asking, balances, leave_ending
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.staff.models import Employee
from tests.attendance.leaves import (
    DAY,
    FRIDAY,
    HOUR,
    MONDAY,
    NOW,
    THURSDAY,
    WEDNESDAY,
    agree,
    ask,
    everybody,
    grant,
    local,
    shift,
)
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2a", "S2b")]


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def account(who: str, kind: str = "annual", year: int = 2026) -> Any:
    return next(
        (each for each in accounts_of([person(who).pk], kind)[person(who).pk, kind] if each.year == year),
        None,
    )


def test_cancelled_before_it_begins_everything_comes_back() -> None:
    grant("li_lei", "annual", 5)
    leave = agree(ask(kind="annual", first=WEDNESDAY, last=FRIDAY))
    with pytest.raises(Invalid):
        leave_ending.cancel_leave(leave_id=leave.pk, reason=" ", by=person("li_lei"), now=NOW)
    with pytest.raises(NotFound):
        leave_ending.cancel_leave(leave_id=leave.pk, reason="x", by=person("chen_manager"), now=NOW)
    leave_ending.cancel_leave(leave_id=leave.pk, reason="改期", by=person("li_lei"), now=NOW)
    assert account("li_lei").left == 5
    with pytest.raises(Conflict):
        leave_ending.cancel_leave(leave_id=leave.pk, reason="x", by=person("li_lei"), now=NOW)


def test_a_leave_that_has_begun_is_not_cancelled() -> None:
    leave = agree(ask())
    with pytest.raises(Conflict) as refused:
        leave_ending.cancel_leave(
            leave_id=leave.pk, reason="x", by=person("li_lei"), now=local(WEDNESDAY, "10:00")
        )
    assert refused.value.code == "begun"


@pytest.mark.parametrize("by", ["li_lei", "wang_supervisor", "chen_manager", "du_hr"])
def test_back_early_the_rest_is_no_leave_and_costs_nothing(by: str) -> None:
    grant("li_lei", "annual", 5)
    leave = agree(ask(kind="annual", first=WEDNESDAY, last=FRIDAY))
    Unsettled.objects.all().delete()
    back = local(THURSDAY, "08:30")
    leave_ending.come_back(leave_id=leave.pk, back_at=back, by=person(by), now=back + HOUR)
    leave.refresh_from_db()
    assert (leave.last_day, leave.ends_at, leave.asked_until) == (WEDNESDAY, back, local(FRIDAY + DAY))
    days = set(Unsettled.objects.values_list("day", flat=True))
    assert days == {WEDNESDAY, THURSDAY, FRIDAY}
    assert leave_ending.take_ended(now=back + HOUR) == 1
    found = account("li_lei")
    assert (found.left, found.taken, found.reserved) == (4, 1, 0)


def test_back_in_the_middle_of_a_day_that_day_counts() -> None:
    leave = agree(ask(first=WEDNESDAY, last=FRIDAY))
    back = local(THURSDAY, "14:00")
    leave_ending.come_back(leave_id=leave.pk, back_at=back, by=person("li_lei"), now=back)
    leave.refresh_from_db()
    assert leave.last_day == THURSDAY


@pytest.mark.parametrize("offset", [-30, 90])
def test_a_return_lies_within_the_leave(offset: int) -> None:
    leave = agree(ask(first=WEDNESDAY))
    with pytest.raises(Invalid):
        leave_ending.come_back(
            leave_id=leave.pk,
            back_at=local(WEDNESDAY) + offset * HOUR,
            by=person("li_lei"),
            now=NOW + 9 * DAY,
        )
    with pytest.raises(Invalid):  # in the future
        leave_ending.come_back(
            leave_id=leave.pk, back_at=local(WEDNESDAY, "12:00"), by=person("li_lei"), now=NOW
        )


def test_strangers_bring_nobody_back_and_only_a_running_one_ends() -> None:
    leave = ask(first=WEDNESDAY)
    for who, error in (("han_meimei", NotFound), ("li_lei", Conflict)):
        with pytest.raises(error):
            leave_ending.come_back(
                leave_id=leave.pk, back_at=local(WEDNESDAY, "12:00"), by=person(who), now=NOW + 4 * DAY
            )


def test_in_the_end_it_costs_what_the_published_shifts_came_to() -> None:
    grant("li_lei", "annual", 5)
    leave = agree(ask(kind="annual", first=WEDNESDAY, last=FRIDAY))
    assert leave.amount == 3
    shift("li_lei", WEDNESDAY, ("08:30", "18:30"), meal=60)  # the roster came later: one day only
    over = local(FRIDAY + 2 * DAY)
    assert leave_ending.take_ended(now=over) == 1
    assert leave_ending.take_ended(now=over) == 0
    leave.refresh_from_db()
    assert leave.amount == 1
    assert account("li_lei").left == 4


def test_more_than_was_set_aside_is_taken_from_the_last_account() -> None:
    grant("li_lei", "annual", 2)
    leave = agree(ask(kind="annual", first=WEDNESDAY, last=THURSDAY))
    balances.take(leave, Decimal(3), None, NOW, "S2a")
    assert account("li_lei").left == -1


def test_annual_leave_is_granted_once_a_year_by_years_of_service() -> None:
    assert balances.grant_due(now=NOW) == Employee.objects.count()  # all joined in 2020
    assert balances.grant_due(now=NOW) == 0
    found = account("li_lei")
    assert (found.left, found.expires_on) == (5, dt.date(2027, 12, 31))
    newcomer = Employee.objects.create(number="N9", name="新人", joined_at=NOW - 30 * DAY)
    assert balances.grant_due(now=NOW) == 0
    balances.note_prior_service(employee_id=newcomer.pk, months=130, note="社保", by=person("du_hr"), now=NOW)
    assert accounts_of([newcomer.pk], "annual")[newcomer.pk, "annual"][0].left == 1  # 69 of 365 days of ten


def test_longer_service_noted_later_adds_the_difference() -> None:
    balances.grant_due(now=NOW)
    hr, agent = person("du_hr"), person("li_lei")
    balances.note_prior_service(employee_id=agent.pk, months=60, note="社保", by=hr, now=NOW)
    assert account("li_lei").left == 10
    balances.note_prior_service(employee_id=agent.pk, months=60, note="社保", by=hr, now=NOW)
    assert account("li_lei").left == 10
    balances.note_prior_service(employee_id=agent.pk, months=0, note="更正", by=hr, now=NOW)
    assert account("li_lei").left == 5


def test_what_is_left_can_be_used_next_year_and_then_expires() -> None:
    grant("li_lei", "annual", 2, year=2025, expires_on=dt.date(2026, 12, 31))
    grant("li_lei", "annual", 5, year=2026, expires_on=dt.date(2027, 12, 31))
    leave = ask(kind="annual", first=WEDNESDAY, last=FRIDAY)
    assert {m.year: m.amount for m in leave.movements.all()} == {2025: -2, 2026: -1}
    leave_ending.take_back(leave_id=leave.pk, reason="x", by=person("li_lei"), now=NOW)
    later = NOW + 60 * DAY
    assert balances.expire_due(now=later) == 1
    assert balances.expire_due(now=later) == 0
    assert account("li_lei", year=2025).left == 0
    assert account("li_lei").left == 5


def test_human_resources_change_balances_with_a_reason_and_never_their_own() -> None:
    hr = person("du_hr")
    given: dict[str, Any] = {"employee_id": person("li_lei").pk, "kind": "compensatory", "reason": "加班"}
    balances.change_balance(**given, amount=Decimal(4), by=hr, now=NOW)
    for wrong, error in (
        ({"amount": Decimal("0.3")}, Invalid), ({"amount": Decimal(0)}, Invalid), ({"kind": "sick"}, Invalid),
        ({"reason": ""}, Invalid), ({"employee_id": 987654}, NotFound), ({"employee_id": hr.pk}, Conflict),
        ({"amount": Decimal(-5)}, Conflict), ({"amount": Decimal(5000)}, Invalid),
    ):  # fmt: skip
        with pytest.raises(error):
            balances.change_balance(**{**given, "amount": Decimal(1), **wrong}, by=hr, now=NOW)
    with pytest.raises(Forbidden):
        balances.change_balance(**given, amount=Decimal(1), by=person("chen_manager"), now=NOW)
    with pytest.raises(Invalid):
        balances.note_prior_service(employee_id=person("li_lei").pk, months=999, note="x", by=hr, now=NOW)
    kinds = [each.kind.code for each in balances_of(person("li_lei").pk, NOW, WEDNESDAY)]
    assert kinds == ["annual", "marriage", "maternity", "paternity", "bereavement", "compensatory"]


def test_movements_are_only_added() -> None:
    grant("li_lei", "annual", 5)
    for change in (
        "UPDATE attendance_balancemovement SET amount = 9",
        "DELETE FROM attendance_balancemovement",
    ):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)
    with pytest.raises(IntegrityError), transaction.atomic():  # somebody else's leave
        BalanceMovement.objects.create(
            employee=person("han_meimei"), kind="personal", year=2026, sort="release", amount=1, leave=ask(),
            clause="S2a", at=NOW,
        )  # fmt: skip


def test_a_document_of_a_leave_that_is_over_or_unknown_is_refused() -> None:
    leave = ask()
    with pytest.raises(NotFound):
        asking.add_proof(leave_id=leave.pk, file_id=987654, by=person("li_lei"), now=NOW)
    leave_ending.take_back(leave_id=leave.pk, reason="x", by=person("li_lei"), now=NOW)
    with pytest.raises(Conflict):
        asking.add_proof(leave_id=leave.pk, file_id=987654, by=person("li_lei"), now=NOW)
    assert MONDAY.weekday() == 0
