"""Every move of a purchase order: what the table allows happens, every other is refused by the verb and by the
database, state by state and word by word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.models import ArrivalLine, OrderEnd, OrderEvent, PurchaseOrder, Sample, SampleEvent
from contracts.rules import order_life
from contracts.services import (
    accepting,
    ending,
    first_sample,
    ordering,
    recounting,
    returning,
    samples,
    shipping,
)
from office.errors import Refused
from tests.contracts.orders import arrange
from tests.contracts.orders.arrange import DAY, NOW, STATES
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def _words(order: PurchaseOrder) -> dict[str, Callable[[], Any]]:
    """word → the verb that says it."""
    buyer, contact = person("luo_buyer"), arrange.the_contact()
    line = order.lines.first()
    assert line is not None
    return {
        "issued": lambda: ordering.issue_order(order_id=order.pk, by=buyer, now=NOW),
        "sent": lambda: ordering.send_order(order_id=order.pk, contact_id=contact.pk, by=buyer, now=NOW),
        "opened": lambda: returning.open_order(order=order, contact=_other_contact(), now=NOW),
        "returned": lambda: returning.return_order(order=order, by=buyer, file=arrange.paper(), now=NOW),
        "first_sample_theirs": lambda: first_sample.confirm(order=order, contact=contact, now=NOW),
        "first_sample_ours": lambda: first_sample.confirm(order=order, by=buyer, now=NOW),
        "first_sample_refused": lambda: first_sample.refuse(order=order, reason="色差", by=buyer, now=NOW),
        "production_started": lambda: first_sample.start_production(order=order, contact=contact, now=NOW),
        "place_changed": lambda: shipping.change_place(
            order_id=order.pk, warehouse="二号仓", agreed="电话", by=buyer, now=NOW
        ),
        "delay_judged": lambda: ending.judge_delay(
            order_id=order.pk, line_id=line.pk, cause="supplier", reason="停工", by=buyer, now=NOW + 40 * DAY
        ),
        "shipped": lambda: _ship_one(order),
        "closed": lambda: _accept_everything(order),
        "reopened": lambda: _count_again(order),
        "cancelled": lambda: ordering.discard_order(order_id=order.pk, reason="下错了", by=buyer, now=NOW),
    }


def _other_contact() -> Any:
    return arrange.the_contact("小何")


def _ship_one(order: PurchaseOrder) -> None:
    """Of what was shipped before a piece did not come."""
    for delivery in order.deliveries.all():
        if not hasattr(delivery, "arrival"):
            arrange.arrive(delivery, counted=9)
    arrange.ship(order, 1, number="SH-9")


def _accept_everything(order: PurchaseOrder) -> None:
    """The verb closes with the last piece; without an arrival nothing can be accepted."""
    for delivery in order.deliveries.all():
        accepting.accept(
            arrived_id=arrange.arrive(delivery).lines.get().pk,
            accepted=10,
            by=person("song_inspector"),
            now=NOW,
        )
    if not order.deliveries.exists():
        raise Refused("nothing to accept")


def _count_again(order: PurchaseOrder) -> None:
    """A piece less than was accepted; nothing to count again where nothing arrived."""
    row = ArrivalLine.objects.filter(line__order=order).first()
    if row is None:
        raise Refused("nothing to count again")
    recounting.recount(
        arrived_id=row.pk, was=10, counted=9, reason="漏数", by=person("xu_warehouse"), now=NOW
    )


#: (state, word) that the table allows and that still lack something in an order which has just come into the state.
WAITS = {
    *((state, "production_started") for state in order_life.IN_HAND),  # for the first sample
    ("shipped", "ended"),
    *((state, "cancelled") for state in ("sent", *order_life.IN_HAND, "producing")),  # for the chain
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.clause("P1.3")
def test_every_word_is_said_where_the_table_allows_it_and_refused_by_its_verb_elsewhere(state: str) -> None:
    order = arrange.in_state(state)
    for word, verb in _words(order).items():
        allowed = order_life.may(order_life.ORDER, word, state) and (state, word) not in WAITS
        point = transaction.savepoint()
        if allowed:
            verb()
            order.refresh_from_db()
            assert order.state == (order_life.ORDER[word].to or state), word
            assert OrderEvent.objects.filter(order=order, word=word).exists(), word
        else:
            with pytest.raises(Refused):
                verb()
            order.refresh_from_db()
            assert order.state == state, word
        transaction.savepoint_rollback(point)
        order.refresh_from_db()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.clause("P1.3")
def test_the_database_refuses_every_word_that_the_table_does_not_allow(state: str) -> None:
    order = arrange.in_state(state)
    for word, said in order_life.ORDER.items():
        if state in said.within and (state, word) not in WAITS:
            continue
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderEvent.objects.create(
                order=order, word=word, at=NOW, by=None if word == "deemed" else person("luo_buyer"),
                contact=arrange.the_contact() if word == "opened" else None, file=arrange.paper(),
            )  # fmt: skip


@pytest.mark.parametrize("state", STATES)
@pytest.mark.clause("P1.3")
def test_the_database_refuses_every_move_of_which_no_word_was_said(state: str) -> None:
    order = arrange.in_state(state)
    for other in STATES:
        if other == state:
            continue
        with pytest.raises(IntegrityError), transaction.atomic():
            PurchaseOrder.objects.filter(pk=order.pk).update(state=other)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.clause("P7b", "P1.5")
def test_the_sweep_and_the_chain_say_their_words_nowhere_else(state: str) -> None:
    order = arrange.in_state(state)
    assert returning.settle_silence(order=order, now=NOW + 40 * DAY) is False  # nobody opened what was sent
    fits = {"cancel": order_life.ORDER["cancelled"].within, "end": order_life.ORDER["ended"].within}
    for mode, within in fits.items():
        if state in set(within) - set(order_life.OURS_ALONE):
            continue
        with pytest.raises(Refused) as refused:
            ending.ask_to_end(
                order_id=order.pk, mode=mode, ground="agreed", reason="停产", by=person("luo_buyer"), now=NOW
            )
        assert refused.value.code == "state"
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderEnd.objects.create(order=order, mode=mode, ground="agreed", reason="停产", at=NOW)
    order.refresh_from_db()
    assert order.state == state


SAMPLES = ("requested", "made", "photographed", "signed_off", "given_up")


def _sample_in(state: str) -> Sample:
    buyer, contact = person("luo_buyer"), arrange.the_contact()
    sample = samples.request_sample(
        supplier_id=contact.supplier_id, name="沙发", demands="正面", by=buyer, now=NOW
    )
    if state in ("made", "photographed", "signed_off"):
        samples.make_sample(sample=sample, contact=contact, now=NOW)
    if state in ("photographed", "signed_off"):
        samples.photograph(sample=sample, file=arrange.photo(), contact=contact, now=NOW)
    if state == "signed_off":
        samples.sign_off(sample_id=sample.pk, by=buyer, now=NOW)
    if state == "given_up":
        samples.give_up(sample_id=sample.pk, reason="不做了", by=buyer, now=NOW)
    sample.refresh_from_db()
    assert sample.state == state
    return sample


@pytest.mark.parametrize("state", SAMPLES)
@pytest.mark.clause("P1.1")
def test_a_sample_moves_as_its_table_says_by_verb_and_by_database(state: str) -> None:
    sample, buyer, contact = _sample_in(state), person("luo_buyer"), arrange.the_contact()
    verbs: dict[str, Callable[[], Any]] = {
        "made": lambda: samples.make_sample(sample=sample, contact=contact, now=NOW),
        "signed_off": lambda: samples.sign_off(sample_id=sample.pk, by=buyer, now=NOW),
        "refused": lambda: samples.refuse(sample_id=sample.pk, reason="色差", by=buyer, now=NOW),
        "given_up": lambda: samples.give_up(sample_id=sample.pk, reason="不做了", by=buyer, now=NOW),
    }
    if state != "requested":  # a photo of what was only asked for says first that it is made
        verbs["photographed"] = lambda: samples.photograph(
            sample=sample, file=arrange.photo(), contact=contact, now=NOW
        )
    for word, verb in verbs.items():
        point = transaction.savepoint()
        if order_life.may(order_life.SAMPLE, word, state):
            verb()
        else:
            with pytest.raises(Refused):
                verb()
            with pytest.raises(IntegrityError), transaction.atomic():
                SampleEvent.objects.create(sample=sample, word=word, at=NOW, by=buyer, file=arrange.photo())
        transaction.savepoint_rollback(point)
    for other in SAMPLES:
        if other != state:
            with pytest.raises(IntegrityError), transaction.atomic():
                Sample.objects.filter(pk=sample.pk).update(state=other)


def test_the_tables_of_the_database_are_those_of_the_rules() -> None:
    for function, table, states in (
        ("contracts_order_said", order_life.ORDER, STATES),
        ("contracts_sample_said", order_life.SAMPLE, SAMPLES),
    ):
        for word, said in table.items():
            for state in states:
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT {function}(%s, %s)", [word, state])
                    leads = cursor.fetchone()[0]
                assert leads == ((said.to or state) if state in said.within else None), (
                    function,
                    word,
                    state,
                )


def test_an_order_is_never_deleted_nor_begun_as_anything_but_a_draft() -> None:
    order = arrange.drafted()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM contracts_purchaseorder WHERE id = %s", [order.pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        PurchaseOrder.objects.create(
            number="X", supplier=order.supplier, buyer=order.buyer, created_at=NOW, state="issued"
        )
