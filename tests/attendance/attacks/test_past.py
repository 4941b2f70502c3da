"""Nobody mends his own past: not by the roster, by a swap, by a call that nobody heard, and not by coming back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from attendance.models import SettledDay, Shift, WageLine
from attendance.selectors.absence import away_days
from attendance.selectors.balances import accounts_of
from attendance.services import leave_ending, leaving
from attendance.services.roster import laying, swaps
from attendance.services.settling import settle_marked
from office.approvals import api as approvals
from office.errors import Conflict, Forbidden, Invalid
from tests.attendance import leaves, plan
from tests.attendance.people import stage
from tests.attendance.shifts import publish
from tests.people import person

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.mark.clause("S2d")
def test_a_planner_does_not_take_his_own_shift_out_of_yesterday() -> None:
    plan.book()
    me, other = person("wang_supervisor"), person("chen_manager")
    yesterday = plan.NOW.date() - DAY
    plan.shift(me, yesterday, "office")

    def change(by: str, day: dt.date = yesterday) -> Shift | None:
        return laying.set_shift(
            employee_id=me.pk, day=day, code="", by=person(by), now=plan.NOW, reason="排错了"
        )

    with pytest.raises(Forbidden) as refused, transaction.atomic():
        change("wang_supervisor")
    assert refused.value.code == "oneself"
    plan.shift(me, plan.NOW.date() + DAY, "office")
    change("wang_supervisor", plan.NOW.date() + DAY)
    change(other.number and "chen_manager")
    assert not Shift.objects.filter(employee=me, removed_at=None).exists()


@pytest.mark.clause("S2d")
def test_a_swap_is_not_approved_once_the_shift_has_begun() -> None:
    plan.book()
    li_lei, mei, _clerk = plan.agents(3)
    person("wang_supervisor")
    give = plan.shift(li_lei, plan.MONDAY, "cs_early")
    swap = swaps.ask_swap(
        give_id=give.pk, colleague_id=mei.pk, take_id=None, reason="x", by=li_lei, now=plan.NOW
    )
    swap = swaps.answer_swap(swap_id=swap.pk, agrees=True, by=mei, now=plan.NOW)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        approvals.approve(run_id=swap.run_id or 0, by=person("wang_supervisor"), now=give.starts_at + HOUR)
    assert refused.value.code == "begun"
    give.refresh_from_db()
    assert give.removed_at is None


@pytest.mark.clause("S2c")
@pytest.mark.parametrize("by", ["li_lei", "chen_manager"])
def test_a_call_written_down_after_the_time_for_the_slip_excuses_nothing(by: str) -> None:
    leaves.everybody()
    long_ago = leaves.MONDAY - 21 * DAY
    with pytest.raises(Conflict) as refused:
        leaves.tell(by=by, first=long_ago, told_at=leaves.local(long_ago, "08:00"))
    assert (refused.value.code, refused.value.clause) == ("late", "S2c")
    friday = leaves.MONDAY - 3 * DAY
    assert leaves.tell(by=by, first=friday, told_at=leaves.local(friday, "08:00")).state == "provisional"


@pytest.mark.clause("S2c")
def test_a_call_of_another_age_is_no_call() -> None:
    leaves.everybody()
    with pytest.raises(Invalid):
        leaves.tell(told_at=leaves.NOW - 400 * DAY)


@pytest.mark.clause("S2a")
def test_back_early_said_after_the_leave_was_counted_gives_the_rest_back() -> None:
    leaves.everybody()
    leaves.grant("li_lei", "annual", 5)
    leave = leaves.agree(leaves.ask(kind="annual", first=leaves.WEDNESDAY, last=leaves.FRIDAY))
    over = leaves.local(leaves.FRIDAY + DAY, "01:00")
    assert leave_ending.take_ended(now=over) == 1
    leave_ending.come_back(
        leave_id=leave.pk,
        back_at=leaves.local(leaves.THURSDAY, "08:30"),
        by=person("li_lei"),
        now=over + HOUR,
    )
    leave.refresh_from_db()
    [account] = accounts_of([person("li_lei").pk], "annual")[person("li_lei").pk, "annual"]
    assert (int(leave.amount), int(account.left)) == (1, 4)
    assert leave_ending.take_ended(now=over + 2 * HOUR) == 0


@pytest.mark.clause("S6", "S2d")
def test_after_the_last_day_nothing_is_absence() -> None:
    stage.everybody()
    found = stage.leaves()  # the last day is 2026-12-23
    li_lei = person("li_lei")
    for day in (found.last_day, found.last_day + DAY):
        publish(li_lei, "E", day, now=stage.NOW)
    late = leaves.local(found.last_day + 2 * DAY, "09:00")
    settle_marked(now=late)  # the worker that ends access stood still meanwhile
    assert WageLine.objects.filter(state="proposed").count() == 2
    leaving.end_access(now=late)
    settle_marked(now=late)
    said = {day.day: day.verdict for day in SettledDay.objects.filter(employee=li_lei).order_by("turn")}
    assert said[found.last_day] == "absent"
    assert said.get(found.last_day + DAY) == "rest"
    assert [line.day for line in WageLine.objects.filter(state="proposed")] == [found.last_day]


@pytest.mark.clause("S6")
def test_nobody_is_planned_after_his_last_day() -> None:
    stage.everybody()
    found = stage.leaves()
    li_lei, after = person("li_lei"), found.last_day + DAY
    plan.pattern(li_lei, plan.OFFICE, first=dt.date(2026, 11, 30))
    monday = dt.date(2026, 12, 21)
    laying.lay_out(first_day=monday, last_day=monday + 6 * DAY, by=person("chen_manager"), now=stage.NOW)
    assert max(Shift.objects.filter(employee=li_lei).values_list("day", flat=True)) == found.last_day
    assert away_days([li_lei.pk], found.last_day, after) == {(li_lei.pk, after)}
    with pytest.raises(Invalid) as refused:
        laying.set_shift(
            employee_id=li_lei.pk,
            day=after,
            code="office",
            by=person("chen_manager"),
            now=stage.NOW,
            reason="x",
        )
    assert refused.value.errors[0]["code"] == "gone"
