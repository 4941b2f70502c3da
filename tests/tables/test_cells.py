"""What one cell says."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from office.tables import cells
from office.tables.cells import CellError


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("0元", Decimal("0.00")),
        ("¥1,234.50", Decimal("1234.50")),
        ("￥１２．５", Decimal("12.50")),
        ("12.50元\t", Decimal("12.50")),
        ("-3", Decimal("-3.00")),
        ("+3.", Decimal("3.00")),
        (".5", Decimal("0.50")),
        ("0.30000000000000004", Decimal("0.30")),
        ("-", None),
        ("--", None),
        ('=""', None),
        ("null", None),
        ("", None),
    ],
)
def test_money_is_read_in_the_forms_that_exports_use(cell: str, said: Decimal | None) -> None:
    assert cells.amount(cell) == said


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.234", "too_many_decimals"),
        ("12,34", "not_a_number"),
        ("1e5", "not_a_number"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("十二", "not_a_number"),
        ("1" * 30, "too_large"),
        ("9" * 400, "not_a_number"),
        ("١٢٣", "not_a_number"),
    ],
)
def test_money_that_cannot_be_read_is_refused(cell: str, code: str) -> None:
    with pytest.raises(CellError) as caught:
        cells.amount(cell)
    assert caught.value.code == code


def test_a_total_below_zero_is_refused_and_zero_is_a_fact() -> None:
    with pytest.raises(CellError, match="negative"):
        cells.positive_amount("-0.01")
    assert cells.positive_amount("0") == 0


def test_a_quantity_may_be_zero_but_not_missing() -> None:
    assert cells.quantity("0") == 0
    assert cells.quantity("1.5件") == Decimal("1.5")
    with pytest.raises(CellError, match="quantity_missing"):
        cells.quantity(" ")


@pytest.mark.parametrize(
    "cell",
    [
        "2017-07-08 09:05:00",
        "2017-07-08 09:05:00\t",
        "2017/7/8 9:05",
        "2017/07/08 09:05:00",
        "2017-07-08T09:05:00",
        "2017-07-08T01:05:00Z",
        "2017年7月8日 9时5分",
        "2017年07月08日 09:05",
        "20170708090500",
        "2017.7.8 9:05",
        "'2017-07-08 09:05:00",
        "２０１７-07-08 09:05",
    ],
)
def test_a_time_is_shanghais_in_every_form_that_exports_use(cell: str) -> None:
    assert cells.when(cell) == dt.datetime(2017, 7, 8, 9, 5, tzinfo=cells.SHANGHAI)


def test_a_spreadsheets_day_number_is_a_time() -> None:
    assert cells.when("42924.375") == dt.datetime(2017, 7, 8, 9, 0, tzinfo=cells.SHANGHAI)
    assert cells.when("2017-07-08") == dt.datetime(2017, 7, 8, tzinfo=cells.SHANGHAI)


@pytest.mark.parametrize(
    "cell", ["2017-13-01 00:00:00", "yesterday", "0001-01-01 00:00:00", "9999-12-31T23:59:59-14:00", "12"]
)
def test_a_time_that_cannot_be_read_is_refused(cell: str) -> None:
    with pytest.raises(CellError, match="not_a_time"):
        cells.when(cell)


def test_a_masked_phone_stays_masked_and_a_rounded_one_is_refused() -> None:
    assert cells.phone("'138****0000") == "138****0000"
    assert cells.phone("13800000000.0") == "13800000000"
    with pytest.raises(CellError, match="lost_precision"):
        cells.phone("1.38E+10")


def test_text_keeps_what_is_inside_and_loses_only_its_dress() -> None:
    assert cells.text("'=1+1") == "=1+1"
    assert cells.text("'s-Hertogenbosch") == "'s-Hertogenbosch"
    assert cells.text('="a ""b"""') == 'a "b"'
    assert cells.text(" a\x00b ") == "a\ufffdb"
