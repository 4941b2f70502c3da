"""An act on an order that one may not see answers 404, whatever the act: nothing tells that it exists."""

from __future__ import annotations

import pytest
from django.urls import reverse

from orders.models import Shop
from orders.views.order import DOORS
from tests.orders.desk.arrange import accepted, handed_over, on_duty, order
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db

FIELDS: dict[str, dict[str, object]] = {
    "contact": {"channel": "phone", "outcome": "reached", "confirmed": ["goods"]},
    "invalid": {"reason": "other", "note": "x"},
    "cancel": {"reason": "other", "note": "x"},
    "replace": {"number": "x"},
    "after-sales": {"what": "other", "note": "x"},
    "reassign": {"reason": "other", "note": "x"},
    "note": {"text": "x"},
    "unmask": {"reason": "complaint"},
}


def answer(who: str, order_id: int, act: str) -> int:
    fields = dict(FIELDS.get(act, {}))
    if act == "reassign":
        fields["to"] = person("han_meimei").pk
    return signed_in(who).post(reverse("orders:act", args=[order_id, act]), fields).status_code


@pytest.mark.parametrize("act", sorted(set(DOORS) - {"accept"}))
def test_another_agent_s_order_is_no_order_for_any_act(act: str) -> None:
    held = accepted(on_duty("li_lei"))
    assert answer("han_meimei", held.pk, act) == 404
    assert answer("han_meimei", 987654, act) == 404


@pytest.mark.parametrize("act", sorted(DOORS))
def test_an_order_of_a_hidden_shop_is_none_for_a_supervisor(act: str) -> None:
    hidden = order()
    Shop.objects.filter(pk=hidden.shop_id).update(restricted=True)
    on_duty("wang_supervisor")
    assert answer("wang_supervisor", hidden.pk, act) == 404


def test_who_takes_no_orders_does_not_learn_that_somebody_was_faster() -> None:
    held = accepted(on_duty("li_lei"))
    assert answer("zhao_operations", held.pk, "accept") == 404
    assert answer("han_meimei", held.pk, "accept") == 409


def test_what_one_sees_and_may_not_do_is_still_refused_as_such() -> None:
    taken = handed_over(on_duty("li_lei"))
    assert answer("wang_supervisor", taken.pk, "take") == 403
