"""P1.5, P3.1: what had arrived when an order was ended is accepted or returned, and paid for, all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from contracts.models import (
    Acceptance,
    Arrival,
    ArrivalLine,
    Payable,
    ProductionStep,
    PurchaseOrder,
    SetOff,
    StepReport,
)
from contracts.selectors import account, purchase
from contracts.selectors.statements import statement_of
from contracts.services import recounting, reports
from office.errors import Conflict, Invalid
from office.subjects import subject_url
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import MINUTE, NOW, TODAY
from tests.contracts.orders import arrange
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P1.5")]
LATER = NOW + 10 * MINUTE


def ended(order: PurchaseOrder) -> PurchaseOrder:
    arrange.agreed_end(order, "end", now=LATER)
    order.refresh_from_db()
    assert order.state == "closed"
    return order


@pytest.fixture
def waiting() -> ArrivalLine:
    """Of ten chairs four were accepted, three have arrived and nobody has decided; then the order was ended."""
    order = stage.order()
    stage.pay(stage.agreed(stage.deposit(order)))
    stage.goods(order, 4)
    [line] = stage.arrive(stage.ship(order, 3, number="D-2"), 3)
    ended(order)
    return line


def test_accepted_after_the_end_it_is_paid_whole_since_the_deposit_was_given_back(
    waiting: ArrivalLine,
) -> None:
    owed = stage.judge(waiting, 3, now=LATER).owed
    assert owed is not None
    assert (str(owed.goods), str(owed.amount)) == ("300.00", "300.00")
    supplier = waiting.line.order.supplier
    left = sum(left for _each, left in account.open_payables(supplier))
    free = sum(left for _each, left in account.open_set_offs(supplier))
    assert str(left - free) == "400.00"  # 700.00 of goods less the deposit of 300.00
    assert str(statement_of(supplier, TODAY.replace(day=1)).closing) == "400.00"


@pytest.mark.clause("P3.1")
def test_it_is_returned_or_kept_for_less_but_nothing_comes_again(waiting: ArrivalLine) -> None:
    for remedy in ("redo", "repair"):
        with pytest.raises(Invalid, match="不再补货"):
            stage.judge(waiting, 0, 1, remedy, now=LATER)
        with pytest.raises(IntegrityError, match="ended"), transaction.atomic():
            Acceptance.objects.create(
                arrived=waiting,
                accepted=0,
                refused=1,
                remedy=remedy,
                reason="x",
                by=person("luo_buyer"),
                at=LATER,
            )
    stage.judge(waiting, 0, 1, "return", now=LATER)
    booked = stage.judge(waiting, 2, 0, "price_cut", "20.00", now=LATER)
    assert booked.owed is not None
    assert [str(each.amount) for each in booked.claims] == ["20.00"]
    order = PurchaseOrder.objects.get()
    assert order.state == "closed"
    assert not [each for each in order.events.all() if each.word == "reopened"]


def test_an_order_that_closed_by_itself_takes_no_more_decisions() -> None:
    arrival = arrange.arrived()
    arrange.accept(arrival)
    with pytest.raises(Conflict):
        arrange.accept(arrival, 1)


@pytest.mark.clause("P3.3")
def test_the_reports_that_acceptance_wants_are_still_given() -> None:
    order = arrange.producing()
    arrive = arrange.arrive(arrange.ship(order, 4), 4)
    ended(order)
    with pytest.raises(Conflict):
        arrange.accept(arrive, 4)
    arrange.report_all(order, LATER)
    arrange.accept(arrive, 4, now=LATER)
    step = ProductionStep.objects.first()
    assert step is not None
    discarded = arrange.cancelled()
    with pytest.raises(Conflict):
        reports.give_report(
            step_id=discarded.lines.get().steps.get(n=1).pk, mode="self", standard="national", passed=True,
            file=arrange.paper(), by=person("luo_buyer"), now=LATER,
        )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        StepReport.objects.create(
            step=discarded.lines.get().steps.get(n=1), mode="self", standard="national", passed=True,
            file=arrange.paper(), by=person("luo_buyer"), at=LATER,
        )  # fmt: skip


def test_the_page_offers_the_decision(waiting: ArrivalLine) -> None:
    inspector = signed_in("song_inspector")
    order = waiting.line.order
    page = inspector.get(reverse("contracts:order", args=[order.pk])).content.decode()
    assert f"a{waiting.pk}-accepted" in page
    prefix = f"a{waiting.pk}"
    answer = inspector.post(
        reverse("contracts:order_accept", args=[order.pk]),
        {"row": waiting.pk, f"{prefix}-accepted": 3, f"{prefix}-refused": 0, f"{prefix}-remedy": ""},
    )
    assert answer.status_code == 302
    assert Payable.objects.filter(arrival=waiting.arrival).exists()


@pytest.mark.clause("P2.2")
def test_what_was_paid_before_it_left_and_is_refused_or_under_way_comes_back() -> None:
    order = stage.order(settlement="on_shipment")
    [line] = stage.arrive(stage.ship_paid(order, 4), 4, now=LATER)
    stage.ready(order, 3, now=LATER)
    stage.settle(order, LATER)
    stage.ship(order, 3, number="D-2", now=LATER + timedelta(hours=1))
    ended(order)
    [under_way] = SetOff.objects.filter(kind="missing")
    assert (str(under_way.amount), under_way.paper_type) == ("300.00", "purchase_order")
    assert stage.judge(line, 3, 1, "return", now=LATER).owed is None
    returned = SetOff.objects.get(kind="missing", paper_type="acceptance")
    assert str(returned.amount) == "100.00"


@pytest.mark.clause("P2.2")
def test_a_line_of_which_nothing_came_is_claimed_back_at_once_and_owed_again_when_it_is_found() -> None:
    order = stage.order(settlement="on_shipment")
    [line] = stage.arrive(stage.ship_paid(order, 4), 0, now=LATER)
    claim = SetOff.objects.get(kind="missing")
    assert (str(claim.amount), claim.paper_type) == ("400.00", "arrival_line")
    assert subject_url("arrival_line", str(line.pk)).endswith(f"/orders/{order.pk}/")
    assert not subject_url("arrival_line", "x")
    made = recounting.recount(
        arrived_id=line.pk, was=0, counted=3, reason="在门口", by=person("xu_warehouse"), now=LATER
    )
    assert str(Payable.objects.get(parts__recount=made).goods) == "300.00"
    assert stage.judge(line, 3, now=LATER) == stage.Booked(None, [])


@pytest.mark.clause("P7a")
def test_what_was_under_way_when_it_was_ended_is_counted_in_and_paid() -> None:
    order = stage.order()
    stage.pay(stage.agreed(stage.deposit(order)))
    stage.goods(order, 4)
    sent = stage.ship(order, 3, number="D-2")
    ended(order)
    assert sent in purchase.to_count(None)[0]
    warehouse = signed_in("xu_warehouse")
    assert sent.number in warehouse.get(reverse("contracts:arrivals")).content.decode()
    [line] = stage.arrive(sent, 3, now=LATER)
    owed = stage.judge(line, 2, 1, "return", now=LATER).owed
    assert owed is not None
    assert (str(owed.goods), str(owed.amount)) == (
        "200.00",
        "200.00",
    )  # its deposit was given back at the end
    order.refresh_from_db()
    assert order.state == "closed"
    assert (
        str(statement_of(order.supplier, TODAY.replace(day=1)).closing) == "300.00"
    )  # six chairs less the deposit
    recounting.recount(
        arrived_id=line.pk, was=3, counted=2, reason="漏数", by=person("xu_warehouse"), now=LATER
    )
    assert str(statement_of(order.supplier, TODAY.replace(day=1)).closing) == "200.00"


def test_what_was_paid_before_it_left_and_is_under_way_at_the_end_goes_back() -> None:
    order = stage.order(settlement="on_shipment")
    sent = stage.ship_paid(order, 3)
    ended(order)
    assert sent not in purchase.to_count(None)[0]
    with pytest.raises(Conflict) as refused:
        stage.arrive(sent, 3, now=LATER)
    assert refused.value.code == "state"
    with pytest.raises(IntegrityError, match="has not ended"), transaction.atomic():
        Arrival.objects.create(
            delivery=sent, arrived_on=TODAY, warehouse=world.WAREHOUSE, by=person("xu_warehouse"), at=LATER
        )
