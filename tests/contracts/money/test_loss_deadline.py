"""P1.5, P3.4: a supplier answers a loss claim in the book's time, or we decide without it."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from contracts.models import LossAnswer, LossClaim, LossDecision, PurchaseOrder
from contracts.order_subjects import loss_subject, order_subject
from contracts.selectors import day_purchase
from contracts.selectors import losses as selectors
from contracts.services import losses
from contracts.services.losses import Loss
from office.audit.api import timeline
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, NOW, D
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site"), pytest.mark.clause("P1.5")]
OVER = NOW + 6 * DAY


@pytest.fixture
def order() -> PurchaseOrder:
    return stage.order()


@pytest.fixture
def claim(order: PurchaseOrder) -> LossClaim:
    return losses.claim_loss(
        order_id=order.pk, clause="P3.4", text="面料成分不符", losses=[Loss("direct", "客户退款", D("300.00"))],
        by=person("luo_buyer"), now=NOW,
    )  # fmt: skip


def stand(claim: LossClaim, now: dt.datetime = OVER, **more: object) -> LossDecision:
    given = {"reason": "检测报告在手", "by": person("chen_manager"), "now": now, "claim_id": claim.pk, **more}
    return losses.let_stand(order_id=claim.order_id, **given)  # type: ignore[arg-type]


def answer(claim: LossClaim, word: str, now: dt.datetime = NOW) -> LossAnswer:
    theirs = claim.order.supplier.contacts.get()
    return losses.answer(claim=claim, word=word, text="布料由贵方指定", contact=theirs, now=now)


def clock(claim: LossClaim) -> Deadline:
    return Deadline.objects.get(rule="contracts.loss_answer", subject_id=str(claim.pk))


@pytest.mark.clause("P3.4")
def test_the_supplier_has_five_days_and_the_buyer_then_the_manager_are_told(claim: LossClaim) -> None:
    everybody("luo_buyer", "chen_manager")
    assert selectors.one(claim, NOW).last_day == (NOW + 5 * DAY).date()
    assert clock(claim).clause == "P1.5"
    for days in (5, 6, 7):
        deadlines.settle_due(NOW + days * DAY)
    about = Notice.objects.filter(subject_type="loss_claim", subject_id=str(claim.pk))
    told = {(each.kind.removeprefix("deadline.").partition(":")[0], each.recipient_id) for each in about}
    buyer, manager = person("luo_buyer").pk, person("chen_manager").pk
    assert {("warned", buyer), ("breached", buyer), ("escalated", manager)} <= told
    said = [row.verb for row in timeline(order_subject(claim.order))]
    assert said.count("contracts.loss_unanswered") == 1


def test_an_answer_stops_the_clock(claim: LossClaim) -> None:
    answer(claim, "bear")
    assert clock(claim).state == Deadline.State.MET
    with pytest.raises(Conflict, match="承担"):
        stand(claim)


def test_while_its_time_runs_nothing_is_decided(claim: LossClaim) -> None:
    with pytest.raises(Conflict, match="未到"):
        stand(claim, NOW + 4 * DAY)
    with pytest.raises(IntegrityError, match=r"P1\.5"), transaction.atomic():
        LossDecision.objects.create(claim=claim, unanswered=True, reason="x", by=person("luo_buyer"), at=NOW)


def test_unanswered_it_may_be_answered_late_until_it_is_decided(claim: LossClaim) -> None:
    assert selectors.one(claim, OVER).to_decide
    answer(claim, "object", OVER)
    assert not stand(claim).unanswered


def test_decided_unanswered_nothing_more_is_answered(claim: LossClaim) -> None:
    assert stand(claim, by=person("luo_buyer")).unanswered
    assert clock(claim).state == Deadline.State.CANCELLED
    with pytest.raises(Conflict, match="决定"):
        answer(claim, "object", OVER)
    with pytest.raises(IntegrityError), transaction.atomic():
        LossAnswer.objects.create(
            claim=claim, word="bear", contact=claim.order.supplier.contacts.get(), at=OVER
        )
    with pytest.raises(Conflict, match="已作决定"):
        stand(claim)


def test_an_objection_is_decided_at_once(claim: LossClaim) -> None:
    answer(claim, "object")
    with pytest.raises(IntegrityError, match=r"P1\.5"), transaction.atomic():
        LossDecision.objects.create(claim=claim, unanswered=True, reason="x", by=person("luo_buyer"), at=OVER)
    stand(claim, NOW)


def test_who_decides_and_about_what(claim: LossClaim) -> None:
    with pytest.raises(Forbidden):
        stand(claim, by=person("song_inspector"))
    with pytest.raises(NotFound):
        stand(claim, claim_id=claim.pk + 9)
    with pytest.raises(Invalid):
        stand(claim, reason=" ")
    with pytest.raises(NotFound):
        losses.on_silence(Deadline(subject_id="0"), NOW)


def test_a_claim_of_before_there_was_a_clock_may_be_decided(
    claim: LossClaim, monkeypatch: pytest.MonkeyPatch
) -> None:
    deadlines.cancel("contracts.loss_answer", subject=loss_subject(claim), at=NOW)
    with monkeypatch.context() as older:
        older.setattr("contracts.services.losses.rulebook.has_rule", lambda key, now: False)
        other = losses.claim_loss(
            order_id=claim.order_id, clause="P3.1", text="换料", losses=[Loss("direct", "返工", D("10.00"))],
            by=person("luo_buyer"), now=NOW,
        )  # fmt: skip
    assert stand(other, NOW).unanswered


def test_the_page_says_until_when_and_what_follows(claim: LossClaim) -> None:
    manager, page = signed_in("chen_manager"), reverse("contracts:order", args=[claim.order_id])
    with time_machine.travel(NOW + DAY):
        assert (NOW + 5 * DAY).strftime("%Y-%m-%d") in manager.get(page).content.decode()
        assert not list(day_purchase._claims(NOW + DAY))
    where = reverse("contracts:loss_stand", args=[claim.order_id, claim.pk])
    with time_machine.travel(OVER):
        assert [each.label for each in day_purchase._claims(OVER)] == [claim.number]
        manager = signed_in("chen_manager")
        assert where in manager.get(page).content.decode()
        assert manager.post(where, {"reason": ""}).status_code == 422
        assert manager.post(where, {"reason": "检测报告在手"}).status_code == 302
        again = manager.post(where, {"reason": "检测报告在手"})
        assert again.status_code == 422
        assert "检测报告在手" in again.content.decode()
        shown = manager.get(
            reverse("contracts:set_off", args=[claim.order.set_offs.get().pk])
        ).content.decode()
        assert "检测报告在手" in shown


def test_the_door_says_until_when_and_what_was_decided(order: PurchaseOrder, claim: LossClaim) -> None:
    due = (NOW + 5 * DAY).strftime("%Y-%m-%d")
    with time_machine.travel(NOW + DAY):
        visitor = crossing.inside(crossing.send(order.supplier.contacts.get(), now=NOW + DAY))
        assert due in visitor.client.get(visitor.at("order", order.pk)).content.decode()
    with time_machine.travel(OVER):
        visitor = crossing.inside(crossing.send(order.supplier.contacts.get(), now=OVER))
        assert due in visitor.client.get(visitor.at("order", order.pk)).content.decode()
        stand(claim)
        shown = visitor.client.get(visitor.at("order", order.pk)).content.decode()
        assert "检测报告在手" in shown
        where = visitor.at("order_act", order.pk, "claim")
        assert visitor.client.post(where, {"claim": claim.pk, "word": "bear"}).status_code == 409
