"""On sale and off: by chain, after the checklist, carried out with evidence; at zero by itself, never back so."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Channel, ChannelListing, ListingFact, Product, Sku
from catalog.selectors.checklist import checklist
from catalog.services import content
from catalog.services.listing import ask_delisting, ask_listing
from catalog.services.stock import counting, moving
from catalog.services.stock.counting import Entry as Figure
from catalog.services.uploads import Sent
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.catalog.asking import agree, ask_price, carry_out, priced
from tests.catalog.shelf import HOUR, MINUTE, NOW, channel, sku
from tests.catalog.stock.arrange import counted, counting_of, hand_in, received, stock
from tests.catalog.test_pictures import photo
from tests.people import person


def shown(product: Product) -> None:
    """A picture and a final text."""
    content.add_picture(product_id=product.pk, sent=Sent(photo()), by=person("pan_photo"), now=NOW)
    content.write_text(
        product_id=product.pk, title="布艺沙发", points="", body="可拆洗。", by=person("tang_writer"), now=NOW
    )
    agree(content.ask_text(product_id=product.pk, by=person("tang_writer"), now=NOW))


def ready(pieces: int = 3) -> Sku:
    """Everything that the checklist asks for."""
    made = sku()
    shown(made.product)
    priced(made, "2400.00")
    return counted(received(made, pieces))


def ask(of: Sku, on: Channel, who: str = "ma_product") -> Run:
    return ask_listing(product_id=of.product_id, channel_id=on.pk, sku_ids=[of.pk], by=person(who), now=NOW)


def ask_off(of: Sku, on: Channel, who: str = "ma_product", reason: str = "质量投诉") -> Run:
    return ask_delisting(
        product_id=of.product_id, channel_id=on.pk, sku_ids=[of.pk], reason=reason, by=person(who), now=NOW
    )


def on_sale(of: Sku, on: Channel) -> bool:
    return ChannelListing.objects.filter(sku=of, channel=on, listed=True).exists()


def listed(on: Channel, pieces: int = 3) -> Sku:
    made = ready(pieces)
    carry_out(agree(ask(made, on)))
    return made


@pytest.mark.clause("C11.2a")
def test_goods_go_on_sale_by_chain_and_executor(site: None) -> None:
    on, made = channel(), ready()
    run = ask(made, on)
    assert (run.clause, run.executor) == ("C11.2a", "site_editor")
    agree(run)
    assert not on_sale(made, on)
    with pytest.raises(Invalid):
        carry_out(run, evidence="")
    carry_out(run)
    fact = ListingFact.objects.get()
    assert (fact.listed, fact.run_id, fact.authority_clause) == (True, run.pk, "")
    assert on_sale(made, on)
    assert Entry.objects.get(verb="catalog.list").clause == "C11.2a"


def listed_in_mall(on: Channel, who: str) -> Sku:
    """On sale in the mall, as `who` proposed."""
    made = sku()
    content.add_picture(product_id=made.product_id, sent=Sent(photo()), by=person("pan_photo"), now=NOW)
    content.write_text(
        product_id=made.product_id,
        title="布艺沙发",
        points="",
        body="可拆洗。",
        by=person("tang_writer"),
        now=NOW,
    )
    agree(content.ask_text(product_id=made.product_id, by=person("tang_writer"), now=NOW), "he_planner")
    run = agree(ask_price(made, "2400.00", who="he_planner"), "deng_marketing", now=NOW)
    carry_out(run, "gao_section", now=NOW)
    counted(received(made, 3))
    run = agree(ask(made, on, who), "deng_marketing")
    carry_out(run, "gao_section")
    return made


@pytest.mark.clause("M9.2")
@pytest.mark.parametrize("who", ["he_planner", "gao_section"])
def test_in_the_mall_planner_and_section_officer_propose(mall: None, who: str) -> None:
    on = channel()
    made = listed_in_mall(on, who)
    assert on_sale(made, on)
    off = ask_off(made, on, "gao_section")
    with pytest.raises(Forbidden):
        agree(off, "deng_marketing")
    carry_out(agree(off, "chen_manager"), "gao_section")
    assert not on_sale(made, on)


def test_nobody_else_proposes_a_listing(site: None) -> None:
    on, made = channel(), ready()
    for who in ("he_planner", "lin_editor", "zhao_operations", "chen_manager"):
        with pytest.raises(Forbidden):
            ask(made, on, who)


@pytest.mark.clause("C11.2a")
def test_the_checklist_says_what_is_missing_and_where(site: None) -> None:
    on, made = channel(), sku()
    items = {item.key: item for item in checklist(made.product, on, [made], NOW)}
    assert list(items) == ["pictures", "text", "price", "stock"]
    assert all(item.missing == ("SF-2301",) and item.url.startswith("/catalog/") for item in items.values())
    with pytest.raises(Invalid) as refused:
        ask(made, on)
    assert [error["path"] for error in refused.value.errors] == ["pictures", "text", "price", "stock"]


@pytest.mark.clause("C11.2a")
@pytest.mark.clause("J6")
def test_goods_that_nobody_counted_since_they_came_in_are_not_listed(site: None) -> None:
    on, made = channel(), sku()
    shown(made.product)
    priced(made, "2400.00")
    received(made, 3)
    for come_in in (NOW, NOW + HOUR):
        with pytest.raises(Invalid) as refused:
            ask(made, on)
        assert [error["path"] for error in refused.value.errors] == ["stock"], come_in
        begun = counting_of(made, now=come_in)
        counting.enter_counts(
            count_id=begun.pk, entries=[Figure(made.pk, stock(made))], by=person("xu_warehouse"), now=come_in
        )
        assert not checklist(made.product, on, [made], come_in)[-1].ok  # entered, and not handed in
        hand_in(begun, now=come_in)
        assert checklist(made.product, on, [made], come_in)[-1].ok
        received(made, 2, now=come_in + MINUTE)


@pytest.mark.parametrize("spoil", ["stock", "picture"])
def test_what_went_missing_meanwhile_stops_the_listing(site: None, spoil: str) -> None:
    on, made = channel(), ready(1)
    run = agree(ask(made, on))
    if spoil == "stock":
        moving.clear_stock(
            sku_id=made.pk,
            pieces=1,
            reason="buy_out",
            reference="合同 7",
            by=person("zhao_operations"),
            now=NOW,
        )
        with pytest.raises(Invalid) as refused:
            carry_out(run)
        assert refused.value.code == "incomplete"
        assert Run.objects.get(pk=run.pk).state == "agreed"
    else:
        row = made.product.pictures.get()
        content.remove_picture(product_id=made.product_id, picture_id=row.pk, by=person("pan_photo"), now=NOW)
        assert Run.objects.get(pk=run.pk).state == "voided"
    assert not on_sale(made, on)


@pytest.mark.clause("C11.2b")
def test_at_zero_goods_leave_every_channel_at_once_by_themselves(site: None) -> None:
    on, other = channel(), channel("TM01", "天猫旗舰店")
    made = ready(2)
    for shelf in (on, other):
        carry_out(agree(ask(made, shelf)))
    clear: dict[str, Any] = {
        "sku_id": made.pk,
        "reason": "buy_out",
        "reference": "合同 7",
        "by": person("zhao_operations"),
    }
    moving.clear_stock(**clear, pieces=1, now=NOW + HOUR)
    assert on_sale(made, on)
    moving.clear_stock(**clear, pieces=1, now=NOW + 2 * HOUR)
    assert not on_sale(made, on)
    assert not on_sale(made, other)
    facts = ListingFact.objects.filter(listed=False)
    assert {(fact.run_id, fact.authority_clause, fact.at) for fact in facts} == {
        (None, "C11.2b", NOW + 2 * HOUR)
    }
    assert Entry.objects.filter(verb="catalog.delist_at_zero", clause="C11.2b").count() == 2
    told = Notice.objects.filter(kind="catalog.delisted_at_zero").values_list("recipient__name", flat=True)
    assert set(told) == {"马产品", "林编辑"}


@pytest.mark.clause("C11.2b")
def test_stock_that_comes_back_lists_nothing_by_itself(site: None) -> None:
    on, made = channel(), listed(channel(), 1)
    moving.clear_stock(
        sku_id=made.pk,
        pieces=1,
        reason="buy_out",
        reference="合同 7",
        by=person("zhao_operations"),
        now=NOW + HOUR,
    )
    counted(received(made, 9, now=NOW + 2 * HOUR), now=NOW + 2 * HOUR)
    assert not on_sale(made, on)
    again = agree(ask(made, on), now=NOW + 2 * HOUR)
    carry_out(again, now=NOW + 3 * HOUR)
    assert on_sale(made, on)


@pytest.mark.clause("C11.2c")
@pytest.mark.parametrize("who", ["ma_product", "zhao_operations"])
def test_goods_with_stock_leave_by_chain_with_a_reason(site: None, who: str) -> None:
    on = channel()
    made = listed(on)
    run = ask_off(made, on, who)
    assert (run.clause, run.executor) == ("C11.2c", "site_editor")
    with pytest.raises(Forbidden):
        carry_out(agree(run), "zhou_general")
    carry_out(run, now=NOW + 3 * MINUTE)
    assert not on_sale(made, on)


def test_a_delisting_needs_a_reason_and_something_on_sale(site: None) -> None:
    on, made = channel(), ready()
    with pytest.raises(Conflict):
        ask_off(made, on)
    with pytest.raises(Invalid):
        ask_off(made, on, reason=" ")


def test_goods_that_left_by_themselves_void_the_request_to_take_them_off(site: None) -> None:
    on = channel()
    made = listed(on, 1)
    run = agree(ask_off(made, on))
    moving.clear_stock(
        sku_id=made.pk,
        pieces=1,
        reason="buy_out",
        reference="合同 7",
        by=person("zhao_operations"),
        now=NOW + HOUR,
    )
    with pytest.raises(approvals.SubjectChanged):
        carry_out(run, now=NOW + 2 * HOUR)
    assert Run.objects.get(pk=run.pk).changed_fields == ["SF-2301 on sale"]


def test_what_is_not_there_is_not_listed(site: None) -> None:
    on, made = channel(), sku()
    for product_id, channel_id in ((made.product_id + 1, on.pk), (made.product_id, on.pk + 1)):
        with pytest.raises(NotFound):
            ask_listing(
                product_id=product_id,
                channel_id=channel_id,
                sku_ids=[made.pk],
                by=person("ma_product"),
                now=NOW,
            )


def test_what_is_listed_or_of_another_product_is_refused(site: None) -> None:
    on = channel()
    made = listed(on)
    with pytest.raises(Conflict):
        ask(made, on)
    with pytest.raises(Invalid):
        ask_listing(
            product_id=made.product_id, channel_id=on.pk, sku_ids=[], by=person("ma_product"), now=NOW
        )


@pytest.mark.clause("C11.2a")
def test_the_database_refuses_a_listing_that_nobody_agreed_to(site: None) -> None:
    on, made = channel(), ready()
    run = ask(made, on)
    facts: dict[str, Any] = {"sku": made, "channel": on, "listed": True, "at": NOW}
    for named in ({"run": run}, {}, {"authority_clause": "C11.2b"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ListingFact.objects.create(**facts, **named)
    run = agree(run)
    for change in ({"channel": channel("TM01", "天猫旗舰店")}, {"listed": False}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ListingFact.objects.create(**{**facts, "run": run, **change})
