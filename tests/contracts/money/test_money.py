"""Amounts as people type them, numbers of invoices, and the rule of rounding."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules import invoices, money

AMOUNTS = st.decimals(min_value=0, max_value=10_000_000, places=2)


@pytest.mark.parametrize(
    ("typed", "is_"),
    [
        ("1234.5", "1234.50"),
        (" 1,234.50 ", "1234.50"),
        ("¥ 12", "12.00"),
        ("￥12.30元", "12.30"),
        ("１２．５", "12.50"),
        ("CNY 7", "7.00"),
        ("7 rmb", "7.00"),
        ("0.01", "0.01"),
        ("9,999,999,999.99", "9999999999.99"),
    ],
)
def test_it_reads_yuan_as_people_type_them(typed: str, is_: str) -> None:
    assert str(money.read(typed)) == is_


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "format"),
        ("twelve", "currency"),
        ("十二", "format"),
        ("1.234", "format"),
        ("1,23", "format"),
        ("12.3.4", "format"),
        ("-5", "negative"),
        ("−5", "negative"),
        ("0", "zero"),
        ("0.00", "zero"),
        ("1e5", "currency"),
        ("$5", "currency"),
        ("5 EUR", "currency"),
        ("5美元", "currency"),
        ("港币 300", "currency"),
        ("10000000000", "too_much"),
        ("9" * 30, "too_much"),
        ("99,999,999,999.99", "too_much"),
        ("nan", "currency"),
        ("٣", "format"),
    ],
)
@pytest.mark.clause("P2.1")
def test_it_refuses_what_is_no_amount_in_yuan(typed: str, code: str) -> None:
    with pytest.raises(money.NotMoney) as refused:
        money.read(typed)
    assert refused.value.code == code


def test_nothing_may_be_asked_for_where_it_says_so() -> None:
    assert str(money.read("0", zero=True)) == "0.00"


@pytest.mark.parametrize(
    ("exact", "is_"),
    [("0.005", "0.01"), ("0.0049999", "0.00"), ("-0.005", "-0.01"), ("-0.001", "0.00"), ("2.675", "2.68")],
)
def test_half_a_fen_goes_up(exact: str, is_: str) -> None:
    assert str(money.rounded(Decimal(exact))) == is_


@given(AMOUNTS, st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12))
def test_parts_add_up_and_none_is_far_from_its_share(total: Decimal, weights: list[int]) -> None:
    if not any(weights):
        with pytest.raises(ValueError, match="weights"):
            money.split(total, [Decimal(0)])
        return
    parts = money.split(total, [Decimal(weight) for weight in weights])
    assert sum(parts) == total
    assert all(part == part.quantize(money.FEN) and part >= 0 for part in parts)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) <= money.FEN


def test_negative_weights_are_no_weights() -> None:
    with pytest.raises(ValueError, match="weights"):
        money.split(Decimal(1), [Decimal(2), Decimal(-1)])


def test_invoices_have_eight_digits_or_twenty() -> None:
    assert invoices.read("12345678，２６４４２０００００００１２３４５６７８") == [
        "12345678",
        "26442000000012345678",
    ]
    assert invoices.read("  ") == []
    assert invoices.unique_everywhere("26442000000012345678")
    assert not invoices.unique_everywhere("12345678")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1234567", "format"),
        ("12345678 abc", "format"),
        ("12345678 12345678", "twice"),
        (" ".join(str(10_000_000 + n) for n in range(21)), "many"),
    ],
)
def test_other_numbers_are_none(typed: str, code: str) -> None:
    with pytest.raises(invoices.NotInvoices) as refused:
        invoices.read(typed)
    assert refused.value.code == code
