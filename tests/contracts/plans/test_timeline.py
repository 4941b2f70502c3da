"""The picture of a plan: bars in order of their days, today among them, months in between."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.rules.timeline import NAMES, WIDTH, Bar, picture

pytestmark = pytest.mark.clause("W1")
FIRST = date(2026, 11, 23)


def day(n: int) -> date:
    return FIRST + timedelta(days=n)


def test_bars_stand_in_order_and_within_the_picture() -> None:
    made = picture(
        [Bar("选定平台", day(0), day(5), "done"), Bar("备齐资料", day(5), day(40), "late")], day(20)
    )
    one, two = made.bars
    assert one.x == NAMES
    assert one.x + one.width <= two.x + two.width <= WIDTH
    assert made.today is not None
    assert two.x < made.today < two.x + two.width
    assert 4 <= len(made.ticks) <= 12


@pytest.mark.parametrize("length", [0, 1, 13, 100, 500, 4000])
def test_any_length_has_a_bounded_number_of_ticks(length: int) -> None:
    made = picture([Bar("长" * 40, day(0), day(length), "open")], day(-3))
    assert 1 <= len(made.ticks) <= 14
    assert made.today is None
    assert len(made.bars[0].name) == 15


def test_a_document_is_a_point_on_its_day() -> None:
    made = picture([Bar("营业执照", day(3), day(3), "open", point=True)], day(0))
    assert made.bars[0].diamond.count(",") == 4


def test_no_plan_no_picture() -> None:
    assert picture([], FIRST).bars == ()
