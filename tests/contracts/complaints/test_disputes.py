"""Disputes: they begin by talking, and a court comes after it (P4)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.models import Dispute
from contracts.services.complaints import disputes
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.files.samples import small_picture
from tests.people import person

pytestmark = pytest.mark.usefixtures("site")


def _open(**more: Any) -> Dispute:
    facts: dict[str, Any] = {
        "supplier_id": world.supplier().pk, "title": "扶手开裂赔付", "text": "我方要求赔付，对方不认可",
        "by": person("luo_buyer"), "now": stories.NOW,
    }  # fmt: skip
    return disputes.open_dispute(**{**facts, **more})


def _step(dispute: Dispute, stage: str, **more: Any) -> Any:
    facts: dict[str, Any] = {"text": "电话协商，未达成一致", "by": person("luo_buyer"), "now": stories.NOW}
    return disputes.add_step(dispute_id=dispute.pk, stage=stage, **{**facts, **more})


@pytest.mark.clause("P4")
def test_talk_first_then_the_court_then_the_end() -> None:
    complaint = stories.decided()
    dispute = _open(complaint_id=complaint.pk)
    assert (dispute.stage, dispute.number) == ("talk", "ZY-20261123-001")
    with pytest.raises(Conflict) as refused:
        _step(dispute, "court", court="佛山市顺德区人民法院")
    assert refused.value.clause == "P4"
    _step(dispute, "talk", content=small_picture(), name="会议纪要.png")
    with pytest.raises(Invalid):
        _step(dispute, "court")
    _step(dispute, "court", court="佛山市顺德区人民法院")
    with pytest.raises(Invalid):
        _step(dispute, "talk")
    _step(dispute, "settled", text="调解结案")
    with pytest.raises(Conflict):
        _step(dispute, "settled")


def test_refusals() -> None:
    with pytest.raises(Forbidden):
        _open(by=person("li_lei"))
    for wrong in ({"supplier_id": 987_654}, {"complaint_id": 987_654}, {"order_id": 987_654}):
        with pytest.raises(NotFound):
            _open(**wrong)
    for empty in ({"title": " "}, {"text": ""}):
        with pytest.raises(Invalid):
            _open(**empty)
    dispute = _open()
    with pytest.raises(NotFound):
        disputes.add_step(dispute_id=987_654, stage="talk", text="x", by=person("luo_buyer"), now=stories.NOW)
    with pytest.raises(Conflict):
        _step(dispute, "talk", seen=9)
    with pytest.raises(Invalid):
        _step(dispute, "talk", text="")


def test_the_database_knows_no_court_without_its_step() -> None:
    dispute = _open()
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.filter(pk=dispute.pk).update(stage="court")
