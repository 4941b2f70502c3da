"""What POST /api/v1/orders takes: every problem at once, with its path."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.intake import api_order
from orders.intake.incoming import IncomingOrder
from orders.intake.payloads import BadPayload, strict_json
from tests.orders.hooks.samples import api_order as sample


def read(body: Any) -> IncomingOrder:
    return api_order.read(strict_json(json.dumps(body).encode()), currency="CNY", raw="")


def wrong(body: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadPayload) as refused:
        read(body)
    return [(problem.path, problem.code) for problem in refused.value.problems]


def test_an_order_is_read() -> None:
    order = read(
        sample(status="paid", lines=[{"title": " 床 ", "quantity": "1.5", "price": 2, "colour": "white"}])
    )
    assert (order.number, order.currency, order.total) == ("SO-1", "CNY", Decimal("129.00"))
    assert order.placed_at == dt.datetime(2026, 11, 23, 2, tzinfo=dt.UTC)
    assert order.lines[0].title == "床"
    assert (order.lines[0].quantity, order.lines[0].price, order.lines[0].amount) == (
        Decimal("1.500"),
        Decimal(2),
        None,
    )
    assert order.facts == {"status": "paid", "lines[0]": {"colour": "white"}}


def test_only_shop_number_and_lines_are_needed() -> None:
    order = read({"shop": "API01", "number": "1", "lines": [{"sku": "a", "quantity": 1}]})
    assert (order.total, order.paid, order.customer.name, order.placed_at) == (None, None, "", None)


def test_null_is_the_same_as_missing() -> None:
    customer = dict.fromkeys(("name", "phone", "address"))
    body = sample(
        total=None, paid=None, ordered_at=None, currency=None, cancelled=None, customer=customer,
        lines=[{"sku": None, "title": "x", "quantity": 1, "price": None, "amount": None}],
    )  # fmt: skip
    order = read(body)
    assert (order.total, order.currency, order.cancelled, order.lines[0].sku) == (None, "CNY", False, "")
    assert read({**body, "customer": None}) == order


def test_zero_is_a_fact() -> None:
    order = read(sample(total=0, lines=[{"sku": "gift", "quantity": 0, "price": "0.00", "amount": 0}]))
    assert (order.total, order.lines[0].quantity, order.lines[0].amount) == (
        Decimal(0),
        Decimal(0),
        Decimal(0),
    )


def test_everything_wrong_is_told_at_once() -> None:
    body = {
        "number": "",
        "ordered_at": "2026-11-23T10:00:00",
        "currency": "yuan",
        "total": "1,000.00",
        "cancelled": "no",
        "customer": {"name": 7, "phone": "1" * 61},
        "lines": [
            {"quantity": -1},
            {"sku": "a"},
            {"sku": "a", "quantity": "two"},
            {"sku": "a", "quantity": 1.0001},
            5,
        ],
    }
    assert set(wrong(body)) == {
        ("shop", "required"),
        ("number", "required"),
        ("ordered_at", "date"),
        ("currency", "currency"),
        ("total", "number"),
        ("cancelled", "type"),
        ("customer.name", "type"),
        ("customer.phone", "too_long"),
        ("lines[0].quantity", "range"),
        ("lines[1].quantity", "required"),
        ("lines[2].quantity", "number"),
        ("lines[3].quantity", "places"),
        ("lines[4]", "type"),
    }


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"number": 5}, ("number", "type")),
        ({"number": None}, ("number", "type")),
        ({"number": "x" * 65}, ("number", "too_long")),
        ({"number": "a\nb"}, ("number", "characters")),
        ({"number": "a\x1fb"}, ("number", "characters")),
        ({"total": "1e3"}, ("total", "number")),
        ({"total": 1e30}, ("total", "range")),
        ({"total": -1}, ("total", "range")),
        ({"total": "0.001"}, ("total", "places")),
        ({"total": True}, ("total", "type")),
        ({"total": []}, ("total", "type")),
        ({"total": "٣"}, ("total", "number")),
        ({"ordered_at": 1614265330}, ("ordered_at", "date")),
        ({"ordered_at": "0001-01-01T00:00:00+14:00"}, ("ordered_at", "date")),
        ({"ordered_at": "9999-12-31T23:59:59-14:00"}, ("ordered_at", "date")),
        ({"lines": None}, ("lines", "type")),
        ({"lines": {}}, ("lines", "type")),
        ({"lines": []}, ("lines", "too_few")),
        ({"lines": [{"sku": "a", "quantity": 1}] * 1001}, ("lines", "too_many")),
        ({"lines": [{"sku": " ", "title": "", "quantity": 1}]}, ("lines[0]", "goods")),
        ({"lines": [{"sku": "a" * 121, "quantity": 1}]}, ("lines[0].sku", "too_long")),
        ({"lines": [{"title": "a" * 501, "quantity": 1}]}, ("lines[0].title", "too_long")),
    ],
)
def test_one_thing_wrong_has_one_path_and_code(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    assert wrong(sample(**changes)) == [problem]


@pytest.mark.parametrize("body", [[], 1, "x", None, True])
def test_what_is_no_object_is_refused_as_a_whole(body: Any) -> None:
    assert wrong(body) == [("", "type")]


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_places = st.sampled_from(
    ["shop", "number", "ordered_at", "currency", "total", "paid", "cancelled", "customer", "lines"]
)


@settings(max_examples=200, deadline=None)
@given(_places, _anything, st.sampled_from(["sku", "title", "quantity", "price", "amount", "more"]))
def test_any_value_in_any_place_is_an_order_or_a_problem(place: str, value: Any, field: str) -> None:
    line = {"sku": "a", "quantity": 1, field: value}
    for body in (
        sample(**{place: value}),
        sample(lines=[line]),
        sample(customer={"name": value, "x": value}),
    ):
        try:
            read(body)
        except BadPayload as bad:
            assert bad.problems  # noqa: PT017
