"""The figures count every shop; the rows behind them name no order of a shop that is hidden from the reader."""

from __future__ import annotations

import pytest
from guardian.shortcuts import assign_perm

from orders.models import Shop
from tests.orders.figures.test_figures import URL, arrive, at
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
