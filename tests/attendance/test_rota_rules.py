"""The weekend rota: the solver's answers before the independent checker, and the checker itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from attendance.rules import rota_solver
from attendance.rules.rota import (
    Problem,
    Seat,
    as_json,
    from_json,
    seats_as_json,
    seats_from_json,
    total,
    why,
)
from attendance.rules.rota_check import Fault, faults
from attendance.rules.rota_solver import solve

MONDAY = dt.date(2026, 11, 30)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
SIX = tuple(range(1, 7))


def saturday(week: int) -> dt.date:
    return MONDAY + week * WEEK + 5 * DAY


def problem(weeks: int = 8, **more: object) -> Problem:
    seats = tuple(Seat(saturday(n) + d * DAY, "weekend") for n in range(weeks) for d in (0, 1))
    plain = Problem(
        people=SIX, seats=seats, window=8, above=1, rest_days=("sat", "sun"), fixed={}, away=frozenset(), wishes={},
        since={}, waived=frozenset(),
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def solved(asked: Problem, seconds: float = 3) -> dict[Seat, int | None]:
    found = solve(asked, seconds=seconds)
    assert found is not None
    return found.answer


@pytest.mark.clause("C9.2", "M7.2")
def test_six_people_share_eight_weeks() -> None:
    asked = problem()
    answer = solved(asked)
    assert faults(asked, answer) == []
    assert sorted(total(asked, answer).values()) == [2, 2, 3, 3, 3, 3]


@pytest.mark.clause("C9.2")
def test_turns_of_the_weeks_before_count() -> None:
    past = {1: (saturday(-1), saturday(-2), saturday(-3)), 2: (saturday(-1) + DAY, saturday(-2) + DAY)}
    asked = problem(2, fixed=past)
    answer = solved(asked)
    assert faults(asked, answer) == [] or {fault.kind for fault in faults(asked, answer)} == {"unfair"}
    assert 1 not in answer.values()


@pytest.mark.clause("C9.2")
def test_leave_is_respected_and_somebody_long_away_sets_no_least() -> None:
    away = frozenset((1, saturday(n) + d * DAY) for n in range(6) for d in (0, 1))
    asked = problem(8, away=away)
    answer = solved(asked)
    assert faults(asked, answer) == []
    assert all(holder != 1 for seat, holder in answer.items() if (1, seat.day) in away)


def test_wishes_are_followed_where_fairness_allows() -> None:
    wishes = {(1, saturday(0)): True, (2, saturday(0) + DAY): False, (3, saturday(3)): False}
    asked = problem(8, wishes=wishes)
    answer = solved(asked)
    assert answer[Seat(saturday(0), "weekend")] == 1
    assert answer[Seat(saturday(3), "weekend")] != 3
    assert faults(asked, answer) == []


@pytest.mark.clause("S1d", "S7")
def test_nobody_has_both_days_unless_rest_was_given_up() -> None:
    asked = problem(1, people=(1,))
    answer = solved(asked)
    assert sorted(str(holder) for holder in answer.values()) == ["1", "None"]
    assert [fault.kind for fault in faults(asked, answer)] == ["empty"]
    waived = problem(1, people=(1,), waived=frozenset({saturday(0)}))
    assert faults(waived, solved(waived)) == []


def test_the_same_problem_gives_the_same_answer() -> None:
    assert solved(problem(4), 20) == solved(problem(4), 20)


def test_the_search_ends_when_little_can_be_left_to_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all the world to win it goes on to the end; with nothing worth it the first fair answer does."""
    asked = problem(6, wishes={(1, saturday(2)): True, (4, saturday(3)): True, (5, saturday(1)): False})
    monkeypatch.setattr(rota_solver, "CLOSE", 10**6)
    first = solve(asked, seconds=20)
    assert first is not None
    assert first.proven
    assert faults(asked, first.answer) == []
    monkeypatch.undo()
    best = solve(asked, seconds=20)
    assert best is not None
    assert best.proven
    assert met(asked, best.answer) > met(asked, first.answer)


def met(asked: Problem, answer: Mapping[Seat, int | None]) -> int:
    return sum(asked.wishes.get((who or 0, seat.day)) is True for seat, who in answer.items())


def test_a_newcomer_sets_no_least_before_he_joined() -> None:
    past = {who: (saturday(-who),) for who in SIX[:5]}
    asked = problem(2, fixed=past, since={6: saturday(-1)})
    assert not asked.counts_in(6, MONDAY - 7 * WEEK)
    assert asked.counts_in(6, MONDAY)
    assert all(fault.kind != "unfair" for fault in faults(asked, solved(asked)))


@pytest.mark.clause("C9.2")
def test_turns_after_the_asked_weeks_count_in_every_window_that_reaches_them() -> None:
    """Two turns of one person stand in the weeks after: he gets none within eight weeks of them."""
    fixed = {1: (saturday(2), saturday(4) + DAY), 2: (saturday(9),)}
    asked = problem(2, fixed=fixed)
    assert max(asked.windows()) == MONDAY + WEEK
    answer = solved(asked)
    assert 1 not in answer.values()
    assert {fault.kind for fault in faults(asked, answer)} == {"unfair"}, "his own two are too many already"
    own = faults(asked, answer_of(asked, 2, 3, 4, 5))
    assert [(f.employee_id, f.turns, f.since, f.fixed) for f in own] == [
        (1, 2, MONDAY - 3 * WEEK, (saturday(2), saturday(4) + DAY))
    ]
    later = problem(2, fixed={1: (saturday(4), saturday(9))})
    assert faults(later, answer_of(later, 2, 3, 4, 5)) == []
    assert [f.since for f in faults(later, answer_of(later, 2, 3, 4, 1))] == [MONDAY - 3 * WEEK]


