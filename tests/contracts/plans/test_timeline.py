"""The picture of a plan: bars in order of their days, today among them, months in between."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from contracts.rules.timeline import NARROW, WIDE, Bar, Sheet, picture

pytestmark = pytest.mark.clause("W1")
FIRST = date(2026, 11, 23)


def day(n: int) -> date:
    return FIRST + timedelta(days=n)


@pytest.mark.parametrize("sheet", [WIDE, NARROW])
def test_bars_stand_in_order_and_within_the_picture(sheet: Sheet) -> None:
    made = picture(
        [Bar("选定平台", day(0), day(5), "done"), Bar("备齐资料", day(5), day(40), "late")], day(20), sheet
    )
    one, two = made.bars
    assert one.x == sheet.left
    assert one.x + one.width <= two.x + two.width <= sheet.width
    assert two.bar_y + 16 <= made.height
    assert made.today is not None
    assert two.x < made.today < two.x + two.width
    assert 3 <= len(made.ticks) <= sheet.ticks
    assert all(tick.x < sheet.width - 30 for tick in made.ticks)


@pytest.mark.parametrize("sheet", [WIDE, NARROW])
@pytest.mark.parametrize("length", [0, 1, 13, 100, 500, 4000])
def test_any_length_has_a_bounded_number_of_ticks(length: int, sheet: Sheet) -> None:
    made = picture([Bar("长" * 40, day(0), day(length), "open")], day(-3), sheet)
    assert 1 <= len(made.ticks) <= 14
    assert made.today is None
    assert len(made.bars[0].name) == sheet.letters


def test_on_a_telephone_the_name_stands_above_its_bar() -> None:
    one, two = picture(
        [Bar("选定平台", day(0), day(5), "open"), Bar("备齐资料", day(5), day(9), "open")], FIRST, NARROW
    ).bars
    assert one.text_y < one.bar_y < one.bar_y + 16 < two.text_y < two.bar_y


def test_a_document_is_a_point_on_its_day() -> None:
    made = picture([Bar("营业执照", day(3), day(3), "open", point=True)], day(0))
    assert made.bars[0].diamond.count(",") == 4


def test_no_plan_no_picture() -> None:
    assert picture([], FIRST).bars == ()
