"""A login of the application, rows in plain SQL: a breach that stops no payment, a charge beyond the supplier's part, a
court before talking, goods that came before they left, money that falls due when it suits."""

from __future__ import annotations

import pytest

from contracts.models import (
    Arrival,
    ComplaintDecision,
    Delivery,
    DisputeStep,
    Freeze,
    Payable,
    PayablePart,
    Violation,
)
from contracts.services.complaints import disputes
from tests.contracts import world
from tests.contracts.attacks.test_papers_by_hand import D, refused, whole
from tests.contracts.complaints import stories
from tests.contracts.money import stage
from tests.contracts.orders import arrange
from tests.contracts.world import DAY, NOW, TODAY
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.mark.clause("P1.6")
def test_a_design_given_away_stops_payments_by_the_contracts_share() -> None:
    order = stage.order(withhold_percent="50")
    row = {"supplier": order.supplier, "clause": "P1.6", "by": person("luo_buyer"), "at": NOW}

    def breach(percent: int) -> None:
        found = Violation.objects.create(kind="design", happened_on=TODAY, text="外流", **row)
        if percent:
            Freeze.objects.create(violation=found, percent=percent, **row)

    refused("breach_freezes", lambda: breach(0))
    refused("freeze_of_contract", lambda: breach(1))
    whole(lambda: breach(50))


@pytest.mark.clause("P5")
def test_the_supplier_is_charged_its_part_of_the_cost_and_no_more() -> None:
    complaint = stories.filed(packaging="damaged", packaging_places=["left"], damage_places=["left", "top"])
    row = {
        "complaint": complaint,
        "n": 1,
        "liable": "both",
        "cost": "100.01",
        "by": person("luo_buyer"),
        "at": NOW,
    }
    for percent, charge in ((10, "100.01"), (50, "50.00"), (50, "0.00")):
        refused(
            "complaint_part",
            lambda p=percent, c=charge: ComplaintDecision.objects.create(percent=p, charge=c, **row),  # type: ignore[misc]
        )
    whole(lambda: ComplaintDecision.objects.create(percent=50, charge="50.01", **row))


@pytest.mark.clause("P4")
def test_a_court_comes_after_a_talk_with_its_name_and_nothing_after_the_end() -> None:
    buyer = person("luo_buyer")
    dispute = disputes.open_dispute(
        supplier_id=world.supplier().pk, title="赔付", text="各执一词", by=buyer, now=NOW
    )
    row = {"dispute": dispute, "text": "起诉", "by": buyer, "at": NOW}
    court = {"stage": "court", "court": "佛山市顺德区人民法院"}
    refused("dispute_step", lambda: DisputeStep.objects.create(**court, **row))
    disputes.add_step(dispute_id=dispute.pk, stage="talk", text="未谈拢", by=buyer, now=NOW)
    refused("dispute_step", lambda: DisputeStep.objects.create(stage="court", **row))
    whole(lambda: DisputeStep.objects.create(**court, **row))
    disputes.add_step(dispute_id=dispute.pk, stage="settled", text="调解", by=buyer, now=NOW)
    refused("dispute_step", lambda: DisputeStep.objects.create(stage="talk", **row))


@pytest.mark.clause("P7a")
def test_goods_arrive_after_they_left_and_not_tomorrow() -> None:
    everybody()
    order = arrange.producing()
    row = {"number": "SH-7", "by": person("luo_buyer"), "order": order}
    refused("leaves tomorrow", lambda: Delivery.objects.create(shipped_at=NOW + DAY, at=NOW, **row))
    delivery = arrange.ship(order)
    came = {"delivery": delivery, "warehouse": arrange.PLACE, "by": person("xu_warehouse"), "at": NOW}
    for day in (TODAY - DAY, TODAY + DAY):
        refused("after they left", lambda day=day: Arrival.objects.create(arrived_on=day, **came))  # type: ignore[misc]
    whole(lambda: Arrival.objects.create(arrived_on=TODAY, **came))


@pytest.mark.clause("P2.2")
def test_goods_fall_due_no_later_than_the_contracts_days_after_they_came() -> None:
    order = stage.order()
    [line] = stage.arrive(stage.ship(order, 4), 4)
    made = stage.judge(line, 3).owed
    assert made is not None
    assert made.due_on == TODAY + 30 * DAY
    accepted = PayablePart.objects.get().acceptance
    assert accepted is not None
    row = {
        "supplier": order.supplier, "order": order, "kind": "balance", "arrival": line.arrival, "goods": D(0),
        "amount": D(0), "about": TODAY, "clause": "P2.2", "at": NOW, "on": TODAY,
    }  # fmt: skip
    refused("payable_days", lambda: Payable.objects.create(due_on=TODAY + 31 * DAY, **row))
    whole(lambda: Payable.objects.create(due_on=TODAY + 30 * DAY, **row))
