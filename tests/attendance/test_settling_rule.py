"""What holds for every day, however its facts came: generated days."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules.facts import LeaveFact, LeaveState, PunchFact
from attendance.rules.matching import acts
from attendance.rules.settling import Outcome, punches_in, settle
from tests.attendance.clock import DAY, TERMS, at, settled, shift

DAYS = tuple(DAY + timedelta(days=n) for n in (-1, 0, 1))
WORDS = st.lists(
    st.sampled_from(["O-1", "L-1", "N-1", "E", "L", "O", "D+1", "E+1", "N+1"]),
    max_size=3,
    unique_by=lambda w: w[1:],
)
MINUTES = st.integers(-24 * 60, 54 * 60).map(lambda n: at("00:00") + timedelta(minutes=n))


@st.composite
def facts(draw: st.DrawFn) -> tuple[list[str], list[PunchFact], list[LeaveFact]]:
    punches = draw(
        st.lists(
            st.builds(PunchFact, st.just(1), MINUTES, st.sampled_from(["", "in", "out"]), st.booleans()),
            max_size=9,
        )
    )
    leaves = []
    for number, (start, hours, state) in enumerate(
        draw(
            st.lists(
                st.tuples(
                    MINUTES, st.integers(1, 30), st.sampled_from(["approved", "provisional", "requested"])
                ),
                max_size=2,
            )
        )
    ):
        leaves.append(
            LeaveFact(number, 1, "sick", cast(LeaveState, state), start, start + timedelta(hours=hours))
        )
    return draw(WORDS), [each if each.direction else PunchFact(1, each.at) for each in punches], leaves


def judged(words: list[str], punches: list[PunchFact], leaves: list[LeaveFact]) -> list[Outcome]:
    shifts = [shift(word, number) for number, word in enumerate(words, 1)]
    return settle(days=DAYS, shifts=shifts, punches=punches, leaves=leaves, waived=(), terms=TERMS)


@pytest.mark.clause("S2d")
@given(facts(), st.randoms(use_true_random=False))
def test_no_order_of_arrival_changes_the_result(
    found: tuple[list[str], list[PunchFact], list[LeaveFact]], chance: random.Random
) -> None:
    words, punches, leaves = found
    first = judged(words, punches, leaves)
    shuffled = (punches[:], leaves[:])
    for each in shuffled:
        chance.shuffle(each)
    shifts = [shift(word, number) for number, word in enumerate(words, 1)]
    chance.shuffle(shifts)
    again = settle(
        days=DAYS[::-1], shifts=shifts, punches=shuffled[0], leaves=shuffled[1], waived=(), terms=TERMS
    )
    assert again == first
    assert [each.digest for each in again] == [each.digest for each in first]


@given(facts())
def test_the_parts_of_a_day_never_exceed_it(
    found: tuple[list[str], list[PunchFact], list[LeaveFact]],
) -> None:
    for day in judged(*found):
        slack = timedelta(seconds=3)
        assert day.worked + day.leave <= day.planned + slack
        assert day.absent + day.leave <= day.planned + slack
        assert Decimal(0) <= day.absent_share <= Decimal(1)
        assert (day.verdict == "rest") == (not day.planned)
        assert day.verdict != "absent" or day.absent_share == 1
        assert day.verdict not in ("present", "leave", "rest") or not day.absent_share


@given(facts())
def test_what_a_settled_day_keeps_is_enough_to_settle_it_again(
    found: tuple[list[str], list[PunchFact], list[LeaveFact]],
) -> None:
    words, punches, leaves = found
    first = judged(words, punches, leaves)
    kept = {punch for day in first for punch in punches_in(json.loads(day.facts), 1)}
    assert [each.verdict for each in judged(words, list(kept), leaves)] == [each.verdict for each in first]


def test_a_corrected_punch_within_a_double_keeps_its_direction() -> None:
    found = acts(
        [PunchFact(1, at("08:30"), "out"), PunchFact(1, at("08:31"), "in", corrected=True)], TERMS.double
    )
    assert [each.side for each in found] == ["in"]


def test_the_meal_is_shared_out_over_the_shift() -> None:
    [half] = settled("E", "13:20 18:40", "a 08:30-13:30")
    assert (half.planned, half.leave, half.worked) == (
        timedelta(hours=9), timedelta(hours=4, minutes=30), timedelta(hours=4, minutes=30),
    )  # fmt: skip


def test_first_and_last_punch_are_those_that_counted() -> None:
    [day] = settled("E D", "08:20 12:00 21:05")
    assert (day.came_at, day.left_at) == (at("08:20"), at("21:05"))


@pytest.mark.parametrize(("punch", "instant"), [("08:50", timedelta(minutes=20)), ("08:34", timedelta())])
def test_beyond_the_grace_the_whole_time_counts(punch: str, instant: timedelta) -> None:
    [day] = settled("E", f"{punch} 18:40")
    assert day.late == instant
    assert isinstance(day.came_at, datetime)
