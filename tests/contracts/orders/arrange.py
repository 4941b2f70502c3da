"""A purchase order brought into any of its states through the verbs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from contracts.models import (
    Arrival,
    ContractVersion,
    Delivery,
    OrderLine,
    ProductionStep,
    PurchaseOrder,
    Sample,
    SupplierContact,
)
from contracts.selectors import agreements
from contracts.services import (
    accepting,
    arriving,
    ending,
    first_sample,
    ordering,
    reports,
    returning,
    samples,
    shipping,
)
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.files.models import StoredFile
from tests.contracts import world
from tests.people import person

#: Monday 2026-11-23, 10:00 in Shanghai.
NOW = world.NOW
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
DUE = dt.date(2026, 12, 20)
PLACE = world.WAREHOUSE
STATES = (
    "draft", "issued", "sent", "returned", "deemed_accepted", "producing", "shipped", "closed", "cancelled",
)  # fmt: skip


def paper(name: str = "回传.pdf", mime: str = "application/pdf") -> StoredFile:
    return StoredFile.objects.create(
        sha256="a" * 64, name=name, family="document", mime=mime, size=9, kept_at=NOW
    )


def the_contact(name: str = "何师傅") -> SupplierContact:
    """The supplier's person, made on first call in a test."""
    known = SupplierContact.objects.filter(name=name).first()
    return known or world.contact(name=name)


def agreed(now: dt.datetime = NOW) -> ContractVersion:
    """The contract in force, made on first call in a test."""
    return agreements.for_supplier(world.supplier(), now) or world.active(now=now)


def photo(name: str = "样品.webp") -> StoredFile:
    return StoredFile.objects.create(
        sha256="b" * 64, name=name, family="image", mime="image/webp", size=9, width=3, height=3, kept_at=NOW
    )


def wish(**more: Any) -> ordering.LineWish:
    facts: dict[str, Any] = {
        "name": "北欧布艺三人沙发",
        "quantity": 10,
        "unit_price": Decimal("1200.00"),
        "due_on": DUE,
        "warehouse": PLACE,
        "design_owner": "ours",
        "steps": ["开料", "组装"],
        "sku": "SF-2301",
    }
    return ordering.LineWish(**{**facts, **more})


def signed_sample(now: dt.datetime = NOW, supplier_id: int | None = None) -> Sample:
    buyer = person("luo_buyer")
    sample = samples.request_sample(
        supplier_id=supplier_id or world.supplier().pk,
        name="北欧布艺三人沙发",
        demands="雾灰，三人位",
        by=buyer,
        now=now,
    )
    samples.photograph(sample=sample, file=photo(), contact=the_contact(), now=now)
    return samples.sign_off(sample_id=sample.pk, by=buyer, now=now)


def drafted(
    now: dt.datetime = NOW, *wishes: ordering.LineWish, sample: Sample | None = None
) -> PurchaseOrder:
    buyer = person("luo_buyer")
    agreed(now)
    order = ordering.draft_order(supplier_id=world.supplier().pk, by=buyer, now=now)
    made = sample or signed_sample(now)
    for each in wishes or (wish(due_on=(now + 27 * DAY).date()),):
        line = ordering.put_line(order_id=order.pk, wish=each, by=buyer, now=now)
        samples.name_sample(order_id=order.pk, line_id=line.pk, sample_id=made.pk, by=buyer, now=now)
    return order


def issued(now: dt.datetime = NOW, *wishes: ordering.LineWish) -> PurchaseOrder:
    return ordering.issue_order(order_id=drafted(now, *wishes).pk, by=person("luo_buyer"), now=now)


def sent(now: dt.datetime = NOW, *wishes: ordering.LineWish) -> PurchaseOrder:
    order = issued(now, *wishes)
    return ordering.send_order(
        order_id=order.pk, contact_id=the_contact().pk, by=person("luo_buyer"), now=now
    )


def returned(now: dt.datetime = NOW, *wishes: ordering.LineWish) -> PurchaseOrder:
    return returning.return_order(
        order=sent(now, *wishes), contact=the_contact(), signature="何厂长", now=now
    )


