"""What a cell says as an order number."""

from __future__ import annotations

import pytest

from office.tables.cells import CellError
from orders.intake import numbers


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('="12345678901234567"', "12345678901234567"),
        ("'12345678901234567", "12345678901234567"),
        ("\t6917000000000000001", "6917000000000000001"),
        ("6917000000000000001\t", "6917000000000000001"),
        ("12345.0", "12345"),
        (" TB-1 ", "TB-1"),
        ("订单１", "订单１"),
    ],
)
def test_an_order_number_is_undressed(cell: str, said: str) -> None:
    assert numbers.number(cell) == said


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.23E+17", "lost_precision"),
        ("1.23456789012345e17", "lost_precision"),
        ("", "number_missing"),
        ('=""', "number_missing"),
        ("-", "number_missing"),
        ("1" * 65, "number_too_long"),
        ("12\n34", "number_control_character"),
        ("12\x0034", "number_control_character"),
    ],
)
def test_an_order_number_that_is_none_is_refused(cell: str, code: str) -> None:
    with pytest.raises(CellError) as caught:
        numbers.number(cell)
    assert caught.value.code == code
