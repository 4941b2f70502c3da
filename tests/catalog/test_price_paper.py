"""What the leader sees of a price before deciding: cost and margin beside it, and how similar prices were decided."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from catalog.models import PriceSheet, Sku
from catalog.services.pricing import propose_prices, set_cost
from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.selectors import queue
from office.errors import Invalid
from tests.catalog.asking import agree, ask_price, priced, row
from tests.catalog.shelf import DAY, MINUTE, NOW, category, sku
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("site")


def words(run: Run, who: str) -> str:
    """The page of the request as `who` reads it, without its tags."""
    page = signed_in(who).get(reverse("approvals:run", args=[run.pk]))
    assert page.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.content.decode()))


def similar(run: Run, now: object = NOW + 3 * MINUTE) -> tuple[int, int]:
    lines = queue.waiting(person("chen_manager"), now).lines  # type: ignore[arg-type]
    (found,) = [line.similar for line in lines if line.run.pk == run.pk]
    return found.agreed, found.rejected


def elsewhere() -> Sku:
    """A SKU of another category."""
    made = sku("CH-1")
    type(made.product).objects.filter(pk=made.product_id).update(category=category("餐桌"))
    return Sku.objects.get(pk=made.pk)


@pytest.mark.clause("C11.1")
def test_the_paper_of_a_price_carries_cost_and_margin_before_and_after() -> None:
    made = sku(cost="1800.00")
    priced(made, "2400.00")
    run = ask_price(made, "2500.00", now=NOW + DAY)
    changes = {
        change.field: (change.before, change.after) for change in approvals.kind_of(run.kind).changes(run)
    }
    assert changes["price"] == ("¥2,400.00", "¥2,500.00 (+4.2 %)")
    assert changes["margin"] == ("25.0 %", "28.0 %")
    assert changes["cost"] == ("¥1,800.00", "¥1,800.00")
    page = words(run, "chen_manager")
    for said in ("成本", "¥1,800.00", "毛利率", "25.0 %", "28.0 %"):
        assert said in page, said


@pytest.mark.clause("C11.1")
def test_without_a_cost_no_price_is_asked_for() -> None:
    with pytest.raises(Invalid) as refused:
        ask_price(sku(cost=None), "2500.00")
    assert [(error["path"], error["code"]) for error in refused.value.errors] == [("rows.0.price", "no_cost")]
    assert not Run.objects.exists()


def test_a_cost_that_is_known_is_not_taken_away() -> None:
    made = sku(cost="1800.00")
    with pytest.raises(Invalid) as refused:
        set_cost(sku_id=made.pk, cost=None, by=person("ma_product"), now=NOW)
    assert [(error["path"], error["code"]) for error in refused.value.errors] == [("cost", "required")]
    page = signed_in("ma_product").post(
        reverse("catalog:sku_edit", args=[made.pk]),
        {"spec": "another", "barcode": "", "cost": "", "active": "on"},
    )
    assert page.status_code == 422
    made.refresh_from_db()
    assert (made.cost, made.spec) == (Decimal("1800.00"), "雾灰")


def test_prices_of_one_category_count_as_alike() -> None:
    first, second, other = sku("SF-1"), sku("SF-2"), elsewhere()
    agree(ask_price(first, "2400.00"))
    refused = ask_price(second, "2400.00")
    approvals.reject(run_id=refused.pk, by=person("chen_manager"), now=NOW + MINUTE, reason="贵了")
    assert similar(ask_price(sku("SF-3"), "2400.00")) == (1, 1)
    assert similar(ask_price(other, "2400.00")) == (0, 0)


def test_tables_of_prices_count_as_alike_among_each_other() -> None:
    skus = [sku(f"SF-{number}") for number in range(5)]

    def table(*of: Sku) -> Run:
        lines = [{"n": n, "code": each.code, "price": "2400", "source": "x"} for n, each in enumerate(of, 2)]
        by = person("ma_product")
        sheet = PriceSheet.objects.create(filename="定价.xlsx", lines=lines, by=by, at=NOW)
        return propose_prices(rows=[row(each, "2400.00") for each in of], by=by, now=NOW, sheet=sheet)

    agree(table(*skus[:2]))
    assert similar(table(*skus[2:4])) == (1, 0)
    assert similar(ask_price(skus[4], "2400.00")) == (0, 0)


def test_after_ninety_days_a_case_counts_no_longer() -> None:
    agree(ask_price(sku("SF-1"), "2400.00"))
    run = ask_price(sku("SF-2"), "2400.00")
    assert similar(run, NOW + 89 * DAY) == (1, 0)
    assert similar(run, NOW + 91 * DAY) == (0, 0)