def deemed(now: dt.datetime = NOW, *wishes: ordering.LineWish) -> PurchaseOrder:
    order = sent(now, *wishes)
    returning.open_order(order=order, contact=the_contact(), now=now)
    deadlines.settle_due(now + 4 * DAY)
    order.refresh_from_db()
    return order


def both_confirm(order: PurchaseOrder, now: dt.datetime = NOW) -> None:
    first_sample.confirm(order=order, contact=the_contact(), now=now)
    first_sample.confirm(order=order, by=person("luo_buyer"), now=now)


def producing(now: dt.datetime = NOW, *wishes: ordering.LineWish) -> PurchaseOrder:
    order = returned(now, *wishes)
    both_confirm(order, now)
    return first_sample.start_production(order=order, contact=the_contact(), now=now)


def report_all(order: PurchaseOrder, now: dt.datetime = NOW) -> None:
    for step in ProductionStep.objects.filter(line__order=order):
        reports.give_report(
            step_id=step.pk, mode="self", standard="national", passed=True, file=paper("自检.pdf"),
            contact=the_contact(), now=now,
        )  # fmt: skip


def ship(order: PurchaseOrder, pieces: int = 10, number: str = "SH-1", now: dt.datetime = NOW) -> Delivery:
    line = only_line(order)
    return shipping.ship(order=order, lines={line.pk: pieces}, number=number, contact=the_contact(), now=now)


def shipped(now: dt.datetime = NOW, pieces: int = 10) -> PurchaseOrder:
    order = producing(now)
    report_all(order, now)
    ship(order, pieces, now=now)
    order.refresh_from_db()
    return order


def arrive(delivery: Delivery, counted: int = 10, now: dt.datetime = NOW) -> Arrival:
    line = only_line(delivery.order)
    return arriving.receive(
        delivery_id=delivery.pk,
        counts={line.pk: counted},
        warehouse=PLACE,
        by=person("xu_warehouse"),
        now=now,
    )


def arrived(now: dt.datetime = NOW, pieces: int = 10, counted: int | None = None) -> Arrival:
    order = shipped(now, pieces)
    return arrive(order.deliveries.get(), pieces if counted is None else counted, now)


def accept(arrival: Arrival, accepted: int = 10, now: dt.datetime = NOW, **more: Any) -> None:
    accepting.accept(
        arrived_id=arrival.lines.get().pk, accepted=accepted, by=person("song_inspector"), now=now, **more
    )


def closed(now: dt.datetime = NOW) -> PurchaseOrder:
    arrival = arrived(now)
    accept(arrival, now=now)
    order: PurchaseOrder = arrival.delivery.order
    order.refresh_from_db()
    return order


def cancelled(now: dt.datetime = NOW) -> PurchaseOrder:
    return ordering.discard_order(order_id=issued(now).pk, reason="下错了", by=person("luo_buyer"), now=now)


def in_state(state: str) -> PurchaseOrder:
    """A new order in that state."""
    makers: dict[str, Callable[[], PurchaseOrder]] = {
        "draft": drafted, "issued": issued, "sent": sent, "returned": returned, "deemed_accepted": deemed,
        "producing": producing, "shipped": shipped, "closed": closed, "cancelled": cancelled,
    }  # fmt: skip
    order = makers[state]()
    order.refresh_from_db()
    assert order.state == state
    return order


def only_line(order: PurchaseOrder) -> OrderLine:
    line: OrderLine = order.lines.get()
    return line


def agreed_end(order: PurchaseOrder, mode: str, ground: str = "agreed", now: dt.datetime = NOW) -> Any:
    """The chain of P1.5 agrees."""
    run = ending.ask_to_end(
        order_id=order.pk,
        mode=mode,
        ground=ground,
        reason="供应商停产，双方同意",
        by=person("luo_buyer"),
        now=now,
    )
    for _step in range(3):
        run.refresh_from_db()
        if run.state != "running":
            break
        run = approvals.approve(run_id=run.pk, by=person("chen_manager"), now=now)
    run.refresh_from_db()
    return run
