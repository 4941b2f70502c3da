"""Designs leave the house marked with the supplier's name, and every hand they pass through is logged (P3.6)."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from pypdf import PdfReader, PdfWriter

from contracts.models import Handover, HandoverFetch
from contracts.services import handovers, samples
from office.errors import Forbidden, Invalid, NotFound
from office.files import api as files
from tests.contracts import world
from tests.contracts.door import crossing
from tests.contracts.orders import arrange
from tests.contracts.orders.arrange import NOW
from tests.files.samples import small_picture
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def a_pdf() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(width=595, height=842)
    writer.add_blank_page(width=842, height=595)
    writer.write(out)
    return out.getvalue()


def _handed(content: bytes, name: str, **more: object) -> Handover:
    order = arrange.sent()
    return handovers.hand_over(
        content=content, name=name, contact_id=arrange.the_contact().pk, purpose="打样", by=person("luo_buyer"),
        now=NOW, **{"order": order, **more},  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.clause("P3.6")
def test_every_page_of_a_pdf_bears_the_name_of_the_supplier_and_the_code() -> None:
    made = _handed(a_pdf(), "图纸.pdf")
    pages = PdfReader(io.BytesIO(files.content_of(made.marked))).pages
    assert len(pages) == 2
    for page in pages:
        text = page.extract_text().replace("\n", "")
        assert made.code in text
        assert world.supplier().name in text
    assert made.marked.sha256 != made.original.sha256


@pytest.mark.clause("P3.6")
def test_a_picture_is_marked_across_and_each_fetching_is_kept() -> None:
    made = _handed(small_picture(), "外观.png")
    assert made.marked.is_picture
    assert made.marked.sha256 != made.original.sha256
    assert handovers.fetch_design(handover_id=made.pk, contact=arrange.the_contact(), now=NOW) == made.marked
    handovers.fetch_design(handover_id=made.pk, by=person("luo_buyer"), now=NOW)
    assert HandoverFetch.objects.filter(handover=made).count() == 2


def test_only_what_can_be_marked_is_handed_over_and_only_to_its_own_supplier() -> None:
    with pytest.raises(Invalid):
        _handed("尺寸 1200".encode(), "说明.txt")
    stranger = world.contact(world.supplier("FS09", "佛山市别家家具厂"), "外人")
    with pytest.raises(NotFound):
        handovers.hand_over(
            content=a_pdf(), name="图.pdf", contact_id=stranger.pk, purpose="看", by=person("luo_buyer"), now=NOW,
            order=arrange.drafted(),
        )  # fmt: skip
    made = _handed(a_pdf(), "图纸.pdf")
    with pytest.raises(NotFound):
        handovers.fetch_design(handover_id=made.pk, contact=stranger, now=NOW)
    with pytest.raises(NotFound):
        handovers.fetch_design(handover_id=987654, by=person("luo_buyer"), now=NOW)
    with pytest.raises(Forbidden):
        handovers.fetch_design(handover_id=made.pk, by=person("xu_warehouse"), now=NOW)


@pytest.mark.clause("P3.6")
def test_the_database_refuses_an_unmarked_design() -> None:
    made = _handed(a_pdf(), "图纸.pdf")
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(
            code="X", supplier=made.supplier, contact=made.contact, order=made.order, original=made.original,
            marked=made.original, purpose="看", by=made.by, at=NOW,
        )  # fmt: skip


@pytest.mark.clause("P3.6")
def test_the_drawing_of_a_sample_is_handed_over_on_its_page_and_fetched_at_the_door() -> None:
    contact, buyer = arrange.the_contact(), signed_in("luo_buyer")
    sample = samples.request_sample(
        supplier_id=contact.supplier_id, name="沙发", demands="正面", by=person("luo_buyer"), now=NOW
    )
    where, page = f"/contracts/samples/{sample.pk}/act/design/", f"/contracts/samples/{sample.pk}/"
    drawing = SimpleUploadedFile("图纸.pdf", a_pdf(), "application/pdf")
    assert buyer.post(where, {"contact_id": contact.pk, "purpose": "打样"}).status_code == 422
    fields = {"contact_id": contact.pk, "purpose": "打样", "file": drawing}
    assert buyer.post(where, fields).status_code == 302
    made = Handover.objects.get(sample=sample)
    assert made.code in buyer.get(page).content.decode()
    visitor = crossing.inside(crossing.send(contact, "sample", sample.pk))
    assert visitor.client.get(visitor.at("design", made.pk)).status_code == 200
    assert HandoverFetch.objects.get().contact == contact
