"""P2.2: by hand nothing more is owed for an arrival than arrived and was accepted of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Acceptance, ArrivalLine, Payable, PayablePart
from contracts.services import recounting
from tests.contracts.money import stage
from tests.contracts.money.stage import NOW, TODAY
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P2.2")]


def owe(line: ArrivalLine, goods: str, *parts: tuple[Acceptance, int, str], **other: Any) -> None:
    """A balance in SQL's own words, and the transaction ends."""
    order = line.line.order
    with transaction.atomic(), transaction.get_connection().cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        found = Payable.objects.create(
            **{
                "supplier": order.supplier, "order": order, "kind": "balance", "arrival": line.arrival,
                "goods": Decimal(goods), "amount": Decimal(goods), "about": TODAY, "due_on": TODAY, "clause": "P2.2",
                "at": NOW, "on": TODAY, **other,
            }
        )  # fmt: skip
        for acceptance, pieces, worth in parts:
            PayablePart.objects.create(
                payable=found, acceptance=acceptance, pieces=pieces, goods=Decimal(worth)
            )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def decided(line: ArrivalLine, accepted: int) -> Acceptance:
    """Accepted, and nothing booked for it."""
    made: Acceptance = Acceptance.objects.create(
        arrived=line, accepted=accepted, refused=0, by=person("song_inspector"), at=NOW
    )
    return made


def test_a_balance_for_an_arrival_is_the_pieces_accepted_of_it_at_their_price() -> None:
    order = stage.order(deposit_percent="0")
    [line] = stage.arrive(stage.ship(order, 6), 6)
    [other] = stage.arrive(stage.ship(order, 4, number="D-2"), 4)
    made, elsewhere = decided(line, 4), decided(other, 4)
    wrong: list[tuple[str, tuple[tuple[Acceptance, int, str], ...]]] = [
        ("400.00", ()),
        ("500.00", ((made, 4, "400.00"),)),
        ("500.00", ((made, 5, "500.00"),)),
        ("500.00", ((made, 4, "500.00"),)),
        ("400.00", ((elsewhere, 4, "400.00"),)),
    ]
    for goods, parts in wrong:
        with pytest.raises(IntegrityError, match=r"P2\.2"):
            owe(line, goods, *parts)
    owe(line, "400.00", (made, 4, "400.00"))
    more = decided(line, 1)
    with pytest.raises(IntegrityError, match=r"P2\.2"):
        owe(line, "200.00", (more, 2, "200.00"))
    owe(line, "100.00", (more, 1, "100.00"))


def test_what_a_recount_gives_back_is_bounded_too() -> None:
    order = stage.order(settlement="on_shipment")
    later = NOW + 10 * stage.MINUTE
    [line] = stage.arrive(stage.ship_paid(order, 10), 8, now=later)
    stage.judge(line, 8, now=later)
    keeper = person("xu_warehouse")
    made = recounting.recount(arrived_id=line.pk, was=8, counted=9, reason="漏数", by=keeper, now=later)
    assert PayablePart.objects.get(recount=made).pieces == 1
    stage.judge(line, 1, now=later)
    assert PayablePart.objects.count() == 1
