"""A third person looks at what was carried out: the planner at section officers' changes (J3), and who else the book
names at prices below cost."""

from __future__ import annotations

import pytest

from catalog.models import ListingFact
from catalog.services.promotions import ask_plan
from office.approvals import api as approvals
from office.approvals.models import Run
from office.approvals.selectors import queue
from office.errors import Forbidden
from tests.catalog import test_listing as goods
from tests.catalog import test_promotions as promotions
from tests.catalog.asking import agree, ask_price, carry_out
from tests.catalog.shelf import HOUR, NOW, channel, sku
from tests.people import person, signed_in


def delisted() -> Run:
    """A section officer of the mall has taken goods off sale, as the department head agreed."""
    on = channel()
    off = goods.ask_off(goods.listed_in_mall(on, "gao_section"), on, "gao_section")
    return carry_out(agree(off, "chen_manager"), "gao_section")


@pytest.mark.clause("J3")
def test_the_planner_of_the_mall_looks_at_what_the_section_officer_took_off_sale(mall: None) -> None:
    run = delisted()
    assert run.clause == "M9.2"
    assert (run.state, run.check_state, run.check_by) == ("executed", "waiting", ["planner"])
    assert not ListingFact.objects.latest("pk").listed  # what was agreed holds; the check comes after
    assert [each.run.pk for each in queue.waiting(person("he_planner"), NOW).lines] == [run.pk]
    for who in ("gao_section", "chen_manager"):
        with pytest.raises(Forbidden):
            approvals.check_execution(run_id=run.pk, ok=True, by=person(who), now=NOW + HOUR)
    approvals.check_execution(run_id=run.pk, ok=True, by=person("he_planner"), now=NOW + HOUR)
    assert Run.objects.get(pk=run.pk).check_state == "passed"
    assert not queue.waiting(person("he_planner"), NOW + HOUR).lines


@pytest.mark.clause("J3", "M9.3")
def test_the_planner_looks_at_the_prices_of_a_promotion(mall: None) -> None:
    on, of = channel(), sku()
    promotions.ask_price_in_mall(of)
    made = promotions.plan(on)
    agree(ask_plan(promotion_id=made.pk, by=person("he_planner"), now=NOW), "deng_marketing")
    run = agree(promotions.ask(made, of, on, who="gao_section"), "deng_marketing")
    assert promotions.carry_out(run, "gao_section").check_by == ["planner"]


@pytest.mark.clause("C11.1")
def test_a_price_below_cost_is_checked_by_a_third_person_on_the_site(site: None) -> None:
    of = sku(cost="1800.00")
    run = agree(ask_price(of, "1500.00"), "chen_manager", "zhou_general")
    assert run.chain == "catalog.price_unusual"
    run = carry_out(run)
    page = signed_in("zhao_operations").get(f"/approvals/{run.pk}/")
    assert page.status_code == 200
    assert b'id="check"' in page.content
    approvals.check_execution(
        run_id=run.pk, ok=False, by=person("zhao_operations"), now=NOW + HOUR, comment="前台仍是旧价"
    )
    assert Run.objects.get(pk=run.pk).check_state == "failed"
    assert (
        '<q class="said">前台仍是旧价</q>'
        in signed_in("ma_product").get(f"/approvals/{run.pk}/").content.decode()
    )


def test_an_ordinary_price_needs_no_third_person(site: None) -> None:
    run = carry_out(agree(ask_price(sku(), "2400.00")))
    assert (run.check_by, run.check_state) == ([], "")
