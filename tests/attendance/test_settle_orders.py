"""Resettling in the tables: whatever order the facts arrive in, and however often it is settled in between, the days
come to the same in the end, and settling once more changes nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from attendance.models import SettledDay, Unsettled
from attendance.selectors.settling import held
from attendance.services.marking import mark_days
from attendance.services.roster.laying import take_out
from attendance.services.settling import settle_marked
from tests.attendance.leaves import MONDAY, everybody, local, tell
from tests.attendance.shifts import days, publish, punch
from tests.people import person

pytestmark = pytest.mark.django_db

#: Monday to Wednesday; what arrives, arrives on Thursday.
WHEN = days(MONDAY, 3)
NOW = local(MONDAY + timedelta(days=3), "09:00")


def facts() -> list[Callable[[], object]]:
    """A late shift whose last punch lies after midnight, a shift that is planned and taken out again, a double punch, a
    day told by telephone; a shift, and a leave, that move the window of the day before."""
    li, mei, wu, wang = (person(name) for name in ("li_lei", "han_meimei", "wu_clerk", "wang_supervisor"))

    def planned_and_taken_out() -> None:
        take_out([publish(mei, "D", WHEN[1], now=NOW)], by=None, now=NOW, reason="x")

    def planned_and_told() -> None:
        publish(li, "E", WHEN[2], now=NOW)
        tell(first=WHEN[2], told_at=local(WHEN[2], "08:00"), now=NOW)

    def planned_settled_and_told() -> None:
        publish(wang, "E", WHEN[1], now=NOW)
        settle_marked(now=NOW)
        tell("wang_supervisor", first=WHEN[1], told_at=local(WHEN[1], "08:00"), now=NOW)

    return [
        lambda: publish(li, "L", WHEN[0], now=NOW),
        lambda: publish(li, "E", WHEN[1], now=NOW),
        planned_and_told,
        lambda: publish(mei, "E", WHEN[1], now=NOW),
        planned_and_taken_out,
        lambda: punch(li, "13:20", day=WHEN[0], now=NOW),
        lambda: punch(li, "00:10", day=WHEN[1], now=NOW),
        lambda: punch(li, "08:40", "08:41", day=WHEN[1], now=NOW),
        lambda: punch(li, "18:35", day=WHEN[1], now=NOW),
        lambda: punch(mei, "08:20", "18:40", day=WHEN[1], now=NOW),
        lambda: publish(wu, "L", WHEN[0], now=NOW),
        lambda: publish(wu, "E", WHEN[1], now=NOW),
        lambda: punch(wu, "13:20", day=WHEN[0], now=NOW),
        lambda: punch(wu, "05:00", day=WHEN[1], now=NOW),
        lambda: publish(wang, "L", WHEN[0], now=NOW),
        lambda: punch(wang, "13:20", day=WHEN[0], now=NOW),
        lambda: punch(wang, "05:00", day=WHEN[1], now=NOW),
        planned_settled_and_told,
    ]  # fmt: skip


@pytest.mark.clause("S2d")
@pytest.mark.parametrize("seed", range(8))
def test_no_order_of_arrival_and_no_settling_between_changes_what_the_days_come_to(seed: int) -> None:
    everybody()
    arriving, chance = facts(), random.Random(seed)
    chance.shuffle(arriving)
    for arrive in arriving:
        arrive()
        if chance.random() < 0.4:
            settle_marked(now=NOW)
    settle_marked(now=NOW)
    li, mei, wu, wang = (person(name).pk for name in ("li_lei", "han_meimei", "wu_clerk", "wang_supervisor"))
    wanted = [
        (li, WHEN[0]), (li, WHEN[1]), (li, WHEN[2]), (mei, WHEN[1]),
        (wu, WHEN[0]), (wu, WHEN[1]), (wang, WHEN[0]), (wang, WHEN[1]),
    ]  # fmt: skip
    said = {key: (last.verdict, str(last.share)) for key, last in held(wanted).items()}
    assert [said[key] for key in wanted] == [
        ("present", "0.00"), ("present", "0.00"), ("leave", "0.00"), ("present", "0.00"),
        ("present", "0.00"), ("present", "0.00"), ("present", "0.00"), ("leave", "0.00"),
    ]  # fmt: skip
    flags = {
        (who, day): SettledDay.objects.filter(employee_id=who, day=day).latest("turn").flags
        for who, day in wanted
    }
    assert flags[li, WHEN[1]] == ["late"]
    assert flags[wu, WHEN[0]] == ["missing_out"], "the punch of five o’clock is the early shift’s"
    assert flags[wu, WHEN[1]] == ["missing_out"]
    assert flags[wang, WHEN[0]] == [], "without the early shift it is the late one’s"
    turns = SettledDay.objects.count()
    mark_days(days=[(who, day) for who in (li, mei, wu, wang) for day in WHEN], now=NOW)
    again = settle_marked(now=NOW)
    new = {(each.employee_id, each.day) for each in SettledDay.objects.order_by("pk")[turns:]}
    assert again.changed == len(new)
    assert new.isdisjoint(wanted), "settling the same facts again changes nothing"
    mark_days(days=[(who, day) for who in (li, mei, wu, wang) for day in WHEN], now=NOW)
    assert settle_marked(now=NOW).changed == 0
    assert not Unsettled.objects.exists()


def marked() -> set[tuple[int, object]]:
    return set(Unsettled.objects.values_list("employee_id", "day"))


def test_a_fact_marks_the_days_that_its_windows_reach_and_no_others() -> None:
    everybody()
    li, mei = person("li_lei").pk, person("han_meimei").pk
    week = days(MONDAY, 7)
    for day, word in zip(week, ("E", "L", "E"), strict=False):
        publish(person("li_lei"), word, day, now=NOW)
    for day in week[:4]:
        publish(person("han_meimei"), "E", day, now=NOW)
    Unsettled.objects.all().delete()
    mark_days(days=[(mei, week[0])], now=NOW)
    assert marked() == {(mei, week[0]), (mei, week[1])}
    Unsettled.objects.all().delete()
    mark_days(days=[(mei, week[6])], now=NOW)
    assert marked() == {(mei, week[6])}, "days without a shift that nobody has settled say nothing"
    Unsettled.objects.all().delete()
    mark_days(days=[(li, week[0])], now=NOW)
    assert marked() == {(li, day) for day in week[:3]}, "from a late shift to an early one the windows meet"
