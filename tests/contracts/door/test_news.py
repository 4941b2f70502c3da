"""A supplier hears of its money: paid, claimed, taken back; by message where a way leads to it, once, with the paper
named and no account of a bank; the page behind the link says the same, and to nobody else."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from contracts.models import DoorEnd, DoorLetter, DoorLink, DoorNews, Payment, PurchaseOrder, SetOff
from contracts.selectors import door as selectors
from contracts.selectors import door_money
from contracts.services import credit_notes, losses, payables, payments, setoffs
from contracts.services.complaints import deciding
from contracts.services.door import letters, links, news, untold
from contracts.services.losses import Loss
from office import crypto
from office.notices.models import Notice
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.money.stage import MINUTE, NOW, TODAY, D
from tests.notices.receiver import listening
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
BUYER, MANAGER = "luo_buyer", "chen_manager"


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(NOW + dt.timedelta(hours=1), tick=True):
        yield


def _switched_on() -> None:
    crossing.sms()


def _loss(order: PurchaseOrder, amount: str = "300.00") -> SetOff:
    losses.claim_loss(
        order_id=order.pk, clause="P3.4", text="内部备注：找何总谈过", losses=[Loss("direct", "客户退款", D(amount))],
        by=person(BUYER), now=NOW,
    )  # fmt: skip
    found: SetOff = SetOff.objects.filter(paper_type="loss_claim", order=order).latest("pk")
    return found


def _page(order: PurchaseOrder) -> str:
    visitor = crossing.inside(crossing.send(stage.contact(order.supplier), "order", order.pk))
    return str(visitor.client.get(visitor.at("order", order.pk)).content.decode())


@pytest.mark.clause("P2.2")
def test_goods_that_are_paid_are_told_by_message_with_the_order_and_no_account() -> None:
    order = stage.order()
    owed = stage.deposit(order)
    payment = stage.agreed(owed)
    with listening() as gateway:
        crossing.sms(gateway.url)
        assert not DoorNews.objects.exists()  # agreed is not gone
        stage.pay(payment, "BANK-6222020200112233")
        letters.send_waiting(now=crossing.now())
    [sent] = gateway.requests
    text = sent.json["data"]["text"]
    assert sent.json["data"]["phone"] == stage.contact(order.supplier).phone
    assert order.number in text
    assert f"¥{owed.amount:,.2f}" in text
    assert "已付" in text
    assert "6222020200112233" not in text
    account = payment.bank_details
    assert account is not None
    assert account.account not in text
    told = DoorNews.objects.get()
    assert told.letter is not None
    assert (told.kind, told.payment, told.letter.state, told.letter.sealed) == ("paid", payment, "sent", None)
    # The link in it opens this order, behind a code, and is on record like any other.
    token = re.search(r"/supplier/([A-Za-z0-9_-]{43})/", text)
    assert token
    link = selectors.find(token[1])
    assert link is not None
    assert (link.purpose, link.paper_id, link.contact) == ("order", order.pk, stage.contact(order.supplier))
    page = signed_in(BUYER).get(f"/contracts/payments/{payment.pk}/").content.decode()
    assert "已告知供应商" in page
    assert "短信" in page


@pytest.mark.clause("P2.2")
def test_it_is_told_once_however_often_it_is_said() -> None:
    _switched_on()
    payment = stage.agreed(stage.deposit(stage.order()))
    stage.pay(payment)
    again = Payment.objects.get(pk=payment.pk)
    assert news.paid(payment=again, by=None, now=NOW, clause="P2.2") == []
    told = DoorNews.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        DoorNews.objects.create(contact=told.contact, kind="paid", payment=payment, at=NOW)
    assert DoorLetter.objects.filter(kind="news").count() == 1
    claim = _loss(PurchaseOrder.objects.get())
    assert news.claimed(claim=claim, by=None, now=NOW, clause="P3.4") is None
    assert DoorNews.objects.filter(kind="claimed").count() == 1


@pytest.mark.clause("P2.2")
def test_claims_that_cover_all_of_it_are_told_without_a_voucher() -> None:
    order = stage.order()
    owed = stage.deposit(order)
    claim = _loss(order, str(owed.amount))
    _switched_on()
    payment = stage.agreed(owed, claims=[claim])
    assert payment.total == 0
    told = DoorNews.objects.get(kind="paid")
    assert told.payment == payment
    text = " ".join(_texts())
    assert "抵扣" in text
    assert f"¥{owed.amount:,.2f}" in text


@pytest.mark.clause("P3.4")
def test_a_claim_and_its_taking_back_are_told_with_their_paper_and_not_in_our_words() -> None:
    order = stage.order()
    _switched_on()
    claim = _loss(order)
    [text] = _texts()
    assert claim.paper_label in text
    assert "¥300.00" in text
    assert "内部备注" not in text
    page = _page(order)
    assert "付款与扣款" in page
    assert "−¥300.00" in page
    setoffs.take_back(set_off_id=claim.pk, reason="检测有误", by=person(MANAGER), now=NOW + MINUTE)
    assert set(DoorNews.objects.values_list("kind", flat=True)) == {"claimed", "back"}
    assert "撤回" in _texts()[-1]
    assert "检测有误" not in _texts()[-1]


@pytest.mark.clause("P5")
def test_what_a_complaint_costs_is_told_with_the_complaint() -> None:
    theirs = world.contact(world.supplier())
    complaint = stories.decided()
    _switched_on()
    stories.answer(complaint)
    deciding.customer_says(
        complaint_id=complaint.pk, accepted=True, text="满意", by=person("li_lei"), now=NOW
    )
    [text] = _texts()
    assert complaint.number in text
    assert "¥300.00" in text
    link = DoorLink.objects.get(contact=theirs)
    assert (link.purpose, link.paper_id) == ("complaint", complaint.pk)
    visitor = crossing.inside(crossing.send(theirs, "complaint", complaint.pk))
    page = visitor.client.get(visitor.at("complaint", complaint.pk)).content.decode()
    assert "−¥300.00" in page


def test_an_unused_deposit_and_the_suppliers_own_credit_note_are_no_news() -> None:
    order = stage.order()
    stage.pay(stage.agreed(stage.deposit(order)), invoices="")
    payables.order_cancelled(order=order, by=None, now=NOW + 3 * MINUTE, clause="P1.5")
    assert SetOff.objects.get().kind == "advance"
    note = credit_notes.Note("CN-1", TODAY, D("5.00"), "", text="少发两件")
    credit_notes.record(supplier_id=order.supplier_id, note=note, by=person(BUYER), now=NOW)
    assert not DoorNews.objects.exclude(kind="paid").exists()


@pytest.mark.clause("P2.2")
def test_several_orders_are_one_message_and_its_link_opens_no_more_than_was_opened_before() -> None:
    first, second = stage.order(), stage.order()
    theirs = stage.contact(first.supplier)
    _switched_on()
    stage.pay(stage.agreed(stage.deposit(first), stage.deposit(second)))
    [text] = _texts()
    assert first.number in text
    assert second.number in text
    link = DoorLink.objects.get(contact=theirs)
    assert (link.purpose, link.paper_id) == ("order", first.pk)
    crossing.send(theirs)  # a buyer opens all papers to him
    third, fourth = stage.order(), stage.order()
    stage.pay(stage.agreed(stage.deposit(third), stage.deposit(fourth)), "PZ-2")
    assert DoorLink.objects.latest("pk").purpose == "papers"
    page = crossing.inside(crossing.send(theirs))
    shown = page.client.get(page.at("papers")).content.decode()
    assert "最近付款" in shown
    assert third.number in shown


@pytest.mark.clause("P2.2")
def test_a_message_leaves_whoever_is_inside_there_and_takes_no_turn_of_his() -> None:
    order = stage.order()
    theirs = stage.contact(order.supplier)
    visitor = crossing.inside(crossing.send(theirs, "order", order.pk))
    _switched_on()
    for _n in range(4):
        links.link_of_news(
            contact=theirs,
            purpose="order",
            paper_id=order.pk,
            way="sms",
            by=None,
            now=crossing.now(),
            clause="P2.2",
        )
    assert visitor.client.get(visitor.at("order", order.pk)).status_code == 200
    assert not DoorEnd.objects.exists()
    with time_machine.travel(NOW + dt.timedelta(days=31)):
        links.renew(link=visitor.link, way="sms", now=crossing.now())


@pytest.mark.clause("P2.2")
def test_where_no_way_leads_to_the_supplier_our_own_people_are_asked() -> None:
    order = stage.order()
    payment = stage.agreed(stage.deposit(order))
    stage.pay(payment)  # the buyer himself, who sees it on the page
    told = DoorNews.objects.get()
    assert told.letter is None
    assert not Notice.objects.filter(kind=untold.UNTOLD).exists()
    assert "请打电话告知" in signed_in(BUYER).get(f"/contracts/payments/{payment.pk}/").content.decode()
    claim = stage.claim(order.supplier, "8.00", by=MANAGER)
    asked = Notice.objects.filter(kind=untold.UNTOLD, recipient=person(BUYER))
    assert asked.get().subject_id == str(claim.pk)
    assert not Notice.objects.filter(kind=untold.UNTOLD, recipient=person(MANAGER)).exists()


@pytest.mark.clause("P2.2")
def test_news_go_on_through_a_gateways_bad_hours_and_when_given_up_our_people_are_asked() -> None:
    with listening() as gateway:
        gateway.answer(500)
        crossing.sms(gateway.url)
        stage.pay(stage.agreed(stage.deposit(stage.order())))
        now = crossing.now()
        for hour in range(1, 10):
            letters.send_waiting(now=now + dt.timedelta(hours=hour))
    letter = DoorLetter.objects.get()
    assert (letter.state, letter.attempts) == ("waiting", 9)
    letters.send_waiting(now=now + dt.timedelta(days=1, minutes=1))
    letter.refresh_from_db()
    assert (letter.state, letter.sealed) == ("dead", None)
    assert Notice.objects.get(kind=untold.UNTOLD).recipient == person(BUYER)


def test_nobody_is_told_where_nobody_is_there() -> None:
    order = stage.order()
    payment = stage.agreed(stage.deposit(order))
    order.supplier.contacts.update(active=False)
    stage.pay(payment)
    _loss(order)
    assert not DoorNews.objects.exists()


@pytest.mark.clause("P2.2")
def test_money_of_another_order_or_supplier_is_on_no_page_of_this_one() -> None:
    mine, other = stage.order(), stage.order((7, "111.00"))
    stranger = stage.order((3, "77.70"), of=world.supplier("YY", "云杨家具"))
    for n, order in enumerate((mine, other, stranger)):
        stage.pay(stage.agreed(stage.deposit(order)), f"PZ-{n}", invoices="")
        _loss(order, f"{n + 1}1.11")
    page = _page(mine)
    assert "¥11.11" in page
    for foreign in ("21.11", "31.11", f"{stage.deposit(other).amount:,.2f}", "4400666677778888", "PZ-0"):
        assert foreign not in page
    # All papers: of this supplier alone, and only on a link for all papers.
    visitor = crossing.inside(crossing.send(stage.contact(mine.supplier)))
    everything = visitor.client.get(visitor.at("papers")).content.decode()
    assert other.number in everything
    assert stranger.number not in everything
    assert f"{stage.deposit(stranger).amount:,.2f}" not in everything
    one = crossing.inside(crossing.send(stage.contact(mine.supplier), "order", mine.pk))
    assert "最近付款" not in one.client.get(one.at("papers")).content.decode()


@pytest.mark.clause("P2.2")
def test_a_dropped_payment_is_told_and_shown_to_nobody() -> None:
    order = stage.order()
    payment = stage.agreed(stage.deposit(order))
    payments.drop(payment_id=payment.pk, reason="付错", by=person(BUYER), now=NOW + 2 * MINUTE)
    assert not DoorNews.objects.exists()
    assert not door_money.of_order(order.pk).went
    assert not door_money.of_supplier(order.supplier_id).paid
    with pytest.raises(IntegrityError), transaction.atomic():
        DoorNews.objects.create(contact=stage.contact(order.supplier), kind="paid", payment=payment, at=NOW)


def test_the_database_tells_no_other_suppliers_contact_and_sends_no_other_letter() -> None:
    _switched_on()
    order = stage.order()
    claim = _loss(order)
    letter = DoorLetter.objects.get(kind="news")
    stranger = world.contact(world.supplier("YY", "云杨家具"), phone="13900001111")
    given: list[dict[str, Any]] = [
        {"contact": stranger, "kind": "claimed"},
        {"contact": stranger, "kind": "claimed", "letter": letter},
        {"contact": stage.contact(order.supplier), "kind": "back"},  # nothing was taken back
    ]
    for each in given:
        with pytest.raises(IntegrityError), transaction.atomic():
            DoorNews.objects.create(set_off=claim, at=NOW, **each)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM contracts_doornews")


def test_what_a_page_shows_of_money_takes_as_many_queries_for_one_as_for_many() -> None:
    order = stage.order()
    stage.pay(stage.agreed(stage.deposit(order)), invoices="")
    _loss(order)
    stage.claim(order.supplier, "2.00")
    with CaptureQueriesContext(connection) as few:
        door_money.of_order(order.pk)
        door_money.of_supplier(order.supplier_id)
    for n in range(3):
        _loss(order, f"{n + 1}.00")
        stage.claim(order.supplier, "3.00", about=f"A{n}")
    stage.pay(stage.agreed(stage.deposit(stage.order())), "PZ-2", invoices="")
    with CaptureQueriesContext(connection) as many:
        money = door_money.of_order(order.pk)
        everything = door_money.of_supplier(order.supplier_id)
    assert (len(money.went), len(money.against)) == (1, 4)
    assert (len(everything.paid), len(everything.against)) == (2, 4)
    assert money.paid == stage.deposit(order).amount
    assert len(many) == len(few)


def _texts() -> list[str]:
    """Of the news that wait, as they will be read."""
    waiting = DoorLetter.objects.filter(kind="news", sealed__isnull=False).order_by("pk")
    return [crypto.open_app(letters.PURPOSE, each.sealed or b"").decode() for each in waiting]


@pytest.mark.clause("P2.2")
def test_a_payment_for_many_orders_names_some_and_says_how_many() -> None:
    first = stage.order()
    orders = [first, *(stage.order(of=first.supplier) for _n in range(news.NAMED))]
    payment = stage.agreed(*[stage.deposit(each) for each in orders])
    with listening() as gateway:
        crossing.sms(gateway.url)
        stage.pay(payment)
        letters.send_waiting(now=crossing.now())
    text = gateway.requests[0].json["data"]["text"]
    assert [each.number in text for each in orders] == [True, True, True, False]
    assert f"等 {len(orders)} 张" in text
