"""Filing: who may, what the form asks, what the table proposes, and nothing of the customer in it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.models import Complaint, ComplaintFile
from contracts.services.complaints import filing
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.files.samples import small_picture
from tests.people import person

pytestmark = pytest.mark.usefixtures("site")


@pytest.mark.clause("P5")
def test_the_form_proposes_and_decides_nothing() -> None:
    complaint = stories.filed()
    assert (complaint.state, complaint.form.proposed, complaint.form.because) == (
        "filed",
        "supplier",
        "intact",
    )
    assert complaint.number == "TS-20261123-001"
    assert (complaint.sale_id, complaint.sale_label) == (8812, "TM01/8812")
    assert Deadline.objects.filter(rule=filing.DECIDE, subject_id=str(complaint.pk), state="open").exists()
    assert not complaint.decisions.exists()


def test_damaged_packaging_is_judged_by_its_place() -> None:
    carrier = stories.filed(packaging="damaged", packaging_places=["left"], damage_places=["left"])
    both = stories.filed(packaging="damaged", packaging_places=["left"], damage_places=["left", "top"])
    assert [each.form.proposed for each in (carrier, both)] == ["carrier", "both"]


def test_only_its_posts_file() -> None:
    with pytest.raises(Forbidden):
        filing.file_complaint(filled=stories.filled(), by=person("xu_warehouse"), now=stories.NOW)


@pytest.mark.parametrize(
    "text",
    [
        "王芳说扶手开裂",
        "请联系 138 0000 0000",
        "１３８-００００-００００",
        "另一个号码13912345678",
        "送到沙滘村五巷8号时已坏",
    ],
)
def test_nothing_of_the_customer_goes_to_the_supplier(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        stories.filed(said=text)
    assert refused.value.errors[0]["code"] == "personal"
    assert not Complaint.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"supplier_id": 987_654}, "supplier"),
        ({"kind": "later"}, "kind"),
        ({"wish": "gold"}, "wish"),
        ({"quantity": 0}, "quantity"),
        ({"goods": " "}, "goods"),
        ({"said": ""}, "said"),
        ({"packaging": ""}, "packaging"),
        ({"packaging_places": ["top"]}, "packaging_places"),
        ({"packaging": "damaged"}, "packaging_places"),
        ({"damage_places": ["moon"]}, "damage_places"),
        ({"kind": "quality"}, "packaging"),
        ({"line_id": 987_654}, "line"),
    ],
)
def test_what_is_missing_or_wrong_is_named(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        stories.filed(**wrong)
    assert refused.value.errors[0]["path"] == path


def test_it_is_withdrawn_before_it_is_decided_and_not_after() -> None:
    complaint = stories.filed()
    filing.withdraw(complaint_id=complaint.pk, reason="重复登记", by=person("li_lei"), now=stories.NOW)
    complaint.refresh_from_db()
    assert complaint.state == "withdrawn"
    assert not Deadline.objects.filter(subject_type="complaint", state="open").exists()
    with pytest.raises(Conflict):
        filing.withdraw(complaint_id=complaint.pk, reason="再撤", by=person("li_lei"), now=stories.NOW)
    with pytest.raises(NotFound):
        filing.withdraw(complaint_id=987_654, reason="无", by=person("li_lei"), now=stories.NOW)
    other = stories.filed()
    with pytest.raises(Conflict):
        filing.withdraw(complaint_id=other.pk, reason="旧页面", by=person("li_lei"), now=stories.NOW, seen=99)


def test_a_photograph_may_be_for_us_only() -> None:
    complaint = stories.filed()
    given: dict[str, Any] = {
        "complaint_id": complaint.pk,
        "content": small_picture(),
        "name": "面单.png",
        "now": stories.NOW,
    }
    filing.add_file(**given, shared=False, by=person("li_lei"))
    filing.add_file(**given, shared=False, contact=world.contact())
    ours, theirs = ComplaintFile.objects.order_by("pk")
    assert (ours.shared, theirs.shared) == (False, True)
    stranger = world.contact(world.supplier("FS02", "佛山市远木家具有限公司"), "吴经理", phone="13900139000")
    with pytest.raises(NotFound):
        filing.add_file(**given, shared=True, contact=stranger)
    filing.withdraw(complaint_id=complaint.pk, reason="错", by=person("li_lei"), now=stories.NOW)
    with pytest.raises(Conflict):
        filing.add_file(**given, shared=True, by=person("li_lei"))
