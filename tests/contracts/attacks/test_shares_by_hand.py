"""As the application's login, by hand: no part of a deposit that was not paid, no other book than the one in force, no
decision that the trail does not know."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.models import (
    ContractVersion,
    LossClaim,
    LossDecision,
    Payable,
    PurchaseOrder,
    ReadyLine,
    ReadyNotice,
)
from contracts.rules import wording
from contracts.selectors.library import library
from contracts.services import losses, setoffs
from contracts.services.losses import Loss
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, NOW, TODAY
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
OVER = NOW + 6 * DAY
FACTS = ("contract", "starts_on", "ends_on", "parties", "terms", "book", "clauses", "sha256", "by", "at")


@pytest.mark.clause("P2.2")
@pytest.mark.parametrize("amount", ["0.00", "69.99", "70.01", "100.00"])
def test_goods_carry_their_part_of_the_deposit_and_no_more(amount: str) -> None:
    """A tenth of an order of 1,000 with 300 in advance: 70 is left to pay, and nothing else."""
    found = stage.order(settlement="on_shipment")
    with pytest.raises(IntegrityError, match="part of the deposit"):
        owed_by_hand(found, Decimal(amount))
    owed_by_hand(found, Decimal("70.00"))


def owed_by_hand(found: PurchaseOrder, amount: Decimal) -> None:
    with transaction.atomic():
        fresh = ReadyNotice.objects.create(order=found, by=person("luo_buyer"), at=NOW)
        ReadyLine.objects.create(notice=fresh, line=found.lines.get(), quantity=1)
        Payable.objects.create(
            supplier=found.supplier, order=found, kind="balance", ready=fresh, goods=Decimal("100.00"),
            amount=amount, about=TODAY, due_on=TODAY, clause="P2.2", by=person("luo_buyer"), at=NOW, on=TODAY,
        )  # fmt: skip


def copied(of: ContractVersion, **other: Any) -> ContractVersion:
    given = {**{name: getattr(of, name) for name in FACTS}, "n": of.n + 1, "reason": "x", **other}
    with transaction.atomic():
        made: ContractVersion = ContractVersion.objects.create(**given)
    return made


@pytest.mark.clause("P6")
def test_a_version_cannot_say_that_the_book_says_what_it_says() -> None:
    """Else nothing would depart, and nobody would have to agree."""
    version = world.version()
    terms = {**version.terms, "deposit_percent": "80"}
    with pytest.raises(IntegrityError, match="what the book in force says"):
        copied(version, terms=terms, book={**(version.book or {}), "deposit_percent": "80"})
    for at in (NOW - 400 * DAY, dt.datetime(1990, 1, 1, tzinfo=dt.UTC)):
        with pytest.raises(IntegrityError, match="after what came before"):
            copied(version, at=at)
    clauses = [
        {"id": each.id, "title": each.title, "text": wording.filled(each.text, terms)} for each in library()
    ]
    copied(version, terms=terms, clauses=clauses)


@pytest.fixture
def claim() -> LossClaim:
    everybody()
    found = stage.order(due=NOW.date() + 2 * DAY)
    return losses.claim_loss(
        order_id=found.pk, clause="P3.4", text="换料", losses=[Loss("direct", "返工", Decimal("10.00"))],
        by=person("luo_buyer"), now=NOW,
    )  # fmt: skip


def decided(claim: LossClaim, at: dt.datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        LossDecision.objects.create(claim=claim, unanswered=True, reason="x", by=person("luo_buyer"), at=at)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.clause("P1.5")
def test_a_decision_in_a_time_to_come_is_not_in_the_trail(claim: LossClaim) -> None:
    with pytest.raises(IntegrityError, match="in the trail"):
        decided(claim, NOW + 3000 * DAY)
    losses.let_stand(
        order_id=claim.order_id, claim_id=claim.pk, reason="检测报告在手", by=person("luo_buyer"), now=OVER
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.clause("P1.5")
def test_a_claim_that_was_taken_back_is_not_decided(claim: LossClaim) -> None:
    setoffs.take_back(
        set_off_id=claim.order.set_offs.get().pk, reason="误", by=person("chen_manager"), now=NOW
    )
    with pytest.raises(IntegrityError, match="taken back"):
        decided(claim, OVER)


@pytest.mark.clause("P1.5")
def test_nothing_is_decided_before_it_was_claimed(claim: LossClaim) -> None:
    with pytest.raises(IntegrityError, match="before it was made"):
        decided(claim, NOW - DAY)
