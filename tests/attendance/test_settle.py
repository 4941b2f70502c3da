"""Settling by the clock: what is marked and over, once for the same facts, again when facts come late."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from attendance.models import SettledDay, Unsettled, WageLine
from attendance.services import settling
from attendance.services.marking import mark_days
from attendance.services.settling import settle_marked, watch_settled
from tests.attendance.clock import DAY, at
from tests.attendance.leaves import MONDAY, everybody, local, tell
from tests.attendance.shifts import AFTER, publish, punch
from tests.people import person

pytestmark = pytest.mark.django_db


def turns() -> list[tuple[int, str, list[str]]]:
    return list(
        SettledDay.objects.order_by("employee", "day", "turn").values_list("turn", "verdict", "flags")
    )


@pytest.mark.clause("S1b")
def test_a_day_is_settled_after_its_last_shift_and_its_window() -> None:
    li = person("li_lei")
    publish(li, "E")
    punch(li, "08:20", "18:40")
    assert settle_marked(now=at("23:00")).looked_at == 0
    assert settle_marked(now=at("+00:30")).changed == 1
    day = SettledDay.objects.get()
    assert (day.verdict, day.planned, day.worked, day.turn) == (
        "present",
        timedelta(hours=9),
        timedelta(hours=9),
        1,
    )
    assert (day.came_at, day.left_at) == (at("08:20"), at("18:40"))
    assert not Unsettled.objects.exists()


def test_a_day_without_a_shift_is_settled_when_it_is_over() -> None:
    punch(person("li_lei"), "10:00")
    assert settle_marked(now=at("23:59")).looked_at == 0
    settle_marked(now=at("+00:01"))
    assert turns() == [(1, "rest", ["unplanned"])]


@pytest.mark.clause("S2d")
def test_the_same_facts_give_no_new_turn() -> None:
    li = person("li_lei")
    publish(li, "E")
    settle_marked(now=AFTER)
    mark_days(days=[(li.pk, DAY)], now=AFTER)
    assert settle_marked(now=AFTER).changed == 0
    assert turns() == [(1, "absent", [])]


@pytest.mark.clause("S2d")
def test_facts_that_come_late_settle_it_again_and_what_was_said_stays() -> None:
    li = person("li_lei")
    publish(li, "E")
    settle_marked(now=AFTER)
    punch(li, "08:20", "18:40")
    settle_marked(now=AFTER + timedelta(hours=1))
    assert turns() == [(1, "absent", []), (2, "present", [])]


def test_a_punch_after_midnight_marks_the_day_of_its_shift() -> None:
    li = person("li_lei")
    publish(li, "L")
    settle_marked(now=AFTER)
    punch(li, "13:20", "+00:10")
    settle_marked(now=at("+23:00"))
    assert turns()[:2] == [(1, "absent", []), (2, "present", [])]


def test_a_mark_of_a_day_to_come_waits() -> None:
    li = person("li_lei")
    publish(li, "E", DAY + timedelta(days=3))
    assert settle_marked(now=AFTER).looked_at == 0
    assert Unsettled.objects.count() == 1


def test_drafts_and_removed_shifts_are_no_facts() -> None:
    li = person("li_lei")
    publish(li, "E", draft=True)
    settle_marked(now=AFTER)
    assert turns() == [(1, "rest", [])]


def test_many_batches_are_one_run() -> None:
    for who in ("li_lei", "han_meimei", "wu_clerk"):
        publish(person(who), "E")
    assert settle_marked(now=AFTER, batch=2).changed == 3
    assert settle_marked(now=AFTER, only=[person("li_lei").pk]).looked_at == 0


@pytest.mark.clause("S2d")
def test_a_wage_line_is_proposed_and_follows_the_day() -> None:
    li = person("li_lei")
    publish(li, "E")
    settle_marked(now=AFTER)
    line = WageLine.objects.get()
    assert (line.share, line.state, line.clause, line.month) == (
        Decimal("1.00"),
        "proposed",
        "S2d",
        DAY.replace(day=1),
    )
    punch(li, "13:30", "18:40")
    settle_marked(now=AFTER)
    line.refresh_from_db()
    assert (line.share, line.state, line.turn) == (Decimal("0.50"), "proposed", 2)
    punch(li, "08:20")
    settle_marked(now=AFTER)
    line.refresh_from_db()
    assert (line.share, line.state) == (Decimal("0.00"), "void")


def test_days_without_absence_propose_nothing() -> None:
    li = person("li_lei")
    publish(li, "E")
    punch(li, "08:20", "18:40")
    settle_marked(now=AFTER)
    assert not WageLine.objects.exists()


@pytest.mark.clause("C7.5")
@pytest.mark.parametrize(
    "act", ["UPDATE attendance_settledday SET turn = 9", "DELETE FROM attendance_settledday"]
)
def test_the_database_refuses_to_change_a_settled_day(act: str) -> None:
    publish(person("li_lei"), "E")
    settle_marked(now=AFTER)
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(act)
    assert turns() == [(1, "absent", [])]


def test_whoever_watches_is_told_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, str]] = []
    monkeypatch.setattr(settling, "_watchers", [])
    watch_settled(
        lambda changed, now: told.extend((each.employee_id, each.outcome.verdict) for each in changed)
    )
    li = person("li_lei")
    publish(li, "E")
    settle_marked(now=AFTER)
    settle_marked(now=AFTER)
    assert told == [(li.pk, "absent")]


def test_a_book_that_says_nothing_of_punches_settles_nothing_and_loses_no_mark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(person("li_lei"), "E")
    monkeypatch.setattr("office.rulebook.api.has_rule", lambda key, at: False)
    assert settle_marked(now=AFTER).looked_at == 0
    assert Unsettled.objects.count() == 1


@pytest.mark.clause("S2c")
def test_a_leave_told_by_telephone_settles_the_day_again() -> None:
    everybody()
    li = person("li_lei")
    publish(li, "E", MONDAY)
    night = local(MONDAY + timedelta(days=1), "09:00")
    settle_marked(now=night)
    tell("li_lei", now=local(MONDAY, "10:00"))
    settle_marked(now=night)
    assert turns() == [(1, "absent", []), (2, "leave", ["provisional"])]
    assert WageLine.objects.get().state == "void"
