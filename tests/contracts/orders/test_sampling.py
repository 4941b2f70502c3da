"""Sample sizes and acceptance numbers: facts of GB/T 2828.1 table 2-A, and the shape of the table."""

from __future__ import annotations

import pytest

from contracts.rules import sampling


@pytest.mark.clause("P3.2")
@pytest.mark.parametrize(
    ("lot", "aql", "letter", "sample", "ac"),
    [
        (1, "2.5", "C", 1, 0),
        (8, "6.5", "A", 2, 0),
        (25, "2.5", "C", 5, 0),
        (50, "2.5", "C", 5, 0),  # the arrow of D points up
        (90, "2.5", "F", 20, 1),  # that of E down
        (90, "6.5", "E", 13, 2),
        (150, "4.0", "F", 20, 2),
        (280, "2.5", "G", 32, 2),
        (500, "1.5", "H", 50, 2),
        (500, "4.0", "H", 50, 5),
        (1200, "2.5", "J", 80, 5),
        (1200, "0.65", "J", 80, 1),
        (3200, "1.0", "K", 125, 3),
        (10_000, "4.0", "L", 200, 14),
        (35_000, "2.5", "M", 315, 14),
        (900_000, "2.5", "N", 500, 21),
    ],
)
def test_the_plans_are_those_of_the_standard(lot: int, aql: str, letter: str, sample: int, ac: int) -> None:
    assert sampling.plan(lot, aql) == (letter, sample, ac)


def test_a_larger_lot_never_has_a_smaller_sample_of_its_aql() -> None:
    for aql in sampling.AQLS:
        plans = [sampling.plan(lot, aql) for lot in (1, 9, 16, 26, 51, 91, 151, 281, 501, 1201, 3201, 10_001)]
        assert [plan.ac for plan in plans] == sorted(plan.ac for plan in plans)
        assert [plan.sample for plan in plans] == sorted(plan.sample for plan in plans)
