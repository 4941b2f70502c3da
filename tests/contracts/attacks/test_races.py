"""Two at once: an order is returned once, the same money is asked for once, nothing is paid twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from contracts.models import DoorDraft, OrderEvent, Payment, PaymentVoucher
from contracts.rules import door as rules
from contracts.selectors import asked
from contracts.selectors import door as selectors
from contracts.services import accepting, first_sample, payments, returning
from contracts.services.door import drafts, links
from office.approvals import api as approvals
from office.errors import Refused
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.world import MINUTE, NOW
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("site")]


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """What became of each, in a thread with a connection of its own: "done", or the code of the refusal."""
    barrier = threading.Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        try:
            barrier.wait(10)
            act()
        except Refused as refused:
            return str(refused.code)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(future.result(60) for future in [pool.submit(one, act) for act in acts])


def test_money_is_asked_for_agreed_to_and_paid_once() -> None:
    everybody()
    owed = stage.deposit(stage.order())
    details = stage.account(owed.supplier)
    buyer, manager = person("luo_buyer"), person("chen_manager")

    def ask() -> Any:
        return payments.ask(
            supplier_id=owed.supplier_id, payable_ids=[owed.pk], set_off_ids=[], by=buyer, now=NOW
        )

    answers = at_once(ask, ask, ask)
    assert answers.count("done") == 1, answers
    [run] = asked.on_their_way(owed.supplier_id)
    answers = at_once(
        *[lambda: approvals.approve(run_id=run.pk, by=manager, now=NOW + MINUTE, comment="同意")] * 3,
        lambda: stage.account(owed.supplier, "6222000011112222", now=NOW),
    )
    run.refresh_from_db()
    assert (run.state, Payment.objects.count()) in {("executed", 1), ("voided", 0)}, answers
    if run.state == "voided":
        return
    found = Payment.objects.get()
    if payments.changed_on(found, NOW + 2 * MINUTE) is None:
        made = [payments.Made(f"PZ-{n}", NOW.date()) for n in range(3)]
        answers = at_once(
            *[
                lambda each=each: payments.record(
                    payment_id=found.pk, made=each, by=buyer, now=NOW + 2 * MINUTE
                )
                for each in made
            ]
        )
        assert answers.count("done") == 1, answers
        assert PaymentVoucher.objects.count() == 1
    assert found.bank_details == details


def test_an_order_is_returned_once_and_no_more_is_accepted_than_was_ordered() -> None:
    everybody()
    order, contact = arrange.sent(), arrange.the_contact()
    back = [lambda: returning.return_order(order=order, contact=contact, signature="何厂长", now=NOW)] * 3
    answers = at_once(*back)
    assert answers == ["done", "state", "state"]
    assert OrderEvent.objects.filter(order=order, word="returned").count() == 1
    arrange.both_confirm(order)
    order = first_sample.start_production(order=order, contact=contact, now=NOW)
    arrange.report_all(order)
    row = arrange.arrive(arrange.ship(order)).lines.get()
    take = [lambda: accepting.accept(arrived_id=row.pk, accepted=6, by=person("song_inspector"), now=NOW)] * 3
    assert at_once(*take).count("done") == 1


def test_a_save_under_way_brings_nothing_back_that_is_handed_in_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a form that nothing was kept of before there is no row that the two could meet at."""
    everybody()
    order = arrange.sent()
    contact, page = arrange.the_contact(), f"order/{order.pk}/return"
    link = links.send_link(
        contact_id=contact.pk, purpose="order", paper_id=order.pk, by=person("luo_buyer"), now=NOW
    ).link

    def hand_in() -> None:
        try:
            drafts.handed_in(contact=contact, page=page, now=NOW + MINUTE)
        finally:
            connection.close()

    handing_in = threading.Thread(target=hand_in)

    def meanwhile(name: str) -> bool:
        if handing_in.ident is None:
            handing_in.start()
            handing_in.join(1)  # it is through, or waits for the save to end
        return False

    monkeypatch.setattr(selectors, "was_inside", lambda *_asked: True)
    monkeypatch.setattr(rules, "is_of_the_page", meanwhile)
    drafts.keep(link=link, key="x", page=page, typed={"signature": "何厂长"}, now=NOW + MINUTE, opened_at=NOW)
    handing_in.join(60)
    assert DoorDraft.objects.get(contact=contact, page=page).fields == {}