@pytest.mark.clause("C9.2")
def test_the_solver_knows_whether_a_fair_answer_exists() -> None:
    found = solve(problem(2), seconds=3)
    assert found is not None
    assert found.possible is True
    stuck = solve(problem(2, fixed={1: (saturday(2), saturday(4))}), seconds=3)
    assert stuck is not None
    assert stuck.possible is False
    assert None not in stuck.answer.values(), "a turn too many is better than an empty one"


def test_who_has_a_turn_is_not_away() -> None:
    """His own shift takes the weekend; it does not make him absent."""
    days = tuple(saturday(n) for n in range(4))
    away = frozenset((1, day + d * DAY) for day in days for d in (0, 1))
    assert problem(4, fixed={1: days}, away=away).counts_in(1, MONDAY)
    assert not problem(4, away=away).counts_in(1, MONDAY)
    assert faults(problem(4, fixed={1: days}, away=away, seats=()), {}) == []


def test_an_answer_for_a_seat_that_is_not_asked_for_is_filled_already() -> None:
    asked = problem(1)
    late = Seat(saturday(3), "weekend")
    assert faults(asked, {**answer_of(asked, 1, 2), late: 3}) == [Fault(saturday(3), "filled", 3)]
    assert faults(asked, {**answer_of(asked, 1, 2), late: None}) == []


def test_what_was_asked_before_turns_after_counted_is_still_read() -> None:
    said = as_json(problem(1, fixed={1: (saturday(-1),)}))
    said["past"] = said.pop("fixed")
    assert from_json(said).fixed == {1: (saturday(-1),)}


def test_values_survive_json() -> None:
    asked = problem(
        2, fixed={1: (saturday(-1),)}, away=frozenset({(2, saturday(0))}), wishes={(3, saturday(1)): False},
        since={4: MONDAY}, waived=frozenset({saturday(1)}),
    )  # fmt: skip
    assert from_json(as_json(asked)) == asked
    answer = solved(asked)
    assert seats_from_json(seats_as_json(answer)) == answer


# ---------------------------------------------------------------- the checker


def answer_of(asked: Problem, *holders: int | None) -> dict[Seat, int | None]:
    return dict(zip(asked.seats, holders, strict=True))


@pytest.mark.parametrize(
    ("holders", "kinds"),
    [
        ((1, 2, 3, 4), []),
        ((1, 1, 2, 3), ["no_rest", "unfair"]),
        ((None, 2, 3, 4), ["empty"]),
        ((9, 2, 3, 4), ["stranger"]),
        ((1, 2, 1, 2), ["unfair", "unfair"]),
        ((1, 6, 3, 4), ["away"]),
    ],
)
def test_the_checker_names_what_is_wrong(holders: tuple[int | None, ...], kinds: list[str]) -> None:
    asked = problem(2, away=frozenset({(6, saturday(0) + DAY)}))
    assert [fault.kind for fault in faults(asked, answer_of(asked, *holders))] == kinds


def test_the_checker_sees_two_duties_on_a_day_and_missing_seats() -> None:
    seats = (Seat(saturday(0), "early"), Seat(saturday(0), "late"))
    asked = problem(1, seats=seats)
    assert [fault.kind for fault in faults(asked, {seats[0]: 1, seats[1]: 1})] == ["twice", "unfair"]
    assert [fault.kind for fault in faults(asked, {seats[0]: 1})] == ["empty"]


@pytest.mark.clause("C9.2")
def test_the_checker_counts_over_any_eight_weeks() -> None:
    """Two turns in nine weeks are two in no eight of them."""
    far = problem(1, fixed={1: (saturday(-8), saturday(-7))})
    answer = answer_of(far, 1, 2)
    assert faults(far, answer) == [
        Fault(MONDAY + 6 * DAY, "unfair", 1, 2, 0, MONDAY - 7 * WEEK, (saturday(-7),))
    ]
    farther = problem(1, fixed={1: (saturday(-8),)})
    assert faults(farther, answer) == []
    nobody = problem(1, since=dict.fromkeys(SIX, MONDAY + WEEK))
    assert faults(nobody, answer) == []


# ---------------------------------------------------------------- why


def test_why_names_turns_wishes_and_the_others() -> None:
    asked = problem(
        2, people=(1, 2, 3, 4, 5, 6), fixed={5: (saturday(-1), saturday(-2))}, away=frozenset({(2, saturday(1))}),
        wishes={(6, saturday(1)): False, (4, saturday(1)): True},
    )  # fmt: skip
    seats = asked.seats
    answer: dict[Seat, int | None] = {seats[0]: 1, seats[1]: 4, seats[2]: 4, seats[3]: 3}
    found = why(asked, answer, seats[2])
    assert found is not None
    assert (found.employee_id, found.turns, found.least, found.most) == (4, 2, 0, 2)
    assert (found.before, found.wish) == (saturday(0) + DAY, True)
    assert {other.employee_id: other.reason for other in found.others} == {
        1: "more", 2: "away", 3: "rest", 5: "more", 6: "wish",
    }  # fmt: skip
    assert why(asked, {**answer, seats[2]: None}, seats[2]) is None
    same = why(asked, {**answer, Seat(saturday(1), "late"): 3}, seats[2])
    assert same is not None
    assert {other.employee_id: other.reason for other in same.others}[3] == "same_day"
    free = why(asked, {seats[0]: 1, seats[1]: None, seats[2]: 4, seats[3]: None}, seats[2])
    assert free is not None
    assert {other.employee_id: other.reason for other in free.others}[3] == "as_good"
