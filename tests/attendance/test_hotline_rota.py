"""Nights with the hotline by turns: proposed fairly, checked, changed by hand, taken over (C9.3, M7.1)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from django.urls import reverse
from django.utils import timezone

from attendance.models import HotlineSpan, Rota
from attendance.rules.rota import Problem, Seat, seats_from_json, why
from attendance.rules.rota_check import faults
from attendance.rules.rota_solver import solve
from attendance.rules.shifts import monday
from attendance.selectors.rota import problem_for
from attendance.services.roster import rota
from attendance.services.roster.hotline import name_holder
from attendance.services.roster.publishing import publish
from attendance.services.roster.wishes import wish
from attendance.tasks import rota as tasks
from office.errors import Conflict, Invalid
from office.staff.models import Employee
from tests.attendance import leaves
from tests.attendance.plan import DAY, MONDAY, NOW, agents, book
from tests.people import person, signed_in

WEEK = dt.timedelta(weeks=1)
SIX = tuple(range(1, 7))


def nights(weeks: int = 8, **more: object) -> Problem:
    plain = Problem(
        people=SIX, seats=tuple(Seat(MONDAY + n * DAY, "hotline") for n in range(7 * weeks)), window=8, above=1,
        rest_days=(), fixed={}, away=frozenset(), wishes={}, since={}, waived=frozenset(),
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def solved(asked: Problem) -> dict[Seat, int | None]:
    found = solve(asked, seconds=3)
    assert found is not None
    return found.answer


@pytest.mark.clause("C9.3", "M7.1")
def test_six_people_share_the_nights_of_eight_weeks_and_none_is_two_in_a_row() -> None:
    asked = nights(2)
    answer = solved(asked)
    assert faults(asked, answer) == []
    assert sorted(Counter(answer.values()).values()) == [2, 2, 2, 2, 3, 3]
    held = [answer[seat] for seat in asked.seats]
    assert all(one != other for one, other in pairwise(held))


@pytest.mark.clause("C9.3")
def test_a_few_people_have_more_than_one_night_a_week() -> None:
    asked = nights(1, people=(1, 2))
    answer = solved(asked)
    assert faults(asked, answer) == []
    assert sorted(Counter(answer.values()).values()) == [3, 4]


@pytest.mark.clause("C9.3")
def test_nights_before_count_and_who_is_long_away_sets_no_least() -> None:
    past = {who: tuple(MONDAY - n * DAY for n in (1, 2)) for who in SIX[1:]}
    asked = nights(1, fixed=past)
    answer = solved(asked)
    assert faults(asked, answer) == []
    assert Counter(answer.values())[1] >= 2
    away = frozenset((1, MONDAY + n * DAY) for n in range(6))
    gone = nights(1, away=away)
    assert not gone.counts_in(1, MONDAY - 7 * WEEK)
    assert faults(gone, solved(gone)) == []
    here = nights(1, away=frozenset((1, MONDAY + n * DAY) for n in range(3)))
    assert here.counts_in(1, MONDAY - 7 * WEEK)


def test_the_checker_counts_nights_one_by_one() -> None:
    asked = nights(1, people=(1, 2, 3))
    answer: dict[Seat, int | None] = dict(zip(asked.seats, (1, 1, 1, 2, 3, 2, None), strict=True))
    assert [(fault.kind, fault.employee_id) for fault in faults(asked, answer)] == [
        ("empty", 0),
        ("unfair", 1),
    ]
    reasons = why(asked, answer, asked.seats[0])
    assert reasons is not None
    assert (reasons.turns, {other.reason for other in reasons.others}) == (3, {"as_good", "more"})


@pytest.fixture
def people(db: None) -> list[Employee]:
    book()
    return [*agents(3), person("wang_supervisor")]


def asked_rota(weeks: int = 1) -> Rota:
    return rota.ask_rota(first_day=MONDAY, weeks=weeks, by=person("chen_manager"), now=NOW, sort="hotline")


@pytest.mark.clause("C9.3")
def test_a_week_of_nights_is_proposed_taken_over_and_published(people: list[Employee]) -> None:
    found = rota.solve(rota_id=asked_rota().pk, seconds=3, clock=lambda: NOW)
    assert found is not None
    assert found.state == "solved"
    assert faults(problem_for(MONDAY, 1, NOW, "hotline"), seats_from_json(found.seats)) == []
    rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW)
    drafts = HotlineSpan.objects.filter(published_at=None)
    assert drafts.count() == 7
    publish(
        first_day=MONDAY, last_day=MONDAY + 6 * DAY, by=person("chen_manager"), now=NOW, reason="班次另行发布"
    )
    assert HotlineSpan.objects.filter(published_at=NOW).count() == 7
    with pytest.raises(Invalid) as refused:
        asked_rota()
    assert refused.value.errors[0]["code"] == "filled", "published nights stay with whom they name"


def test_leave_wishes_and_nights_of_others_are_known(people: list[Employee]) -> None:
    tuesday = MONDAY + DAY
    leaves.everybody()
    leaves.agree(leaves.ask("li_lei", now=NOW, first=tuesday), now=NOW)
    wish(day=MONDAY + 5 * DAY, wants=False, by=person("han_meimei"), now=NOW)
    boss = person("chen_manager")
    for day, who in ((MONDAY - DAY, "wang_supervisor"), (MONDAY + 3 * DAY, "zheng_designer")):
        name_holder(employee_id=person(who).pk, first_day=day, last_day=day, by=boss, now=NOW)
        publish(first_day=day, last_day=day, by=boss, now=NOW, reason="只排热线")
    asked = problem_for(MONDAY, 1, NOW, "hotline")
    li, wang = person("li_lei").pk, person("wang_supervisor").pk
    assert asked.away == {(li, MONDAY), (li, tuesday)}, "a night ends on the next morning"
    assert asked.fixed == {wang: (MONDAY - DAY,)}
    assert asked.wishes == {(person("han_meimei").pk, MONDAY + 5 * DAY): False}
    assert MONDAY + 3 * DAY not in {seat.day for seat in asked.seats}, "somebody else has that night"


def test_a_rota_of_weekends_and_one_of_nights_do_not_meet(people: list[Employee]) -> None:
    rota.ask_rota(first_day=MONDAY, weeks=1, by=person("chen_manager"), now=NOW)
    asked_rota()
    with pytest.raises(Conflict):
        asked_rota()
    with pytest.raises(Invalid):
        rota.ask_rota(first_day=MONDAY, weeks=1, by=person("chen_manager"), now=NOW, sort="lunch")


def test_the_pages_propose_explain_and_change_nights(people: list[Employee]) -> None:
    manager = signed_in("chen_manager")
    first = monday(timezone.localdate()) + WEEK
    where = reverse("attendance:rotas")
    assert 'value="hotline" selected' in manager.get(where, {"sort": "hotline"}).content.decode()
    data = {"first_day": first.isoformat(), "weeks": "1", "sort": "hotline"}
    assert manager.post(where, data).status_code == 302
    found = Rota.objects.get()
    tasks.solve_rota(found.pk)
    page = manager.get(reverse("attendance:rota", args=[found.pk])).content.decode()
    assert "热线轮值表" in page
    assert page.count("<select") == 7
    key = f"{first.isoformat()}/hotline/0"
    reasons = manager.get(reverse("attendance:rota_why", args=[found.pk]), {"seat": key}).content.decode()
    assert "8 周内" in reasons
    live = manager.post(
        reverse("attendance:rota_seat", args=[found.pk]),
        {"seat": key, "person": "", "revision": "0"},
        headers={"HX-Request": "true"},
    ).content.decode()
    assert "无人轮值" in live
    assert manager.post(where, data | {"sort": "x"}).status_code == 422
