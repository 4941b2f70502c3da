"""Each gate of a purchase order, shut by the database itself while the one before it is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Acceptance, Arrival, ArrivalLine, Delivery, OrderEvent, PurchaseOrder
from contracts.services import first_sample, inspecting, ordering, returning, samples
from tests.contracts import world
from tests.contracts.orders import arrange
from tests.contracts.orders.arrange import DAY, NOW, PLACE
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def say(order: PurchaseOrder, word: str, **more: Any) -> None:
    facts = {"order": order, "word": word, "at": NOW, "by": person("luo_buyer"), **more}
    OrderEvent.objects.create(**facts)


def shut(known: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=known), transaction.atomic():
        attempt()


def to_be_mended(line: int, stage: str) -> None:
    seen = inspecting.inspect(line_id=line, stage=stage, by=person("song_inspector"), now=NOW)
    inspecting.report(
        inspection_id=seen.pk,
        checked=seen.sample,
        bad=seen.sample,
        text="开裂",
        by=person("song_inspector"),
        now=NOW,
    )


@pytest.mark.clause("P1.3")
def test_nothing_is_signed_without_a_contract_and_lines() -> None:
    bare = ordering.draft_order(supplier_id=world.supplier().pk, by=person("luo_buyer"), now=NOW)
    shut("contract in force", lambda: say(bare, "issued"))
    PurchaseOrder.objects.filter(pk=bare.pk).update(version=arrange.agreed())
    shut("waits for lines", lambda: say(bare, "issued"))


@pytest.mark.clause("P7b")
def test_nothing_counts_as_accepted_before_its_time_or_returned_without_a_signature() -> None:
    order = arrange.sent()
    returning.open_order(order=order, contact=arrange.the_contact(), now=NOW)
    shut("time of P7b", lambda: say(order, "deemed", by=None, at=NOW + 2 * DAY))
    shut("signature or a paper", lambda: say(order, "returned"))
    stranger = world.contact(world.supplier("FS09", "佛山市别家家具厂"), "外人")
    shut("another supplier", lambda: say(order, "opened", by=None, contact=stranger))


@pytest.mark.clause("P1.1")
@pytest.mark.clause("P1.4")
def test_nothing_is_produced_before_its_sample_is_signed_and_both_confirmed_the_first() -> None:
    buyer, contact = person("luo_buyer"), arrange.the_contact()
    asked = samples.request_sample(
        supplier_id=world.supplier().pk, name="沙发", demands="雾灰", by=buyer, now=NOW
    )
    order = arrange.drafted(NOW, sample=asked)
    ordering.issue_order(order_id=order.pk, by=buyer, now=NOW)
    ordering.send_order(order_id=order.pk, contact_id=contact.pk, by=buyer, now=NOW)
    returning.return_order(order=order, contact=contact, signature="何", now=NOW)
    arrange.both_confirm(order)
    shut("signed sample", lambda: say(order, "production_started"))
    samples.photograph(sample=asked, file=arrange.photo(), contact=contact, now=NOW)
    samples.sign_off(sample_id=asked.pk, by=buyer, now=NOW)
    first_sample.refuse(order=order, reason="色差", by=buyer, now=NOW)
    shut("first sample", lambda: say(order, "production_started"))
    first_sample.confirm(order=order, contact=contact, now=NOW)
    shut("first sample", lambda: say(order, "production_started"))
    first_sample.confirm(order=order, by=buyer, now=NOW)
    say(order, "production_started")


@pytest.mark.clause("P3.2")
def test_nothing_is_shipped_before_it_is_produced_nor_while_something_is_to_be_put_right() -> None:
    everybody()
    row = {"number": "SH-1", "shipped_at": NOW, "by": person("luo_buyer"), "at": NOW}
    early = arrange.returned()
    shut("before it is produced", lambda: Delivery.objects.create(order=early, **row))
    order = arrange.producing()
    shut("waits for a delivery", lambda: say(order, "shipped"))
    to_be_mended(arrange.only_line(order).pk, "finished")
    shut("P3.2", lambda: Delivery.objects.create(order=order, **row))


@pytest.mark.clause("P7a")
def test_nothing_arrives_that_was_not_shipped_or_elsewhere() -> None:
    delivery = arrange.shipped().deliveries.get()
    row = {"delivery": delivery, "arrived_on": NOW.date(), "by": person("xu_warehouse"), "at": NOW}
    shut("P7a", lambda: Arrival.objects.create(warehouse="别处", **row))
    arrival = Arrival.objects.create(warehouse=PLACE, **row)
    other = arrange.only_line(arrange.producing())
    shut("another order", lambda: ArrivalLine.objects.create(arrival=arrival, line=other, counted=1))


@pytest.mark.clause("P3.1")
@pytest.mark.clause("P7c")
def test_nothing_is_accepted_beyond_the_count_or_while_it_is_to_be_put_right_and_nothing_closes_before() -> (
    None
):
    everybody()
    row = arrange.arrived(counted=9).lines.get()
    order = row.line.order
    judged = {"arrived": row, "refused": 0, "by": person("song_inspector"), "at": NOW}
    shut("acceptance", lambda: Acceptance.objects.create(accepted=10, **judged))
    shut("acceptance of every piece", lambda: say(order, "closed"))
    to_be_mended(row.line_id, "arrived")
    shut("P3.2", lambda: Acceptance.objects.create(accepted=9, **judged))


@pytest.mark.clause("P1.5")
def test_nothing_ends_without_the_chain() -> None:
    shut("agreement to end", lambda: say(arrange.shipped(), "ended"))
    shut("agreement to cancel", lambda: say(arrange.producing(), "cancelled"))
