"""What a channel shows against what was agreed, as values."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.rules.live import Agreed, Difference, Shown, compare

PRICE = Decimal("99.00")
NAMES = {"A": 1, "B": 2, "691": 1}


def agreed(listed: bool = True, price: Decimal | None = PRICE) -> list[Agreed]:
    return [Agreed(1, "A", listed, price), Agreed(2, "B", False, None)]


def kinds(*shown: Shown, whole: bool = True, **state: object) -> list[tuple[str, str]]:
    found = compare(agreed(**state), NAMES, shown, whole=whole)  # type: ignore[arg-type]
    return [(each.kind, each.code) for each in found]


def test_what_stands_as_agreed_differs_in_nothing() -> None:
    assert kinds(Shown("A", PRICE)) == []
    assert kinds(Shown("691", Decimal("99"))) == []
    assert kinds(Shown("A", None)) == []  # the list names no prices
    assert kinds(Shown("A", PRICE, False), Shown("A", PRICE)) == []  # an old line and the one that counts


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ((Shown("A", Decimal("98.99")),), [("price", "A")]),
        ((), [("missing", "A")]),
        ((Shown("A", PRICE, False),), [("missing", "A")]),
        ((Shown("A", PRICE), Shown("B", PRICE)), [("unagreed", "B")]),
        ((Shown("A", PRICE), Shown("B", PRICE, False)), []),
        ((Shown("A", PRICE), Shown("X", PRICE), Shown("X", PRICE)), [("unknown", "X")]),
        ((Shown("A", PRICE), Shown("X", PRICE, False)), []),
    ],
)
def test_each_way_of_differing_has_its_name(shown: tuple[Shown, ...], found: list[tuple[str, str]]) -> None:
    assert kinds(*shown) == found


def test_a_reading_of_a_part_says_nothing_about_the_rest() -> None:
    assert kinds(whole=False) == []
    assert kinds(Shown("A", PRICE, False), whole=False) == [("missing", "A")]


def test_goods_on_sale_at_a_price_that_nobody_agreed_to_differ() -> None:
    [found] = compare(agreed(price=None), NAMES, [Shown("A", PRICE)], whole=True)
    assert found == Difference("price", "A", 1, None, PRICE)


@pytest.mark.parametrize("order", [1, -1], ids=["right first", "wrong first"])
def test_no_line_hides_another_of_the_same_goods(order: int) -> None:
    lines = [Shown("A", PRICE), Shown("691", Decimal(9)), Shown("A", Decimal(101)), Shown("A", None)][::order]
    assert compare(agreed(), NAMES, lines, whole=True) == [
        Difference("price", "A", 1, PRICE, Decimal(9)),
        Difference("price", "A", 1, PRICE, Decimal(101)),
    ]


def test_a_line_that_is_off_sale_does_not_differ_beside_one_that_is_right() -> None:
    assert kinds(Shown("A", Decimal(9), False), Shown("A", PRICE)) == []


def test_every_price_of_what_nobody_agreed_to_or_knows_is_a_difference_of_its_own() -> None:
    lines = [Shown("A", PRICE), Shown("B", Decimal(7)), Shown("B", Decimal(5)), Shown("X", Decimal(2)),
             Shown("X", None), Shown("X", Decimal(2))]  # fmt: skip
    assert [(each.kind, each.shown) for each in compare(agreed(), NAMES, lines, whole=True)] == [
        ("unknown", None),
        ("unknown", Decimal(2)),
        ("unagreed", Decimal(5)),
        ("unagreed", Decimal(7)),
    ]
