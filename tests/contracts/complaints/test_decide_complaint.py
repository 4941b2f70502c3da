"""Deciding, answering, charging, the customer's word: each by whom it is for, once, and in this order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Complaint, ComplaintCharge, SetOff
from contracts.services.complaints import deciding, filing
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.people import person

pytestmark = pytest.mark.usefixtures("site")


@pytest.mark.clause("P5")
@pytest.mark.clause("P3.5")
def test_from_the_form_to_the_statement_and_the_customer_s_yes() -> None:
    complaint = stories.decided()
    assert Deadline.objects.filter(rule=filing.ANSWER, subject_id=str(complaint.pk), state="open").exists()
    stories.answer(complaint, "pay")
    charge = ComplaintCharge.objects.get()
    set_off = SetOff.objects.get()
    assert (charge.amount, set_off.amount, set_off.supplier) == (
        Decimal("300.00"), Decimal("300.00"), complaint.supplier,
    )  # fmt: skip
    assert complaint.state == "answered"
    stories.customer(complaint, False, "还要等新扶手")
    assert complaint.state == "answered"
    stories.customer(complaint)
    assert complaint.state == "closed"
    assert not Deadline.objects.filter(subject_type="complaint", state="open").exists()


def test_both_liable_share_by_the_book_or_as_decided() -> None:
    complaint = stories.filed(packaging="damaged", packaging_places=["left"], damage_places=["left", "top"])
    assert stories.decide(complaint, liable="both", cost=Decimal("100.01")).charge == Decimal("50.01")
    other = stories.filed(packaging="damaged", packaging_places=["left"], damage_places=["left", "top"])
    assert stories.decide(other, liable="both", percent=30).charge == Decimal("90.00")


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"liable": "nobody"}, "liable"),
        ({"liable": "carrier"}, "reason"),
        ({"liable": "both", "reason": "各半", "percent": 100}, "percent"),
        ({"cost": Decimal("-1")}, "cost"),
        ({"cost": Decimal("1.001")}, "cost"),
    ],
)
def test_against_the_table_it_says_why(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        stories.decided(**wrong)
    assert refused.value.errors[0]["path"] == path


def test_who_filed_it_does_not_decide_it_and_agents_do_not() -> None:
    own = filing.file_complaint(filled=stories.filled(), by=person("luo_buyer"), now=stories.NOW)
    with pytest.raises(Forbidden):
        stories.decide(own)
    with pytest.raises(Forbidden):
        deciding.decide(
            complaint_id=stories.filed().pk, liable="supplier", cost=Decimal(1), reason="", by=person("li_lei"),
            now=stories.NOW,
        )  # fmt: skip


def test_it_is_decided_again_only_on_an_objection() -> None:
    complaint = stories.decided()
    with pytest.raises(Conflict):
        stories.decide(complaint)
    stories.answer(complaint, "object", "出厂检验合格，附照片")
    with pytest.raises(Conflict):
        deciding.charge(complaint_id=complaint.pk, by=person("luo_buyer"), now=stories.NOW)
    with pytest.raises(Invalid):
        stories.decide(complaint)  # without a reason
    again = stories.decide(complaint, cost=Decimal("150.00"), reason="照片显示胶缝不足，减半")
    complaint.refresh_from_db()
    assert (again.n, complaint.state) == (2, "decided")
    stories.answer(complaint, "pay")
    assert ComplaintCharge.objects.get().amount == Decimal("150.00")


def test_another_supplier_cannot_answer_and_an_objection_needs_its_reasons() -> None:
    complaint = stories.decided()
    stranger = world.contact(world.supplier("FS02", "佛山市远木家具有限公司"), "吴经理", phone="13900139000")
    with pytest.raises(NotFound):
        deciding.answer(complaint_id=complaint.pk, word="pay", text="", contact=stranger, now=stories.NOW)
    for word in ("object", "maybe"):
        with pytest.raises(Invalid):
            stories.answer(complaint, word)
    stories.answer(complaint, "repair")
    with pytest.raises(Conflict):
        stories.answer(complaint, "pay")
    assert not ComplaintCharge.objects.exists()


def test_silence_is_charged_after_its_time_by_a_person_and_once() -> None:
    complaint = stories.decided()
    buyer = person("luo_buyer")
    with pytest.raises(Conflict):
        deciding.charge(complaint_id=complaint.pk, by=buyer, now=stories.NOW + stories.HOUR)
    with pytest.raises(Forbidden):
        deciding.charge(complaint_id=complaint.pk, by=person("li_lei"), now=stories.NOW + 5 * stories.DAY)
    stories.customer(complaint)
    assert complaint.state == "decided"  # the supplier has still time
    deciding.charge(complaint_id=complaint.pk, by=buyer, now=stories.NOW + 5 * stories.DAY)
    complaint.refresh_from_db()
    assert complaint.state == "closed"
    with pytest.raises(Conflict):
        deciding.charge(complaint_id=complaint.pk, by=buyer, now=stories.NOW + 5 * stories.DAY)


def test_who_answers_after_the_charge_neither_pays_twice_nor_objects() -> None:
    complaint = stories.decided()
    deciding.charge(complaint_id=complaint.pk, by=person("luo_buyer"), now=stories.NOW + 5 * stories.DAY)
    with pytest.raises(Conflict):
        stories.answer(complaint, "object", "不认可", stories.NOW + 6 * stories.DAY)
    stories.answer(complaint, "pay", "", stories.NOW + 6 * stories.DAY)
    assert (complaint.state, ComplaintCharge.objects.count()) == ("answered", 1)


def test_the_carrier_s_fault_asks_nothing_of_the_supplier() -> None:
    complaint = stories.decided(liable="carrier", reason="签收照片显示外箱压塌")
    with pytest.raises(Conflict):
        stories.answer(complaint)
    stories.customer(complaint)
    assert complaint.state == "closed"


def test_the_customer_says_nothing_before_a_decision_and_why_he_is_not_content() -> None:
    complaint = stories.filed()
    with pytest.raises(Conflict):
        stories.customer(complaint)
    stories.decide(complaint)
    with pytest.raises(Invalid):
        stories.customer(complaint, False)
    with pytest.raises(Forbidden):
        deciding.customer_says(
            complaint_id=complaint.pk, accepted=True, text="", by=person("xu_warehouse"), now=stories.NOW
        )


MOVES = [(one, other) for one in Complaint.State.values for other in Complaint.State.values if one != other]


@pytest.mark.parametrize(("one", "other"), MOVES)
def test_the_database_moves_no_complaint_without_its_rows(one: str, other: str) -> None:
    complaint = {
        "filed": stories.filed,
        "decided": stories.decided,
        "answered": _answered,
        "closed": _closed,
        "withdrawn": _withdrawn,
    }[one]()
    if (one, other) == ("filed", "withdrawn"):
        return  # the one move that rests on nothing but a person's word
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).update(state=other)


def _answered() -> Complaint:
    complaint = stories.decided()
    stories.answer(complaint)
    return complaint


def _closed() -> Complaint:
    complaint = _answered()
    stories.customer(complaint)
    return complaint


def _withdrawn() -> Complaint:
    complaint = stories.filed()
    filing.withdraw(complaint_id=complaint.pk, reason="错", by=person("li_lei"), now=stories.NOW)
    return complaint


def test_the_database_charges_only_what_was_decided_last() -> None:
    complaint = stories.decided()
    decision = complaint.decisions.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ComplaintCharge.objects.create(
            complaint=complaint, decision=decision, amount=Decimal("9999.00"), claim="x", at=stories.NOW
        )
