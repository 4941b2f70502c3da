"""Claims against a supplier: made with their paper, documented by credit notes, taken back by somebody else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Complaint, CreditNote, SetOff, SetOffEnd
from contracts.selectors import account
from contracts.services import credit_notes, setoffs
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.subjects import Subject
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, NOW, TODAY, D
from tests.people import everybody, person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("P5")
def test_a_claim_names_its_paper_and_its_clause_and_is_in_the_trail_of_all_three() -> None:
    everybody()
    claim = stage.claim(world.supplier(), "120.50")
    assert account.open_set_offs(claim.supplier) == [(claim, D("120.50"))]
    assert claim.paper == Complaint.objects.get(number="TS-1").subject
    told = Entry.objects.filter(verb="contracts.claim").values_list("subject_type", flat=True)
    assert set(told) == {"set_off", "supplier", "complaint"}


def test_a_paper_is_claimed_once() -> None:
    everybody()
    stage.claim(world.supplier(), "1")
    with pytest.raises(Conflict) as refused:
        stage.claim(world.supplier(), "2")
    assert refused.value.code == "claimed"


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "10000000000"])
def test_an_odd_amount_is_no_claim(amount: str) -> None:
    everybody()
    with pytest.raises(Invalid):
        stage.claim(world.supplier(), amount)


def test_a_claim_says_what_for() -> None:
    everybody()
    with pytest.raises(Invalid):
        setoffs.claim(
            supplier=world.supplier(), kind="late", amount=D(1), paper=Subject("x", "1", "x"), clause="P1.5",
            text=" ", by=None, now=NOW,
        )  # fmt: skip


@pytest.mark.clause("P2.3")
def test_the_database_takes_no_penalty_that_nobody_agreed_to_and_no_clause_that_gives_none() -> None:
    everybody()
    for clause in ("P2.3", "C1.1", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            setoffs.claim(
                supplier=world.supplier(), kind="penalty", amount=D(1), paper=Subject("violation", "1", "x"),
                clause=clause, text="回扣", by=None, now=NOW,
            )  # fmt: skip


def test_nothing_is_booked_into_another_day() -> None:
    everybody()
    claim = stage.claim(world.supplier(), "5")
    values = {
        field.name: getattr(claim, field.name) for field in SetOff._meta.concrete_fields if field.name != "id"
    }
    with pytest.raises(IntegrityError, match="booked"), transaction.atomic():
        SetOff.objects.create(**{**values, "paper_id": "2", "on": TODAY - DAY})


def test_somebody_else_takes_a_claim_back() -> None:
    everybody()
    claim = stage.claim(world.supplier(), "120.50")
    end = setoffs.take_back(set_off_id=claim.pk, reason="客户撤诉", by=person("chen_manager"), now=NOW)
    assert str(end.amount) == "120.50"
    assert account.open_set_offs(claim.supplier) == []
    with pytest.raises(Conflict) as refused:
        setoffs.take_back(set_off_id=claim.pk, reason="再来", by=person("chen_manager"), now=NOW)
    assert refused.value.code == "nothing_left"


def test_of_a_claim_that_a_payment_has_used_the_rest_is_taken_back() -> None:
    order = stage.order()
    claim = stage.claim(order.supplier, "400.00")
    stage.agreed(stage.deposit(order), claims=[claim])
    end = setoffs.take_back(set_off_id=claim.pk, reason="多扣", by=person("chen_manager"), now=NOW)
    assert str(end.amount) == "100.00"


def test_nobody_takes_back_his_own_claim_nor_does_the_database_let_him() -> None:
    everybody()
    claim = stage.claim(world.supplier(), "120.50")
    with pytest.raises(Forbidden) as refused:
        setoffs.take_back(set_off_id=claim.pk, reason="算了", by=person("luo_buyer"), now=NOW)
    assert refused.value.code == "own_claim"
    for who, amount in (("luo_buyer", "1"), ("chen_manager", "120.51")):
        with pytest.raises(IntegrityError), transaction.atomic():
            SetOffEnd.objects.create(
                set_off=claim, amount=D(amount), reason="x", by=person(who), at=NOW, on=TODAY
            )


def test_taking_back_needs_the_post_a_reason_and_a_claim() -> None:
    everybody()
    claim = stage.claim(world.supplier(), "1")
    with pytest.raises(Forbidden):
        setoffs.take_back(set_off_id=claim.pk, reason="x", by=person("li_lei"), now=NOW)
    with pytest.raises(Invalid):
        setoffs.take_back(set_off_id=claim.pk, reason=" ", by=person("chen_manager"), now=NOW)
    with pytest.raises(NotFound):
        setoffs.take_back(set_off_id=0, reason="x", by=person("chen_manager"), now=NOW)


def note(supplier_id: int, set_off: int | None = None, who: str = "luo_buyer", **more: Any) -> CreditNote:
    given: dict[str, Any] = {"number": "HZ-01", "issued_on": TODAY, "amount": Decimal("120.50"), **more}
    return credit_notes.record(
        supplier_id=supplier_id, note=credit_notes.Note(**given), by=person(who), now=NOW, set_off_id=set_off
    )


def test_a_credit_note_documents_a_claim_of_the_same_amount() -> None:
    everybody()
    claim = stage.claim(world.supplier(), "120.50")
    found = note(claim.supplier_id, claim.pk, invoices="12345678")
    assert (found.set_off, found.invoices) == (claim, ["12345678"])
    assert SetOff.objects.count() == 1
    with pytest.raises(Conflict) as refused:
        note(claim.supplier_id, claim.pk, number="HZ-02")
    assert refused.value.code == "documented"


def test_a_credit_note_by_itself_is_a_claim() -> None:
    everybody()
    found = note(world.supplier().pk, text="季度返利")
    assert (found.set_off.kind, str(found.set_off.amount)) == ("credit_note", "120.50")
    with pytest.raises(Conflict) as refused:
        note(world.supplier().pk, text="季度返利")
    assert refused.value.code == "numbered"


def test_a_credit_note_that_does_not_fit_is_refused() -> None:
    everybody()
    supplier = world.supplier()
    claim = stage.claim(supplier, "99")
    with pytest.raises(Conflict) as refused:
        note(supplier.pk, claim.pk)
    assert refused.value.code == "amount"
    other = world.supplier("FS02", "中山市木作家具厂")
    with pytest.raises(NotFound):
        note(other.pk, claim.pk)
    with pytest.raises(NotFound):
        note(0)
    with pytest.raises(Forbidden):
        note(supplier.pk, who="li_lei")
    wrong: tuple[dict[str, Any], ...] = (
        {"number": " "},
        {"issued_on": TODAY + DAY},
        {"invoices": "123"},
        {"amount": D("0.001"), "text": "x"},
    )
    for given in wrong:
        with pytest.raises(Invalid):
            note(supplier.pk, **given)
