"""Goods counted wrongly are counted again: the first figure stays, the new one holds, the money follows (P7a)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Acceptance, Arrival, Payable, Recount, SetOff
from contracts.order_subjects import line_subject, order_subject
from contracts.selectors.lateness import lateness_of
from contracts.selectors.purchase import undecided
from contracts.selectors.quantities import held_of, tallies
from contracts.services import recounting
from contracts.services.whole import DELIVERY
from office.audit.api import timeline
from office.audit.lawful import LawRefused
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.orders.arrange import DAY, NOW
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def _again(arrival: Arrival, counted: int, was: int = 10, **more: Any) -> Recount:
    facts = {"reason": "第一次漏数了一箱", "by": person("xu_warehouse"), "now": NOW, **more}
    return recounting.recount(arrived_id=arrival.lines.get().pk, was=was, counted=counted, **facts)


def _tally(arrival: Arrival) -> Any:
    return next(iter(tallies([arrival.delivery.order_id]).values()))


@pytest.mark.clause("P7a")
def test_the_new_figure_holds_and_the_old_one_stays() -> None:
    arrival = arrange.arrived(counted=9)
    _again(arrival, 10, was=9)
    row = arrival.lines.get()
    assert (row.counted, held_of(row).counted) == (9, 10)
    assert [left for _row, left in undecided(arrival.delivery.order)] == [10]
    arrange.accept(arrival, 10)
    arrival.delivery.order.refresh_from_db()
    assert arrival.delivery.order.state == "closed"
    said = [
        row.data for row in timeline(order_subject(arrival.delivery.order)) if row.verb.endswith("recounted")
    ]
    assert [{"was": 9, "counted": 10, "withdrawn": 0}.items() <= each.items() for each in said] == [True]


def test_a_figure_of_the_recount_can_be_counted_again() -> None:
    arrival = arrange.arrived()
    _again(arrival, 8)
    _again(arrival, 9, was=8)
    assert held_of(arrival.lines.get()).counted == 9


@pytest.mark.clause("P7a")
def test_accepted_pieces_that_were_never_there_are_to_come_and_their_money_comes_back() -> None:
    arrival = arrange.arrived()
    arrange.accept(arrival)
    order = arrival.delivery.order
    made = _again(arrival, 9)
    assert made.withdrawn == 1
    order.refresh_from_db()
    assert (order.state, order.ended_at) == ("shipped", None)
    assert (_tally(arrival).accepted, _tally(arrival).missing) == (9, 1)
    claim = SetOff.objects.get()
    assert (claim.kind, claim.amount) == ("missing", Decimal("1200.00"))
    assert (claim.paper_type, claim.paper_id) == ("recount", str(made.pk))
    assert deadlines.running(line_subject(arrange.only_line(order)), DELIVERY) is not None
    # The missing piece comes, is accepted and paid: what is booked comes to ten pieces.
    second = arrange.arrive(arrange.ship(order, 1, number="SH-2"), 1)
    arrange.accept(second, 1)
    order.refresh_from_db()
    assert order.state == "closed"
    owed = sum(Payable.objects.values_list("amount", flat=True)) - claim.amount
    assert owed == Decimal("12000.00")


def test_what_was_found_again_is_decided_and_paid_again() -> None:
    arrival = arrange.arrived()
    arrange.accept(arrival)
    _again(arrival, 9)
    _again(arrival, 10, was=9)
    assert [left for _row, left in undecided(arrival.delivery.order)] == [1]
    arrange.accept(arrival, 1)
    arrival.delivery.order.refresh_from_db()
    assert arrival.delivery.order.state == "closed"
    owed = sum(Payable.objects.values_list("amount", flat=True)) - SetOff.objects.get().amount
    assert owed == Decimal("12000.00")


def test_an_order_over_counted_closes_with_the_right_figure() -> None:
    arrival = arrange.arrived(counted=11)
    arrange.accept(arrival, 10)
    order = arrival.delivery.order
    order.refresh_from_db()
    assert order.state == "shipped"
    _again(arrival, 10, was=11)
    order.refresh_from_db()
    assert order.state == "closed"
    assert not SetOff.objects.exists()


@pytest.mark.clause("P2.2")
def test_a_shipment_that_was_paid_follows_the_new_figure_both_ways() -> None:
    world.active(settlement="on_shipment")
    order = arrange.producing()
    arrange.report_all(order)
    arrival = arrange.arrive(stage.ship_paid(order, 10), 9)
    arrange.accept(arrival, 9)
    assert [claim.amount for claim in SetOff.objects.all()] == [Decimal("1200.00")]
    _again(arrival, 10, was=9)  # it was there: owed again
    arrange.accept(arrival, 1)
    owed = sum(Payable.objects.values_list("amount", flat=True))
    claimed = sum(SetOff.objects.values_list("amount", flat=True))
    assert owed - claimed == Decimal("12000.00")
    _again(arrival, 8)  # after all: two were never there
    claimed = sum(SetOff.objects.values_list("amount", flat=True))
    assert owed - claimed == Decimal("9600.00")


def test_before_anything_is_decided_no_money_moves() -> None:
    arrival = arrange.arrived()
    _again(arrival, 9)
    assert not SetOff.objects.exists()
    assert not Payable.objects.filter(kind="balance").exists()


def test_what_was_taken_back_is_late_from_the_date_of_the_order_on() -> None:
    arrival = arrange.arrived()
    arrange.accept(arrival)
    line = arrange.only_line(arrival.delivery.order)
    after = line.due_on + dt.timedelta(days=3)
    assert lateness_of([line], after)[line.pk].days == 0
    _again(arrival, 9)
    assert lateness_of([line], after)[line.pk] == (3, 1, True)


def test_refused_pieces_were_there() -> None:
    arrival = arrange.arrived()
    arrange.accept(arrival, 6, refused=4, remedy="return", reason="开裂")
    with pytest.raises(Invalid, match="4"):
        _again(arrival, 3)
    assert _again(arrival, 5).withdrawn == 5


def test_who_may_not_what_moved_and_what_says_nothing_is_refused() -> None:
    arrival = arrange.arrived()
    with pytest.raises(Forbidden):
        _again(arrival, 9, by=person("luo_buyer"))
    with pytest.raises(NotFound):
        recounting.recount(arrived_id=0, was=1, counted=2, reason="x", by=person("xu_warehouse"), now=NOW)
    for wrong in ({"counted": 10}, {"counted": -1}, {"counted": 9, "reason": " "}):
        with pytest.raises(Invalid):
            _again(arrival, **wrong)
    with pytest.raises(Conflict) as moved:
        _again(arrival, 9, was=8)
    assert moved.value.code == "moved"


def test_an_order_that_the_chain_ended_stays_ended() -> None:
    order = arrange.shipped()
    arrival = arrange.arrive(order.deliveries.get(), 9)
    arrange.accept(arrival, 9)
    arrange.agreed_end(order, "end")
    _again(arrival, 8, was=9)
    order.refresh_from_db()
    assert order.state == "closed"
    assert SetOff.objects.filter(kind="missing").count() == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"was": 9, "counted": 8, "withdrawn": 0},  # not the figure that holds
        {"was": 10, "counted": 8, "withdrawn": 0},  # accepted pieces are gone without being taken back
        {"was": 10, "counted": 8, "withdrawn": 3},  # more taken back than are gone
        {"was": 10, "counted": 10, "withdrawn": 0},
    ],
)
def test_the_database_refuses_a_recount_that_does_not_add_up(facts: dict[str, int]) -> None:
    arrival = arrange.arrived()
    arrange.accept(arrival, 9)
    with pytest.raises(IntegrityError), transaction.atomic():
        Recount.objects.create(
            arrived=arrival.lines.get(), reason="x", by=person("xu_warehouse"), at=NOW, **facts
        )


def test_the_database_accepts_no_more_than_the_last_count() -> None:
    arrival = arrange.arrived()
    _again(arrival, 8)
    with pytest.raises(IntegrityError), transaction.atomic():
        Acceptance.objects.create(
            arrived=arrival.lines.get(), accepted=9, refused=0, by=person("song_inspector"), at=NOW + DAY
        )


def test_a_recount_is_never_changed() -> None:
    made = _again(arrange.arrived(), 9)
    with pytest.raises(LawRefused):
        Recount.objects.filter(pk=made.pk).update(counted=7)
