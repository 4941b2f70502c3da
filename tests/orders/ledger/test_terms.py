"""Contract terms: what makes the same number the same order again (C7.5)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from orders.terms import OutOfRange, TermLine, Terms, canonical, completed, money, price, quantity

CUP = TermLine("SKU-1", "保温杯", Decimal("2.000"), Decimal("50.0000"), Decimal("100.00"))
PEN = TermLine("SKU-2", "钢笔", Decimal("1.000"), Decimal("8.0000"), Decimal("8.00"))
STANDS = Terms("CNY", Decimal("108.00"), Decimal("108.00"), (CUP, PEN), "张三", "13812345678", "上海")


def same(new: Terms, stands: Terms = STANDS) -> bool:
    return canonical(completed(new, stands)) == canonical(stands)


def test_the_order_of_lines_does_not_matter() -> None:
    assert canonical(replace(STANDS, lines=(PEN, CUP))) == canonical(STANDS)


@pytest.mark.parametrize(
    "change",
    [
        {"total": None},
        {"paid": None},
        {"paid": Decimal("0.00")},
        {"name": ""},
        {"phone": ""},
        {"address": ""},
        {"lines": (replace(CUP, price=None, amount=None), PEN)},
        {"lines": (replace(CUP, sku=""), PEN)},
        {"lines": (replace(CUP, title="另一个标题"), PEN)},
    ],
)
def test_what_the_newcomer_leaves_open_is_no_difference(change: dict) -> None:
    assert same(replace(STANDS, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"total": Decimal("109.00")},
        {"total": Decimal("0.00")},
        {"paid": Decimal("1.00")},
        {"currency": "USD"},
        {"name": "李四"},
        {"phone": "13900000000"},
        {"address": "北京"},
        {"lines": (CUP,)},
        {"lines": (CUP, PEN, PEN)},
        {"lines": (replace(CUP, quantity=Decimal("3.000")), PEN)},
        {"lines": (replace(CUP, price=Decimal("51.0000")), PEN)},
        {"lines": (replace(CUP, sku="SKU-9"), PEN)},
        {"lines": (replace(CUP, sku="", title="另一个标题"), PEN)},
    ],
)
def test_other_terms_are_a_difference(change: dict) -> None:
    assert not same(replace(STANDS, **change))


def test_what_the_standing_order_does_not_state_is_no_difference() -> None:
    bare = replace(STANDS, name="", phone="", address="", total=None)
    assert same(STANDS, bare)


def test_the_first_payment_is_no_difference() -> None:
    assert same(STANDS, replace(STANDS, paid=Decimal("0.00")))


def test_values_cannot_be_shifted_between_fields() -> None:
    one = replace(STANDS, name="张三|4:x", phone="")
    two = replace(STANDS, name="张三", phone="x")
    assert canonical(one) != canonical(two)


def test_numbers_take_the_scale_of_the_ledger() -> None:
    assert str(money(Decimal("12.345"))) == "12.35"
    assert str(money(Decimal("-0.001"))) == "0.00"
    assert str(money(Decimal("-0"))) == "0.00"
    assert str(price(Decimal("1"))) == "1.0000"
    assert str(quantity(Decimal("0"))) == "0.000"
    assert money(None) is None


@pytest.mark.parametrize("value", ["1e12", "999999999999.999", "NaN", "Infinity", "1e400"])
def test_numbers_beyond_the_columns_are_out_of_range(value: str) -> None:
    with pytest.raises(OutOfRange):
        money(Decimal(value))
