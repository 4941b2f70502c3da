"""Turns that seldom come: the second click, the empty request, what somebody else did meanwhile."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Channel, PriceSheet, Sku, UnmatchedGoods
from catalog.services import content, goods, listing, market, pricing, promotions, seasons, sheets, uploads
from catalog.services.listing import ask_listing
from catalog.services.promotions import Offer, ask_plan, ask_promotion, save_promotion
from catalog.services.stock import moving, writing
from catalog.services.stock.orders import match_goods
from catalog.services.turning import turn_promotions
from catalog.services.uploads import Sent
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from tests.catalog.asking import SEEN, agree, ask_price, carry_out, competitor, priced, row
from tests.catalog.shelf import HOUR, MINUTE, NOW, channel, product, sku
from tests.catalog.stock.arrange import received, sold, stock, take_over
from tests.catalog.test_listing import ask as ask_shelf
from tests.catalog.test_listing import ready
from tests.catalog.test_pictures import add, photo
from tests.catalog.test_promotions import BEGIN, END, ask, plan, planned
from tests.catalog.test_seasons import FIRST, LAST
from tests.catalog.test_sheets import HEAD, TODAY, taken
from tests.files.samples import PDF
from tests.people import person

pytestmark = pytest.mark.usefixtures("site")


def returned(run: Run, now: dt.datetime = NOW + MINUTE) -> Run:
    return approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=now, reason="再看一遍")


def paths(refused: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {error["path"] for error in refused.value.errors}


# goods, pictures, texts


def test_what_stays_as_it_is_leaves_no_entry() -> None:
    on, made = channel(), sku()
    of, by = made.product, person("ma_product")
    within = of.category
    before = Entry.objects.count()
    goods.update_channel(channel_id=on.pk, name=on.name, active=True, by=by, now=NOW)
    goods.update_category(category_id=within.pk, name=within.name, active=True, by=by, now=NOW)
    goods.update_product(
        product_id=of.pk, title=of.title, category_id=within.pk, brand=of.brand, by=by, now=NOW
    )
    pricing.set_cost(sku_id=made.pk, cost=made.cost, by=by, now=NOW)
    assert Entry.objects.count() == before


def test_only_what_is_there_twice_is_said_to_be_taken() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        goods._keep(Sku(product=product(), code="SF-1", cost=Decimal(-1)), None, "taken")


def test_a_product_has_so_many_pictures_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_PICTURES", 1)
    made = product()
    add(made.pk, photo())
    with pytest.raises(Conflict) as refused:
        add(made.pk, photo("#112233"))
    assert refused.value.code == "full"


def test_a_paper_about_a_text_says_what_the_text_says() -> None:
    with pytest.raises(Invalid):
        approvals.kind_of(content.KIND).check({"text": 0})


# on sale


def test_a_listing_that_came_back_is_asked_for_again() -> None:
    made, on = ready(), channel()
    run = returned(ask_shelf(made, on))
    run = ask_listing(
        product_id=made.product_id, channel_id=on.pk, sku_ids=[made.pk], by=person("ma_product"),
        now=NOW + HOUR, again=run,
    )  # fmt: skip
    assert (run.state, run.round) == ("running", 2)
    with pytest.raises(Invalid):
        listing.check_rows({"rows": []})


# prices


def test_a_request_for_prices_has_rows_each_once_on_channels_that_are_there() -> None:
    made, by = sku(), person("ma_product")
    nowhere = Channel(pk=987654)
    many = tuple(competitor() for _n in range(pricing.MOST_COMPETITORS + 1))
    asked = [row(made, "2400.00"), row(made, "2400.00"), row(made, "2400.00", on=nowhere, competitors=many)]
    with pytest.raises(Invalid) as refused:
        pricing.propose_prices(rows=asked, by=by, now=NOW)
    assert paths(refused) == {"rows.1.code", "rows.2.channel", "rows.2.competitors"}
    with pytest.raises(Invalid) as refused:
        pricing.propose_prices(rows=[], by=by, now=NOW)
    assert paths(refused) == {"rows"}
    other = sku("SF-9", of=made.product)
    with pytest.raises(Invalid):  # several are a table
        pricing.propose_prices(rows=[row(made, "2400.00"), row(other, "2400.00")], by=by, now=NOW)
    with pytest.raises(Invalid):
        pricing.check_price({"rows": []})


def test_nobody_shows_a_file_that_somebody_else_sent() -> None:
    pdf = uploads.keep_evidence(sent=Sent(PDF, "竞品.pdf"), by=person("tang_writer"), now=NOW)
    assert pdf.mime == "application/pdf"
    shown = dataclasses.replace(competitor(), file_id=pdf.pk)
    with pytest.raises(Forbidden):
        pricing.propose_prices(
            rows=[row(sku(), "2400.00", competitors=(shown,))], by=person("ma_product"), now=NOW
        )


def test_below_cost_is_carried_out_only_where_the_general_manager_agreed() -> None:
    agreed, unseen = sku("SF-1"), sku("SF-2")
    run = agree(ask_price(agreed, "1700.00"), "chen_manager", "zhou_general")
    assert carry_out(run).state == "executed"
    run = agree(ask_price(unseen, "2400.00"))
    run.execution_evidence = SEEN
    Sku.objects.filter(pk=unseen.pk).update(cost=Decimal("2500.00"))
    with pytest.raises(Refused) as refused, transaction.atomic():
        pricing.set_prices(run=run, rows=run.payload["rows"], by=person("lin_editor"), now=NOW + HOUR)
    assert refused.value.code == "chain_differs"


def test_blank_rows_above_the_columns_are_passed_over_and_nothing_else_is_no_table() -> None:
    sheet = taken(f"SF-1,1900.00,竞品店,1950.00,{TODAY}", head=f",,,,\n{HEAD}")
    assert [line["price"] for line in sheet.lines] == ["1900.00"]
    with pytest.raises(Invalid):
        taken(",,,,", head=",,,,")
    assert PriceSheet.objects.count() == 1
    assert sheets.template().startswith(b"PK")


# promotions


def test_a_plan_has_words_and_channels_and_stays_when_nothing_changes() -> None:
    made = plan(channel())
    before = Entry.objects.count()
    same: dict[str, Any] = {
        "title": made.title, "goal": made.goal, "starts_at": made.starts_at, "ends_at": made.ends_at,
        "may_overlap": False, "by": person("he_planner"), "now": NOW,
    }  # fmt: skip
    save_promotion(**same, channel_ids=made.channels, promotion_id=made.pk)
    assert Entry.objects.count() == before
    with pytest.raises(Invalid) as refused:
        save_promotion(**{**same, "goal": "长" * 9000}, channel_ids=[])
    assert paths(refused) == {"goal", "channels"}


def test_a_plan_that_came_back_is_handed_in_again_and_one_that_is_over_is_not() -> None:
    made, by = plan(channel()), person("he_planner")
    run = returned(ask_plan(promotion_id=made.pk, by=by, now=NOW))
    run = ask_plan(promotion_id=made.pk, by=by, now=NOW + HOUR, again=run)
    assert (run.state, run.round) == ("running", 2)
    with pytest.raises(Conflict) as refused:
        ask_plan(promotion_id=plan(channel(), name="另一个").pk, by=by, now=END)
    assert refused.value.code == "over"


def test_prices_of_a_promotion_that_came_back_are_asked_for_again_by_the_same_chain() -> None:
    on, of, by = channel(), sku(), person("ma_product")
    priced(of, "2400.00")
    made = planned(on)
    run = returned(ask(made, of, on))
    with pytest.raises(Conflict) as refused:
        ask_promotion(
            promotion_id=made.pk, offers=[Offer(of.pk, on.pk, "fixed", Decimal(900))], by=by, now=NOW,
            again=run,
        )  # fmt: skip
    assert refused.value.code == "chain_differs"
    again = [Offer(of.pk, on.pk, "percent", Decimal(85))]
    run = ask_promotion(promotion_id=made.pk, offers=again, by=by, now=NOW, again=run)
    assert (run.state, run.round) == ("running", 2)


def test_a_promotion_has_rows_each_once_of_goods_that_are_there() -> None:
    on, of, by = channel(), sku(), person("ma_product")
    priced(of, "2400.00")
    made = planned(on)
    one = Offer(of.pk, on.pk, "percent", Decimal(80))
    for offers, path in (([], "rows"), ([one, one], "rows.1.code")):
        with pytest.raises(Invalid) as refused:
            ask_promotion(promotion_id=made.pk, offers=offers, by=by, now=NOW)
        assert path in paths(refused)
    with pytest.raises(NotFound):
        ask_promotion(promotion_id=made.pk, offers=[dataclasses.replace(one, sku_id=987654)], by=by, now=NOW)


def test_prices_of_a_promotion_that_nobody_carried_out_are_refused_by_the_database() -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    run = agree(ask(planned(on), of, on))
    run.execution_evidence = SEEN
    with pytest.raises(IntegrityError), transaction.atomic():
        promotions.set_promotion_prices(run=run, payload=run.payload, by=person("lin_editor"), now=NOW + HOUR)


def test_prices_that_are_set_late_begin_no_earlier() -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    carry_out(agree(ask(planned(on), of, on)), now=BEGIN + HOUR)
    assert turn_promotions(now=BEGIN + MINUTE) == 0
    assert turn_promotions(now=BEGIN + HOUR) == 1


def test_a_season_that_the_book_does_not_ask_for_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seasons, "SEASON", "catalog.no_such_rule")
    with pytest.raises(Forbidden):
        seasons.add_season(name="冬季", starts_on=FIRST, ends_on=LAST, by=person("ma_product"), now=NOW)


# the market


def test_an_address_that_is_too_long_is_said_at_its_field() -> None:
    sku()
    url = "https://shop.example/" + "x" * 500
    seen = market.SeenPrice(0, "竞品店", Decimal("95.00"), NOW.date(), url)
    with pytest.raises(Invalid) as refused:
        market.note_price(sku_code="SF-2301", seen=seen, by=person("he_planner"), now=NOW)
    assert paths(refused) == {"url"}


# stock


def test_a_line_without_a_code_is_matched_alone() -> None:
    made = received(sku(), 10)
    take_over(sold(("", 2), ("", 3)))
    first, second = UnmatchedGoods.objects.order_by("position")
    match_goods(unmatched_id=first.pk, sku_code="SF-2301", by=person("xu_warehouse"), now=NOW)
    second.refresh_from_db()
    assert (stock(made), second.state) == (8, "waiting")


def test_no_stock_grows_beyond_what_can_be() -> None:
    made = received(sku(), writing.MOST)
    with pytest.raises(Conflict) as refused:
        moving.receive(sku_id=made.pk, pieces=1, reference="PO-2", by=person("xu_warehouse"), now=NOW)
    assert refused.value.code == "too_many"
