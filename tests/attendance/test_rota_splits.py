"""However the weeks are asked for, in pieces, backwards, twice or around a planner's hand: nobody is seated twice, no
seat twice, and every eight weeks are fair, or it is said what stands in the way (C9.2, M7.2, C9.3)."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

import pytest
from django.urls import reverse

from attendance.models import HotlineSpan, Rota, Shift
from attendance.rules.rota import Problem, Seat, from_json, seats_from_json, why
from attendance.rules.rota_check import Fault, faults
from attendance.selectors.rota import problem_for
from attendance.services.roster import laying, rota
from attendance.services.roster.hotline import name_holder
from office.errors import Conflict, Invalid
from office.staff.models import Employee
from tests.attendance.plan import DAY, MONDAY, NOW, agents, book, shift
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C9.2", "M7.2")]
WEEK = 7 * DAY
Piece = tuple[int, int]


@pytest.fixture(autouse=True)
def people(db: None) -> list[Employee]:
    book()
    return agents()


def asked(piece: Piece, sort: str = "weekend") -> Rota:
    """Asked for and solved: so many weeks from that week on."""
    first, weeks = piece
    made = rota.ask_rota(
        first_day=MONDAY + first * WEEK, weeks=weeks, by=person("chen_manager"), now=NOW, sort=sort
    )
    found = rota.solve(rota_id=made.pk, seconds=3, clock=lambda: NOW)
    assert found is not None
    return found


def adopted(piece: Piece, sort: str = "weekend") -> Rota:
    return rota.adopt(rota_id=asked(piece, sort).pk, by=person("chen_manager"), now=NOW)


def judged(people: list[Employee]) -> list[Fault]:
    """What the checker says of every weekend turn that stands, as if all of them had been asked for at once."""
    answer: dict[Seat, int | None] = {}
    taken: Counter[dt.date] = Counter()
    for made in Shift.objects.filter(code="weekend", removed_at=None):
        answer[Seat(made.day, made.code, taken[made.day])] = made.employee_id
        taken[made.day] += 1
    assert set(taken.values()) == {1}, "one person a day"
    everything = Problem(
        people=tuple(each.pk for each in people), seats=tuple(answer), window=8, above=1,
        rest_days=("sat", "sun"), fixed={}, away=frozenset(), wishes={}, since={}, waived=frozenset(),
    )  # fmt: skip
    return faults(everything, answer)


@pytest.mark.parametrize(
    "pieces",
    [
        [(0, 8), (8, 8)],
        [(8, 8), (0, 8)],
        [(0, 3), (6, 3), (3, 3), (9, 2)],
        [(4, 1), (2, 6), (0, 10)],
    ],
)
def test_pieces_make_a_fair_whole(pieces: list[Piece], people: list[Employee]) -> None:
    for piece in pieces:
        adopted(piece)
    weeks = max(first + count for first, count in pieces)
    assert Shift.objects.filter(code="weekend").count() == 2 * weeks
    assert judged(people) == []


def test_weeks_that_are_planned_are_not_asked_for_twice(people: list[Employee]) -> None:
    adopted((0, 4))
    with pytest.raises(Invalid) as refused:
        asked((0, 4))
    assert refused.value.errors[0]["code"] == "filled"
    gap = Shift.objects.filter(code="weekend").order_by("day")[3]
    laying.set_shift(employee_id=gap.employee_id, day=gap.day, code="", by=person("chen_manager"), now=NOW)
    again = asked((0, 4))
    assert [seat.day for seat in seats_from_json(again.seats)] == [gap.day]
    rota.adopt(rota_id=again.pk, by=person("chen_manager"), now=NOW)
    assert judged(people) == []


def test_a_draft_that_was_changed_by_hand_counts_and_is_named_where_it_stands_in_the_way(
    people: list[Employee],
) -> None:
    """Three turns of one person in a row by hand: no answer is fair next to them, and the page says which they are."""
    for n in range(3):
        shift(people[0], MONDAY + n * WEEK + 5 * DAY, "weekend", published=n == 0)
    found = asked((0, 2))
    assert found.note == "unfair"
    problem, answer = problem_for(MONDAY, 2, NOW, but=found.pk), seats_from_json(found.seats)
    assert people[0].pk not in answer.values()
    said = [fault for fault in faults(problem, answer) if fault.kind == "unfair"]
    assert [(fault.employee_id, fault.turns, len(fault.fixed)) for fault in said] == [(people[0].pk, 2, 2)]
    page = signed_in("chen_manager").get(reverse("attendance:rota", args=[found.pk])).content.decode()
    assert "其中已排定、不在本次提议内的" in page
    assert "这几周无法既排满又完全公平" in page
    with pytest.raises(Invalid):
        rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW)
    rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW, reason="培训期")


def test_a_hand_between_two_pieces_is_evened_out(people: list[Employee]) -> None:
    adopted((0, 4))
    first, later = Shift.objects.filter(code="weekend").order_by("day")[:2]
    other = next(
        each
        for each in people
        if not Shift.objects.filter(employee=each, day__in=[first.day, later.day]).exists()
    )
    by = person("chen_manager")
    laying.set_shift(employee_id=later.employee_id, day=later.day, code="", by=by, now=NOW)
    laying.set_shift(employee_id=other.pk, day=later.day, code="weekend", by=by, now=NOW)
    found = asked((4, 4))
    problem, answer = from_json(found.problem), seats_from_json(found.seats)
    left = faults(problem, answer)
    assert {fault.kind for fault in left} <= {"unfair"}
    assert all(fault.fixed for fault in left), "only next to what the hand did"
    assert bool(left) == (found.note == "unfair")
    if left:
        with pytest.raises(Invalid):
            rota.adopt(rota_id=found.pk, by=by, now=NOW)


def test_turns_before_inside_and_after_are_known_to_problem_and_explanation(people: list[Employee]) -> None:
    one, two = people[0], people[1]
    shift(one, MONDAY - WEEK + 5 * DAY, "weekend", published=False)
    shift(one, MONDAY + WEEK + 6 * DAY, "weekend", published=False)
    shift(two, MONDAY + 4 * WEEK + 5 * DAY, "weekend")
    shift(two, MONDAY + 11 * WEEK + 5 * DAY, "weekend")
    problem = problem_for(MONDAY, 4, NOW)
    assert problem.fixed == {
        one.pk: (MONDAY - WEEK + 5 * DAY, MONDAY + WEEK + 6 * DAY),
        two.pk: (MONDAY + 4 * WEEK + 5 * DAY,),
    }
    assert MONDAY + WEEK + 6 * DAY not in {seat.day for seat in problem.seats}
    saturday = Seat(MONDAY + 5 * DAY, "weekend")
    reasons = why(problem, {saturday: two.pk}, saturday)
    assert reasons is not None
    assert reasons.fixed == (MONDAY + 4 * WEEK + 5 * DAY,)
    assert {other.employee_id: other.reason for other in reasons.others}[one.pk] == "more"


def test_a_seat_that_was_filled_meanwhile_is_not_taken_over_twice(people: list[Employee]) -> None:
    found = asked((0, 1))
    seats = seats_from_json(found.seats)
    third = next(each for each in people if each.pk not in seats.values())
    laying.set_shift(
        employee_id=third.pk, day=min(seats).day, code="weekend", by=person("chen_manager"), now=NOW
    )
    with pytest.raises(Conflict) as refused:
        rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW)
    assert ["filled", min(seats).day.isoformat(), seats[min(seats)]] in refused.value.params["faults"]
    page = signed_in("chen_manager").post(reverse("attendance:rota_adopt", args=[found.pk])).content.decode()
    assert "已有人轮值" in page
    rota.set_seat(
        rota_id=found.pk, seat=min(seats), employee_id=None, revision=0, by=person("chen_manager"), now=NOW
    )
    rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW)
    assert Shift.objects.filter(code="weekend").count() == 2


def test_another_proposal_counts_and_one_that_is_being_solved_is_waited_for(people: list[Employee]) -> None:
    by = person("chen_manager")
    waiting = rota.ask_rota(first_day=MONDAY, weeks=4, by=by, now=NOW)
    with pytest.raises(Conflict) as refused:
        rota.ask_rota(first_day=MONDAY + 4 * WEEK, weeks=4, by=by, now=NOW)
    assert refused.value.code == "solving"
    rota.solve(rota_id=waiting.pk, seconds=3, clock=lambda: NOW)
    second = asked((4, 4))
    assert sum(map(len, from_json(second.problem).fixed.values())) == 8
    for each in (waiting, second):
        rota.adopt(rota_id=each.pk, by=by, now=NOW)
    assert judged(people) == []


@pytest.mark.clause("C9.3")
def test_nights_asked_for_in_pieces_are_fair_too(people: list[Employee]) -> None:
    person("wang_supervisor")
    for piece in ((1, 1), (0, 1), (2, 1)):
        adopted(piece, "hotline")
    with pytest.raises(Invalid) as refused:
        asked((0, 3), "hotline")
    assert refused.value.errors[0]["code"] == "filled"
    by = person("chen_manager")
    name_holder(employee_id=None, first_day=MONDAY + 9 * DAY, last_day=MONDAY + 9 * DAY, by=by, now=NOW)
    again = asked((0, 3), "hotline")
    assert [seat.day for seat in seats_from_json(again.seats)] == [MONDAY + 9 * DAY]
    rota.adopt(rota_id=again.pk, by=by, now=NOW)
    nights: dict[dt.date, list[int]] = defaultdict(list)
    for span in HotlineSpan.objects.filter(removed_at=None):
        nights[span.starts_at.astimezone(NOW.tzinfo).date()].append(span.employee_id)
    assert all(len(holders) == 1 for holders in nights.values())
    counted = Counter(holder for holders in nights.values() for holder in holders)
    assert len(nights) == 21
    assert max(counted.values()) - min(counted.values()) <= 1
