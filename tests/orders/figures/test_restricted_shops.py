"""The figures neither offer, count nor name what belongs to a shop that is hidden from the reader."""

from __future__ import annotations

import pytest
from guardian.shortcuts import assign_perm

from orders.models import Shop
from orders.selectors import figures
from tests.orders.figures.test_figures import PERIOD, URL, arrive, at
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def test_rows_name_no_order_of_a_restricted_shop_until_it_is_granted() -> None:
    arrive("OPEN-1", at(10))
    arrive("HIDDEN-1", at(10), shop="VIP")
    shop = Shop.objects.get(code="VIP")
    shop.restricted = True
    shop.save(update_fields=["restricted"])
    client, address = signed_in("wang_supervisor"), f"/figures/rows/{URL}&rule=orders.accept&state=late"
    shown = client.get(address).content.decode()
    assert "OPEN-1" in shown
    assert "HIDDEN-1" not in shown
    assign_perm("orders.work_shop", person("wang_supervisor"), shop)
    assert "HIDDEN-1" in client.get(address).content.decode()


def test_neither_the_filter_nor_the_totals_know_of_a_hidden_shop() -> None:
    arrive("OPEN-1", at(10))
    arrive("HIDDEN-1", at(10), shop="VIP")
    shop = Shop.objects.get(code="VIP")
    shop.restricted, shop.name = True, "贵宾专柜"
    shop.save(update_fields=["restricted", "name"])
    client = signed_in("wang_supervisor")

    def content(asked: str = "") -> tuple[int, str, object]:
        answer = client.get(f"/figures/{URL}{asked}")
        context = answer.context or {}
        return answer.status_code, answer.content.decode(), context.get("arrivals")

    status, page, arrivals = content()
    assert status == 200
    assert isinstance(arrivals, list)
    assert sum(arrivals) == 1
    assert "贵宾专柜" not in page
    assert content(f"&shop={shop.pk}")[0] == 422
    assign_perm("orders.work_shop", person("wang_supervisor"), shop)
    _status, page, arrivals = content()
    assert isinstance(arrivals, list)
    assert sum(arrivals) == 2
    assert "贵宾专柜" in page


def test_clocks_of_a_hidden_shop_count_for_nobody() -> None:
    arrive("OPEN-1", at(10))
    arrive("HIDDEN-1", at(10), shop="VIP")
    hidden = (Shop.objects.get(code="VIP").pk,)
    later = at(12)
    all_late = sum(row.late for row in figures.kept_and_late(PERIOD, later))
    seen = sum(row.late for row in figures.kept_and_late(PERIOD, later, figures.Scope(hidden=hidden)))
    assert (all_late, seen) == (2, 1)
