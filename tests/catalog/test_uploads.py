"""Pictures of goods and files that show competitors' prices: limits of the book, the scanner, an offer for what is too
large."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from catalog.limits import evidence_limits, picture_limits
from catalog.models import EvidenceFile, Picture
from catalog.services import content
from catalog.services.uploads import Sent, keep_evidence
from office.approvals.models import Run
from office.audit.models import Entry, Incident
from office.errors import NotFound
from office.files.api import FileRefused
from office.files.models import Offer, StoredFile
from tests.catalog.shelf import NOW, product, sku
from tests.catalog.test_pages import form
from tests.files.samples import EICAR, PDF, archive, clamd, large_picture, small_picture
from tests.people import person, signed_in

pytestmark = pytest.mark.clause("C6.9")


def evidence(sent: bytes, name: str = "竞品.pdf") -> EvidenceFile:
    return keep_evidence(sent=Sent(sent, name), by=person("ma_product"), now=NOW)


def test_the_limits_are_those_of_the_book(site: None) -> None:
    found = evidence_limits(NOW)
    assert (found.image, found.video, found.document, found.clause) == (512_000, 0, 1_048_576, "C6.9")
    assert picture_limits(NOW).document == 0


@pytest.mark.clause("M4.9")
def test_in_the_mall_those_of_its_book(mall: None) -> None:
    assert evidence_limits(NOW).clause == "M4.9"


def test_a_document_has_a_megabyte_at_most(site: None) -> None:
    with pytest.raises(FileRefused) as refused:
        evidence(PDF + b"% x" * 400_000)
    assert (refused.value.code, refused.value.clause) == ("too_large", "C6.9")
    assert refused.value.params["limit"] == 1_048_576
    assert evidence(PDF).mime == "application/pdf"


def test_a_pdf_that_runs_something_is_no_evidence(site: None) -> None:
    with pytest.raises(FileRefused) as refused:
        evidence(b"%PDF-1.7 <</S/JavaScript/JS(1)>>")
    assert refused.value.code == "active"


def test_another_kind_of_document_is_no_evidence(site: None) -> None:
    for sent in (b"plain words", archive("[Content_Types].xml", "word/document.xml")):
        with pytest.raises(FileRefused):
            evidence(sent, "说明.docx")


def test_the_scanner_is_asked_about_evidence_and_pictures(site: None, settings: Any) -> None:
    with clamd() as url:
        settings.CLAMD_URL = url
        with pytest.raises(FileRefused) as refused:
            evidence(PDF + EICAR)
        assert refused.value.code == "virus"
        assert Incident.objects.filter(kind="virus").count() == 1
    settings.CLAMD_URL = "tcp://127.0.0.1:1"
    with pytest.raises(FileRefused) as refused:
        content.add_picture(
            product_id=product().pk, sent=Sent(small_picture(), "x.png"), by=person("pan_photo"), now=NOW
        )
    assert refused.value.code == "no_scanner"


def test_a_picture_over_the_limit_is_offered_smaller_and_kept_once_accepted(site: None) -> None:
    made, client = product(), signed_in("pan_photo")
    url = reverse("catalog:picture_add", args=[made.pk])
    answer = client.post(url, {"file": SimpleUploadedFile("正面.png", large_picture()), "caption": "正面图"})
    assert answer.status_code == 422
    assert not Picture.objects.exists()
    offer = Offer.objects.get()
    page = answer.content.decode()
    assert reverse("files:offer_picture", args=[offer.pk, "smaller"]) in page
    assert 'value="正面图"' in page
    other = signed_in("zheng_designer").post(url, {"offer": str(offer.pk), "caption": ""})
    assert other.status_code == 422
    assert client.post(url, {"offer": str(offer.pk), "caption": "正面图"}).status_code == 302
    kept = Picture.objects.get()
    assert kept.size == offer.smaller_size <= 512_000
    assert b'"offered":true' in bytes(Entry.objects.get(verb="catalog.add_picture").canonical)
    assert not StoredFile.objects.exists()
    assert client.post(url, {"offer": str(offer.pk), "caption": ""}).status_code == 422
    assert client.post(url, {"caption": ""}).status_code == 422


def test_what_cannot_be_made_to_fit_is_said_beside_the_field(
    site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("office.files.services.pictures.fitting", lambda content, most: None)
    url = reverse("catalog:picture_add", args=[product().pk])
    answer = signed_in("pan_photo").post(url, {"file": SimpleUploadedFile("x.png", large_picture())})
    assert answer.status_code == 422
    assert not Offer.objects.exists()


def test_a_screenshot_over_the_limit_is_offered_smaller_in_its_row(site: None) -> None:
    made, client = sku(), signed_in("ma_product")
    url = reverse("catalog:propose_price", args=[made.pk])
    answer = client.post(url, {**form(), "c-0-file": SimpleUploadedFile("shot.png", large_picture())})
    assert answer.status_code == 422
    assert not Run.objects.exists()
    offer = Offer.objects.get()
    assert f'name="c-0-offer" value="{offer.pk}"' in answer.content.decode()
    answer = client.post(url, {**form(), "c-0-offer": str(offer.pk), "c-0-smaller": "1"})
    assert answer.status_code == 302
    kept = EvidenceFile.objects.get()
    assert Run.objects.get().payload["evidence"]["competitor_prices"][0]["file"] == kept.pk
    gone = client.post(url, {**form(), "c-0-offer": str(offer.pk), "c-0-smaller": "1"})
    assert gone.status_code == 422


def test_a_file_that_is_refused_stops_the_request_and_says_why(site: None) -> None:
    made, client = sku(), signed_in("ma_product")
    url = reverse("catalog:propose_price", args=[made.pk])
    answer = client.post(url, {**form(), "c-0-file": SimpleUploadedFile("shot.exe", b"MZ" * 90)})
    assert answer.status_code == 422
    assert "shot.exe" in answer.content.decode()
    assert not Run.objects.exists()


def test_an_offer_whose_bytes_are_gone_is_said_to_be(site: None) -> None:
    with pytest.raises(NotFound):
        keep_evidence(sent=Sent(offer=987654), by=person("ma_product"), now=NOW)
