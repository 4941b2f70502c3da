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


LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**13), st.sampled_from(["", " ", "1", "1.5", "-1", "1e3", "0.00001"]),
    st.sampled_from(["CNY", "cny", "U1D", "ÄÖÜ", "2026-11-23T10:00:00+08:00", "2026-11-23", "x" * 61, "y" * 1001]),
    st.text(max_size=4), st.lists(st.integers(), max_size=2), st.decimals(0, 999, places=3), st.just(Decimal("12.50")),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=1),
)  # fmt: skip


def bent(fields: list[str], right: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The right values with some left out, some put wrong, and some that nobody asked for."""
    return st.builds(
        lambda kept, wrong, more: {
            **{key: value for key, value in right.items() if key in kept},
            **{key: value for key, value in wrong.items() if key in fields},
            **more,
        },
        st.sets(st.sampled_from(fields), min_size=len(fields) - 1),
        st.dictionaries(st.sampled_from(fields), LEAF, max_size=1),
        st.dictionaries(st.sampled_from(["status", "colour", "x"]), LEAF, max_size=1),
    )


LINES = bent(
    ["sku", "title", "quantity", "price", "amount"],
    {"sku": "A-1", "title": " 床 ", "quantity": 2, "price": "64.5", "amount": Decimal("129.00")},
)
CUSTOMERS = st.one_of(
    st.none(), LEAF, bent(["name", "phone", "address"], {"name": " 张伟", "phone": "14000012345", "address": "x"})
)  # fmt: skip
BODIES = st.builds(
    lambda body, lines, customer: {**body, **({"lines": lines} if lines else {}), "customer": customer},
    bent(
        ["shop", "number", "ordered_at", "currency", "total", "paid", "cancelled"],
        {
            "shop": "API01", "number": " SO-1 ", "ordered_at": "2026-11-23T10:00:00+08:00", "currency": "USD",
            "total": "129.00", "paid": 0, "cancelled": False,
        },
    ),
    st.lists(LINES, max_size=3),
    CUSTOMERS,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(BODIES)
def test_what_is_plainly_right_is_read_as_the_models_read_it(body: dict[str, Any]) -> None:
    try:
        found = api_order._plainly_right(body, "CNY", "raw")
    except api_order._NotPlain:
        return
    assert found == api_order._by_the_models(body, "CNY", "raw")
    assert dict(found.facts) == dict(api_order._by_the_models(body, "CNY", "raw").facts)


@pytest.mark.parametrize(
    "changes", [{}, {"status": "paid"}, {"customer": None}, {"total": None, "cancelled": True}], ids=str
)
def test_an_ordinary_order_does_not_need_the_models(changes: dict[str, Any]) -> None:
    body = sample(**changes)
    assert api_order._plainly_right(body, "CNY", "") == api_order._by_the_models(body, "CNY", "")


@pytest.mark.parametrize("body", [None, [], "x", 1, {}, {"shop": "a", "number": "1", "lines": {}}], ids=str)
def test_what_is_no_order_is_left_to_the_models(body: Any) -> None:
    with pytest.raises(api_order._NotPlain):
        api_order._plainly_right(body, "CNY", "")
