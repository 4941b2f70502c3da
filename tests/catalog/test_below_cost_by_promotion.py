"""Below cost needs the general manager, whichever way it comes about: price first or promotion first."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.models import PromotionPrice, Sku
from catalog.services.pricing import set_cost
from office.approvals import api as approvals
from office.errors import Refused
from office.notices.models import Notice
from tests.catalog.asking import agree, ask_price, priced
from tests.catalog.asking import carry_out as price_carried_out
from tests.catalog.shelf import DAY, HOUR, NOW, channel, sku
from tests.catalog.test_promotions import BEGIN, END, ask, carry_out, planned, price_of
from tests.people import person

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.clause("C11.1", "C11.3")]


def test_a_price_that_an_agreed_promotion_takes_below_cost() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    carry_out(agree(ask(planned(on), made, on)))
    run = ask_price(made, "2200.00", now=NOW + 2 * HOUR)
    assert (run.chain, run.flags) == ("catalog.price_unusual", ["below_cost"])
    said = {change.field: str(change.after) for change in approvals.kind_of(run.kind).changes(run)}
    assert "双十二" in said["reasons"]
    assert "¥1,760.00" in said["reasons"]


def test_a_price_from_after_the_promotion_is_not_touched_by_it() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    carry_out(agree(ask(planned(on), made, on)))
    assert ask_price(made, "2200.00", at=END, now=NOW + 2 * HOUR).flags == []


def test_a_price_that_is_over_before_the_promotion_begins_is_not_either() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    price_carried_out(agree(ask_price(made, "2500.00", at=BEGIN)))
    carry_out(agree(ask(planned(on), made, on)))
    assert ask_price(made, "2200.00", at=BEGIN - HOUR, now=NOW + 2 * HOUR).flags == []


def test_a_promotion_is_measured_by_the_price_that_holds_in_its_time() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    price_carried_out(agree(ask_price(made, "1920.00", at=BEGIN - HOUR)))
    run = ask(planned(on), made, on)
    assert (run.chain, run.flags) == ("catalog.promotion_unusual", ["below_cost"])
    assert (run.payload["rows"][0]["before"], run.payload["rows"][0]["price"]) == ("1920.00", "1536.00")


def test_and_by_one_that_begins_in_the_midst_of_it() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    price_carried_out(agree(ask_price(made, "2000.00", at=END - HOUR)))
    run = ask(planned(on), made, on)
    assert run.flags == ["below_cost"]
    said = {change.field: change.before for change in approvals.kind_of(run.kind).changes(run)}
    assert "¥2,000.00" in str(said["turns"])


def test_a_price_written_meanwhile_keeps_the_promotion_from_being_carried_out() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    run = agree(ask(planned(on), made, on))
    price_carried_out(agree(ask_price(made, "2000.00", at=BEGIN + HOUR)))
    with pytest.raises(Refused) as refused:
        carry_out(run)
    assert refused.value.code == "chain_differs"
    for word in ("SF-2301", "官网商城", "双十二", "¥1,600.00"):
        assert word in str(refused.value), word
    assert not PromotionPrice.objects.exists()


def test_a_promotion_written_meanwhile_keeps_the_price_from_being_carried_out() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    run = agree(ask_price(made, "2200.00", at=NOW + 2 * DAY))
    carry_out(agree(ask(planned(on), made, on)))
    with pytest.raises(Refused) as refused:
        price_carried_out(run, now=NOW + 2 * HOUR)
    assert "双十二" in str(refused.value)
    assert price_of(made, on, BEGIN + 36 * HOUR) == Decimal("1920.00")


def told_of_cost(made: Sku, cost: str) -> list[int]:
    """How many prices and promotions each notice to the leader named, the latest last."""
    set_cost(sku_id=made.pk, cost=Decimal(cost), by=person("ma_product"), now=NOW + 3 * HOUR)
    rows = Notice.objects.filter(kind="catalog.below_cost_now", recipient=person("chen_manager")).order_by(
        "pk"
    )
    return [row.params["count"] for row in rows]


def test_a_cost_that_rises_above_what_was_agreed_is_told() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    carry_out(agree(ask(planned(on), made, on)))
    assert told_of_cost(made, "1900.00") == []
    assert told_of_cost(made, "1950.00") == [1]  # the promotion, at 1920
    assert told_of_cost(made, "2500.00") == [1, 2]  # and the price itself
    assert told_of_cost(made, "2450.00") == [1, 2]  # it falls: nothing new
    assert Notice.objects.filter(kind="catalog.below_cost_now", recipient=person("ma_product")).count() == 2


def test_a_promotion_at_a_fixed_price_and_one_that_is_over_count_as_they_are() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    carry_out(agree(ask(planned(on), made, on, "fixed", "2000.00")))
    assert told_of_cost(made, "2100.00") == [1]
    set_cost(sku_id=made.pk, cost=Decimal("2200.00"), by=person("ma_product"), now=END + HOUR)
    assert Notice.objects.filter(kind="catalog.below_cost_now").values("params").distinct().count() == 1
