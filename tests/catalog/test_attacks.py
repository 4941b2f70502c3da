"""What somebody tries who may write to the database, or who changes things between the agreement and its execution."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model

from catalog.models import ChannelListing, ListingFact, Price, PromotionPrice, Sku
from catalog.services import goods, sheets
from catalog.services.pricing import set_cost
from catalog.services.promotions import Offer, ask_promotion
from office.approvals.models import Run
from office.errors import Conflict, Invalid, Refused
from tests.catalog.asking import agree, ask_price, carry_out, priced
from tests.catalog.shelf import MINUTE, NOW, channel, sku
from tests.catalog.test_listing import ask, listed, on_sale, ready
from tests.catalog.test_promotions import planned
from tests.people import person

AGREED = NOW + MINUTE


def by_hand(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert(row: Model) -> None:
    """As somebody with the application's password would, around the verbs."""
    with transaction.atomic():
        type(row).objects.bulk_create([row])  # type: ignore[attr-defined]


@pytest.mark.clause("C11.1", "C11.2a")
def test_what_is_only_agreed_to_is_no_price_and_no_listing(site: None) -> None:
    made, on = ready(), channel()
    price = agree(ask_price(made, "2300.00"))
    with pytest.raises(IntegrityError, match="carried out"):
        insert(
            Price(sku=made, amount=Decimal("2300.00"), wanted_at=NOW, starts_at=AGREED, at=AGREED, run=price)
        )
    listing = agree(ask(made, on))
    with pytest.raises(IntegrityError, match="carried out"):
        insert(ListingFact(sku=made, channel=on, listed=True, at=AGREED, run=listing))
    carry_out(price)
    carry_out(listing)
    assert on_sale(made, on)


@pytest.mark.clause("C11.2a")
def test_a_listing_is_not_deleted_nor_begun_anew_without_its_fact(site: None) -> None:
    on = channel()
    made = listed(on)
    standing = ChannelListing.objects.get(sku=made, channel=on)
    other = sku("SF-9")
    for statement, values in (
        ("DELETE FROM catalog_channellisting WHERE id = %s", [standing.pk]),
        ("UPDATE catalog_channellisting SET listed = false WHERE id = %s", [standing.pk]),
        ("UPDATE catalog_channellisting SET sku_id = %s WHERE id = %s", [other.pk, standing.pk]),
        ("TRUNCATE catalog_channellisting", []),
    ):
        with pytest.raises(DatabaseError):
            by_hand(statement, *values)
    assert on_sale(made, on)


@pytest.mark.clause("C11.2a")
@pytest.mark.parametrize("what", ["sku", "channel"])
def test_nothing_goes_on_sale_that_went_out_of_use_meanwhile(site: None, what: str) -> None:
    made, on = ready(), channel()
    run = agree(ask(made, on))
    if what == "sku":
        goods.update_sku(
            sku_id=made.pk, spec=made.spec, barcode="", active=False, by=person("ma_product"), now=AGREED
        )
    else:
        goods.update_channel(
            channel_id=on.pk, name=on.name, active=False, by=person("ma_product"), now=AGREED
        )
    with pytest.raises(Conflict) as refused:
        carry_out(run)
    assert refused.value.code == "inactive"
    assert not on_sale(made, on)


@pytest.mark.clause("C11.1", "C11.2a")
def test_other_goods_under_the_same_style_number_void_what_was_agreed_to(site: None) -> None:
    made, on = ready(), channel()
    runs = [agree(ask_price(made, "2300.00")), agree(ask(made, on))]
    goods.update_sku(
        sku_id=made.pk, spec="仿皮", barcode="", active=True, by=person("ma_product"), now=AGREED
    )
    for run in runs:
        with pytest.raises(Refused) as refused:
            carry_out(run)
        run.refresh_from_db()
        assert (run.state, refused.value.code) == ("voided", "moved_on")


def table_run(code: str) -> tuple[Sku, Run]:
    """A table with the style number written so, asked for."""
    made = sku("2301", cost="1000.00")
    priced(made, "2000.00")
    today = f"{NOW:%Y-%m-%d}"
    text = f"款号,新价,竞品来源,竞品价格,采集日期\n{code},1900.00,竞品店,1950.00,{today}\n"
    by = person("ma_product")
    sheet = sheets.take_sheet(name="价格.csv", content=text.encode(), by=by, now=NOW)
    return made, sheets.ask_sheet(sheet_id=sheet.pk, by=by, now=NOW)


@pytest.mark.clause("C11.1")
@pytest.mark.parametrize("code", ["2301", "'2301", '"=""2301"""', " 2301 "])
def test_a_cost_that_rises_voids_a_table_however_it_writes_the_style_number(site: None, code: str) -> None:
    made, run = table_run(code)
    agree(run)
    set_cost(sku_id=made.pk, cost=Decimal("1950.00"), by=person("ma_product"), now=AGREED)
    run.refresh_from_db()
    assert run.state == "voided"
    assert not Price.objects.filter(sku=made, amount=Decimal("1900.00")).exists()


@pytest.mark.clause("C11.1")
def test_below_cost_by_now_is_refused_even_where_the_cost_changed_behind_the_verbs(site: None) -> None:
    made = sku()
    run = agree(ask_price(made, "2300.00"))
    Sku.objects.filter(pk=made.pk).update(cost=Decimal("2400.00"))
    with pytest.raises(Refused):
        carry_out(run)
    assert not Price.objects.filter(sku=made).exists()


@pytest.mark.parametrize(
    "value",
    ["NaN", "sNaN", "Infinity", "-Infinity", "-1", "0", "1E+999", "1E+30", "1E-9", "99999999999999999999"],
)
def test_no_number_is_too_strange_to_be_refused(site: None, value: str) -> None:
    made, on = sku(), channel()
    priced(made, "2400.00")
    with pytest.raises(Invalid):
        ask_price(made, value)
    promotion = planned(on)
    for rule in ("fixed", "percent"):
        with pytest.raises(Invalid):
            ask_promotion(
                promotion_id=promotion.pk,
                offers=[Offer(made.pk, on.pk, rule, Decimal(value))],
                by=person("he_planner"),
                now=NOW,
            )
    with pytest.raises(Invalid):
        set_cost(sku_id=made.pk, cost=Decimal(value), by=person("ma_product"), now=NOW)
    assert not PromotionPrice.objects.exists()
