"""A login of the application, rows in plain SQL: no claim without its paper, no deposit that falls away by itself, no
silence that counts too early, no sample that no plan gives."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.models import (
    ComplaintCharge,
    Inspection,
    InspectionResult,
    LossLine,
    OrderEvent,
    PayableVoid,
    ProductionStep,
    Sample,
    SampleEvent,
    SetOff,
)
from contracts.rules import sampling
from contracts.services import breaches, credit_notes, inspecting, losses, ordering, returning, samples
from office.deadlines.models import Deadline
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.world import DAY, HOUR, NOW, TODAY
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
D = Decimal


def whole(attempt: Callable[[], object]) -> None:
    """With what is looked at when a transaction ends."""
    with transaction.atomic():
        attempt()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(known: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=known):
        whole(attempt)


def a_claim(order: Any, **more: Any) -> SetOff:
    facts = {
        "supplier": order.supplier, "order": order, "kind": "missing", "amount": "1.00", "text": "x",
        "paper_type": "purchase_order", "paper_id": str(order.pk), "paper_label": "x", "authority_clause": "P2.2",
        "at": NOW, "on": TODAY,
    }  # fmt: skip
    return SetOff.objects.create(**{**facts, "counts": more.get("kind") != "advance", **more})


@pytest.mark.clause("P2.2", "P3.1", "P5")
def test_no_claim_is_set_off_without_a_paper_that_says_so_much() -> None:
    order = stage.order()
    [line] = stage.arrive(stage.ship(order, 4), 4)
    [cut] = stage.judge(line, 4, remedy="price_cut", cut="20").claims
    complaint = stories.decided()
    for wrong in (
        {"kind": "price_cut", "paper_type": "acceptance", "paper_id": "987654", "authority_clause": "P3.1"},
        {"kind": "price_cut", "paper_type": "complaint", "paper_id": cut.paper_id, "authority_clause": "P3.1"},
        {"kind": "missing", "amount": "400.01", "paper_type": "acceptance", "paper_id": cut.paper_id},
        {"kind": "missing", "amount": "400.01", "paper_type": "arrival_line", "paper_id": str(line.pk)},
        {"kind": "missing"},
        {"kind": "advance"},
        {"kind": "advance", "paper_type": "payable_void", "paper_id": "1"},
        {"kind": "late", "paper_type": "loss_claim", "paper_id": "987654", "authority_clause": "P1.5"},
        {"kind": "late", "authority_clause": "P1.5"},
        {"kind": "complaint", "paper_type": "complaint", "paper_id": str(complaint.pk), "authority_clause": "P5"},
        {"kind": "credit_note", "paper_type": "credit_note", "paper_id": f"{order.supplier_id}:HZ-9"},
        {"kind": "penalty", "paper_type": "violation", "paper_id": "1", "authority_clause": "P5"},
        {"kind": "missing", "paper_id": "9" * 30},
        {"kind": "missing", "paper_id": "x"},
    ):  # fmt: skip
        refused("setoff_paper|advance_gone", lambda wrong=wrong: a_claim(order, **wrong))  # type: ignore[misc]


def test_a_paper_of_another_order_or_over_another_amount_is_none() -> None:
    order, other = stage.order(), stage.order()
    buyer = person("luo_buyer")
    made = losses.claim_loss(
        order_id=order.pk, clause="P3.4", text="甲醛超标", losses=[losses.Loss("direct", "退货", D("90.00"))],
        by=buyer, now=NOW,
    )  # fmt: skip
    known = SetOff.objects.get(kind="material")
    row = {"kind": "late", "paper_type": "loss_claim", "paper_id": str(made.pk), "amount": "90.00"}
    refused("setoff_paper", lambda: a_claim(order, **row, authority_clause="P1.5"))
    refused("setoff_paper", lambda: a_claim(other, **row, authority_clause="P3.4"))
    refused(
        "lossline_stays",
        lambda: LossLine.objects.create(claim=made, n=2, kind="direct", what="又一笔", amount="5.00"),
    )
    assert known.amount == sum(line.amount for line in made.lines.all())
    note = credit_notes.Note("HZ-1", TODAY, D("10.00"), text="降价")
    assert credit_notes.record(supplier_id=order.supplier_id, note=note, by=buyer, now=NOW)
    assert not ComplaintCharge.objects.exists()


@pytest.mark.clause("P1.5")
def test_a_deposit_falls_away_with_its_order_alone_and_not_what_goods_have_carried() -> None:
    order = stage.order()
    deposit = stage.deposit(order)
    stage.goods(order, 4)  # worth 400, of which the deposit carries 120
    void = {"payable": deposit, "reason": "x", "clause": "P1.5", "at": NOW}
    refused("void_deposit", lambda: PayableVoid.objects.create(amount="300.00", **void))
    refused("void_deposit", lambda: PayableVoid.objects.create(amount="1.00", **void))
    arrange.agreed_end(order, "end")
    assert PayableVoid.objects.get().amount == D("180.00")
    refused("void_deposit", lambda: PayableVoid.objects.create(amount="180.01", **void))


@pytest.mark.clause("P7b")
def test_silence_counts_after_the_contracts_days_whatever_its_clock_says() -> None:
    order = arrange.sent()
    returning.open_order(order=order, contact=arrange.the_contact(), now=NOW)
    clock = Deadline.objects.get(rule="contracts.order_deemed")
    clock.pk, clock.state, clock.next_at = None, Deadline.State.CANCELLED, None
    clock.due_at, clock.cancelled_at = NOW + HOUR, NOW + HOUR
    clock.save(force_insert=True)  # one of his own: the other stays as it is
    said = {"order": order, "word": "deemed"}
    refused("time of P7b", lambda: OrderEvent.objects.create(at=NOW + HOUR, **said))
    refused("time of P7b", lambda: OrderEvent.objects.create(at=NOW + 3 * DAY, **said))
    end = NOW.replace(hour=0) + 4 * DAY
    assert OrderEvent.objects.create(at=end, **said)


@pytest.mark.clause("P7b")
def test_nothing_is_opened_or_returned_before_it_was_sent() -> None:
    order, contact = arrange.sent(), arrange.the_contact()
    for word in ("opened", "returned"):
        row = {"order": order, "word": word, "contact": contact, "data": {"signature": "何"}}
        refused("came before", lambda row=row: OrderEvent.objects.create(at=NOW - 9 * DAY, **row))  # type: ignore[misc]


@pytest.mark.clause("P3.3")
def test_an_order_is_signed_with_as_many_reports_for_each_step_as_its_contract_wants() -> None:
    order = arrange.drafted()
    ProductionStep.objects.filter(line__order=order).update(reports=0)
    type(order).objects.filter(pk=order.pk).update(version=arrange.agreed())
    said = {"order": order, "word": "issued", "by": person("luo_buyer"), "at": NOW}
    refused("reports that the contract wants", lambda: OrderEvent.objects.create(**said))
    assert ordering.issue_order(order_id=order.pk, by=person("luo_buyer"), now=NOW)


@pytest.mark.clause("P3.2")
def test_a_sample_is_as_large_as_its_plan_says_and_what_fails_is_put_right() -> None:
    everybody()
    line = arrange.only_line(arrange.producing())
    row = {"line": line, "stage": "finished", "by": person("song_inspector"), "at": NOW, "aql": "2.5"}
    for letter, lot, sample, ac in (("C", 10, 1, 0), ("C", 10, 5, 9), ("A", 10, 5, 0), ("D", 26, 5, 0)):
        refused(
            "inspection_planned",
            lambda letter=letter, lot=lot, sample=sample, ac=ac: Inspection.objects.create(  # type: ignore[misc]
                letter=letter, lot=lot, sample=sample, ac=ac, **row
            ),
        )
    seen = inspecting.inspect(line_id=line.pk, stage="finished", by=person("song_inspector"), now=NOW)
    bad = {
        "inspection": seen,
        "checked": 5,
        "bad": 5,
        "passed": False,
        "by": person("song_inspector"),
        "at": NOW,
    }
    refused("result_followed", lambda: InspectionResult.objects.create(**bad))


def test_the_plans_of_the_database_are_those_of_the_rules() -> None:
    for aql in sampling.AQLS:
        for most in (*sampling._LOTS, 500_001):
            for lot in {1, most - 1, most, most + 1}:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT letter, sample, ac FROM contracts_sampling(%s, %s)", [lot, aql])
                    assert cursor.fetchone() == tuple(sampling.plan(lot, aql)), (lot, aql)


@pytest.mark.clause("P1.1")
def test_a_sample_is_shown_by_a_picture_and_signed_when_it_is_signed() -> None:
    buyer = person("luo_buyer")
    sample = samples.request_sample(
        supplier_id=world.supplier().pk, name="床", demands="榫卯", by=buyer, now=NOW
    )
    row = {"sample": sample, "at": NOW}
    samples.make_sample(sample=sample, by=buyer, now=NOW)
    refused(
        "sample_picture",
        lambda: SampleEvent.objects.create(word="photographed", by=buyer, file=arrange.paper(), **row),
    )
    refused("sample_signed", lambda: Sample.objects.filter(pk=sample.pk).update(signed_at=NOW))
    samples.photograph(sample=sample, by=buyer, file=arrange.photo(), now=NOW)
    samples.sign_off(sample_id=sample.pk, by=buyer, now=NOW)
    refused("sample_signed", lambda: Sample.objects.filter(pk=sample.pk).update(signed_at=NOW + DAY))


@pytest.mark.clause("P2.3")
def test_a_penalty_names_its_breach_and_its_run() -> None:
    order = stage.order()
    found = breaches.record_breach(
        supplier_id=order.supplier_id, kind="commission", happened_on=TODAY, text="购物卡",
        by=person("luo_buyer"), now=NOW,
    )  # fmt: skip
    row = {"kind": "penalty", "paper_type": "violation", "paper_id": str(found.pk)}
    refused("setoff_paper", lambda: a_claim(order, **row, authority_clause="P1.5"))
