"""What a supplier sees of a customer at its door: the goods, and nothing of the person (C13)."""

from __future__ import annotations

import pytest

from contracts.models import ComplaintFile
from contracts.services.complaints import filing
from office.errors import Invalid
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.contracts.complaints.stories import NOW
from tests.contracts.door import crossing
from tests.files.samples import small_picture
from tests.people import everybody, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]

WRITTEN = (
    "+8613800000000", "+86 138-0000-0000", "008613812345678", "138.1234.5678", "138·1234·5678", "(138)12345678",
    "１３８ 1234 5678", "138\u200b1234\u200b5678", "١٣٨١٢٣٤٥٦٧٨", "一三八一二三四五六七八", "0757-22123456",
)  # fmt: skip


@pytest.mark.parametrize("number", WRITTEN)
def test_a_number_is_found_however_it_is_written(number: str) -> None:
    everybody()
    with pytest.raises(Invalid) as refused:
        stories.filed(said=f"请联系{number}，扶手开裂")
    assert refused.value.code == "personal"


@pytest.mark.parametrize(
    "said", ["规格 1580×600×2000 开裂", "尺寸1800*2000*1234", "2026-11-23 13:45 签收", "编号 20261123001"]
)
def test_measures_and_days_are_no_numbers_of_people(said: str) -> None:
    everybody()
    assert stories.filed(said=said).pk


def test_the_reason_of_a_decision_tells_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody()
    complaint = stories.filed()
    monkeypatch.setattr("contracts.sales.find", lambda by, sale_id, now: stories.sale())
    for reason in ("客户13800000000已确认", "王芳坚持赔偿", "送到沙滘村五巷8号"):
        with pytest.raises(Invalid) as refused:
            stories.decide(complaint, reason=reason)
        assert refused.value.code == "personal"


def test_a_file_bears_no_name_that_a_phone_gave_it() -> None:
    everybody()
    complaint = stories.decided()
    for shared in (True, False):
        filing.add_file(
            complaint_id=complaint.pk, content=small_picture(), name="王芳 13800000000.png", shared=shared,
            by=person("li_lei"), now=NOW,
        )  # fmt: skip
    sent = crossing.send(world.contact(complaint.supplier, now=crossing.now()), "complaint", complaint.pk)
    visitor = crossing.inside(sent)
    page = visitor.client.get(visitor.at("complaint", complaint.pk)).content.decode()
    assert complaint.number in page
    for secret in (*stories.CUSTOMER, "TM01/8812"):
        assert secret not in page
    ours, hidden = ComplaintFile.objects.order_by("pk")
    answer = visitor.client.get(visitor.at("complaint_file", complaint.pk, ours.pk))
    assert "1380000" not in answer["Content-Disposition"]
    assert visitor.client.get(visitor.at("complaint_file", complaint.pk, hidden.pk)).status_code == 404
