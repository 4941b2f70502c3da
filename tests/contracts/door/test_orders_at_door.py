"""A purchase order at the supplier's door, from the first look to the shipping; what another supplier sees of it."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from contracts.limits import door_limits
from contracts.models import (
    Delivery,
    LossAnswer,
    OrderEvent,
    PurchaseOrder,
    Rectification,
    SampleEvent,
    StepReport,
)
from contracts.services import first_sample, inspecting, losses, samples
from office.deadlines.models import Deadline
from office.files import api as files
from office.files.models import StoredFile
from tests.contracts import world
from tests.contracts.door import crossing
from tests.contracts.orders import arrange
from tests.files.samples import encoded, small_picture
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(world.NOW + dt.timedelta(hours=1), tick=True):
        yield


def _picture(name: str = "IMG_1.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, small_picture(), "image/png")


def _visitor(order: PurchaseOrder) -> crossing.Visitor:
    return crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))


@pytest.mark.clause("P7b")
def test_only_a_verified_look_starts_the_days_of_p7b() -> None:
    order = arrange.sent()
    sent = crossing.send(arrange.the_contact(), "order", order.pk)
    outside = crossing.outside(sent)
    outside.client.get(outside.at("enter"))
    assert outside.client.get(outside.at("order", order.pk)).status_code == 302
    visitor = crossing.inside(sent)
    visitor.client.get(visitor.at("order", order.pk), headers={"Sec-Purpose": "prefetch"})
    assert not OrderEvent.objects.filter(order=order, word="opened").exists()
    page = visitor.client.get(visitor.at("order", order.pk))
    assert page.status_code == 200
    assert "12,000.00" in page.content.decode()
    order.refresh_from_db()
    assert order.opened_at is not None
    assert Deadline.objects.filter(rule="contracts.order_return", subject_id=str(order.pk)).exists()


@pytest.mark.clause("P1.3")
def test_it_is_returned_by_a_name_and_only_once() -> None:
    order = arrange.sent()
    visitor = _visitor(order)
    assert (
        visitor.client.post(visitor.at("order_act", order.pk, "return"), {"signature": ""}).status_code == 422
    )
    answer = visitor.client.post(visitor.at("order_act", order.pk, "return"), {"signature": "何师傅"})
    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.state == "returned"
    event = OrderEvent.objects.get(order=order, word="returned")
    assert (event.contact, event.by, event.data["signature"]) == (arrange.the_contact(), None, "何师傅")
    assert (
        visitor.client.post(visitor.at("order_act", order.pk, "return"), {"signature": "何"}).status_code
        == 409
    )


def test_it_is_returned_by_a_scan_with_progress() -> None:
    order = arrange.sent()
    visitor = _visitor(order)
    answer = visitor.client.post(
        visitor.at("order_act", order.pk, "return"), {"file": _picture()}, headers={"X-Upload": "1"}
    )
    assert answer.status_code == 200
    assert "data-kept" in answer.content.decode()
    assert OrderEvent.objects.get(order=order, word="returned").file is not None


@pytest.mark.clause("P1.4")
def test_the_whole_way_at_the_door() -> None:
    order = arrange.returned()
    visitor = _visitor(order)

    def act(key: str, **data: Any) -> Any:
        return visitor.client.post(visitor.at("order_act", order.pk, key), data)

    assert act("start").status_code == 409  # not before the first sample
    assert act("first-sample", text="与封样一致", file=_picture()).status_code == 302
    assert "采购员" in visitor.client.get(visitor.at("order", order.pk)).content.decode()
    first_sample.confirm(order=order, by=person("luo_buyer"), now=crossing.now())
    assert act("start").status_code == 302
    line = arrange.only_line(order)
    for step in line.steps.all():
        given = {"step": step.pk, "mode": "self", "standard": "national", "passed": "1"}
        assert act("report", **given).status_code == 422  # without a file
        assert act("report", **given, file=_picture()).status_code == 302
    assert StepReport.objects.filter(step__line=line, contact=arrange.the_contact()).count() == 2
    assert act("ship", number="", **{f"line_{line.pk}": "4"}).status_code == 422
    refused = act("ship", number="SH-1", **{f"line_{line.pk}": "11"})
    assert refused.status_code == 422
    assert "SH-1" in refused.content.decode()  # what was typed is kept
    assert (
        act("ship", number="SH-1", carrier="德邦", file=_picture(), **{f"line_{line.pk}": "4"}).status_code
        == 302
    )
    delivery = Delivery.objects.get()
    assert (delivery.contact, delivery.note is not None, delivery.lines.get().quantity) == (
        arrange.the_contact(), True, 4,
    )  # fmt: skip
    assert visitor.client.get(visitor.at("order", order.pk)).status_code == 200


def test_a_step_of_another_order_takes_no_report_here() -> None:
    other = arrange.producing()
    order = arrange.producing()
    visitor = _visitor(order)
    step = arrange.only_line(other).steps.earliest("n")
    given = {"step": step.pk, "mode": "self", "standard": "national", "passed": "1", "file": _picture()}
    assert visitor.client.post(visitor.at("order_act", order.pk, "report"), given).status_code == 404
    assert not StoredFile.objects.filter(name__startswith="IMG_1").exists()


def test_another_supplier_s_paper_is_not_there() -> None:
    order = arrange.sent()
    sample = arrange.signed_sample()
    theirs = world.contact(world.supplier("FS02", "佛山市远木家具有限公司"), "吴经理", phone="13900139000")
    stranger = crossing.inside(crossing.send(theirs))
    assert stranger.client.get(stranger.at("papers")).status_code == 200
    for page, args in (("order", [order.pk]), ("sample", [sample.pk])):
        assert stranger.client.get(stranger.at(page, *args)).status_code == 404
    for page in (stranger.at("order_act", order.pk, "return"), stranger.at("sample_photograph", sample.pk)):
        assert stranger.client.post(page, {"signature": "吴"}).status_code == 404
    photo = SampleEvent.objects.filter(file__isnull=False).first()
    assert photo is not None
    assert stranger.client.get(stranger.at("sample_photo", sample.pk, photo.pk)).status_code == 404
    order.refresh_from_db()
    assert (order.state, order.opened_at) == ("sent", None)


def test_a_link_for_one_paper_opens_no_other_of_its_own_supplier() -> None:
    one, two = arrange.sent(), arrange.sent()
    visitor = _visitor(one)
    assert visitor.client.get(visitor.at("order", one.pk)).status_code == 200
    assert visitor.client.get(visitor.at("order", two.pk)).status_code == 404
    listed = visitor.client.get(visitor.at("papers")).content.decode()
    assert one.number in listed
    assert two.number not in listed


def test_a_draft_is_ours_alone() -> None:
    draft = arrange.drafted()
    visitor = crossing.inside(crossing.send(arrange.the_contact()))
    assert visitor.client.get(visitor.at("order", draft.pk)).status_code == 404
    assert draft.number not in visitor.client.get(visitor.at("papers")).content.decode()


@pytest.mark.clause("P1.1")
def test_samples_are_photographed_at_the_door() -> None:
    sample = samples.request_sample(
        supplier_id=world.supplier().pk, name="餐椅", demands="正面、侧面各一张", by=person("luo_buyer"),
        now=crossing.now(),
    )  # fmt: skip
    visitor = crossing.inside(crossing.send(arrange.the_contact(), "sample", sample.pk))
    assert visitor.client.get(visitor.at("enter"), follow=True).status_code == 200
    kept = visitor.client.post(
        visitor.at("sample_photograph", sample.pk), {"file": _picture()}, headers={"X-Upload": "1"}
    )
    assert kept.status_code == 200
    photo = SampleEvent.objects.get(sample=sample, file__isnull=False)
    small = visitor.client.get(visitor.at("sample_photo", sample.pk, photo.pk) + "?small=1")
    assert (small.status_code, small["Content-Type"]) == (200, "image/webp")
    sample.refresh_from_db()
    assert sample.state == "photographed"
    paper = SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF", "application/pdf")
    assert visitor.client.post(visitor.at("sample_photograph", sample.pk), {"file": paper}).status_code == 422


def test_a_hostile_a_huge_and_an_empty_file_are_refused_in_words() -> None:
    order = arrange.sent()
    visitor = _visitor(order)
    page = visitor.at("order_act", order.pk, "return")
    hostile = {
        "x.html": b"<html><script>alert(1)</script></html>",
        "x.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "x.exe": b"MZ\x90\x00" + bytes(200),
        "x.pdf": b"%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<<>>\n%%EOF",
        "../../etc/passwd.png": b"\x89PNG\r\n\x1a\n" + bytes(64),
        "empty.png": b"",
    }
    for name, content in hostile.items():
        answer = visitor.client.post(
            page, {"file": SimpleUploadedFile(name, content)}, headers={"X-Upload": "1"}
        )
        assert answer.status_code == 422, name
        assert "note-late" in answer.content.decode()
    long = visitor.client.post(
        page, b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH="99999999999"
    )
    assert long.status_code == 413
    order.refresh_from_db()
    assert order.state == "sent"
    assert not StoredFile.objects.filter(kept_by=None, family="document").exists()


def test_a_photograph_from_a_good_camera_is_made_smaller_by_itself() -> None:
    order = arrange.sent()
    visitor = _visitor(order)
    noise = Image.frombytes("RGB", (1500, 1300), random.Random(3).randbytes(1500 * 1300 * 3))
    large = encoded(noise, "PNG")
    answer = visitor.client.post(
        visitor.at("order_act", order.pk, "return"),
        {"file": SimpleUploadedFile("IMG_0001.PNG", large, "image/png")},
        headers={"X-Upload": "1"},
    )
    assert answer.status_code == 200, answer.content.decode()
    kept = OrderEvent.objects.get(order=order, word="returned").file
    assert kept is not None
    assert kept.size <= 5_242_880 < len(large)


def test_naughty_fields_make_no_fault() -> None:
    order = arrange.sent()
    visitor = _visitor(order)
    for text in ("\x00", "\ud800", "' OR 1=1 --", "<script>", "𠀀" * 5000, "٣٣٣", "-1", "1e9"):
        for key in ("return", "first-sample", "start", "report", "ship", "nothing"):
            data = {
                "signature": text,
                "text": text,
                "step": text,
                "number": text,
                "mode": text,
                "carrier": text,
            }
            try:
                answer = visitor.client.post(visitor.at("order_act", order.pk, key), data)
            except UnicodeEncodeError:  # the test's own client cannot send it
                continue
            assert answer.status_code < 500
    assert Client().get(f"/supplier/{visitor.token}/order/999999999999999/").status_code in (302, 404)


@pytest.mark.clause("P3.2")
def test_what_an_inspection_found_is_answered_at_the_door_before_anything_is_shipped() -> None:
    order = arrange.producing(crossing.now())
    line, inspector = arrange.only_line(order), person("song_inspector")
    made = inspecting.inspect(line_id=line.pk, stage="finished", by=inspector, now=crossing.now())
    inspecting.report(
        inspection_id=made.pk,
        checked=made.sample,
        bad=made.sample,
        text="扶手色差",
        by=inspector,
        now=crossing.now(),
    )
    rectification = Rectification.objects.get()
    visitor = _visitor(order)
    papers = crossing.inside(crossing.send(arrange.the_contact(), "papers"))
    assert "整改抽检问题" in papers.client.get(papers.at("papers")).content.decode()
    page = visitor.client.get(visitor.at("order", order.pk)).content.decode()
    assert "扶手色差" in page
    assert "确认发货" not in page
    where = visitor.at("order_act", order.pk, "mend")
    refused = visitor.client.post(where, {"made": rectification.pk, "how": " "})
    assert refused.status_code == 422
    assert visitor.client.post(where, {"made": rectification.pk + 9, "how": "已换"}).status_code == 404
    answer = visitor.client.post(where, {"made": rectification.pk, "how": "换了面料", "file": _picture()})
    assert answer.status_code == 302
    said = rectification.events.get()
    assert (said.word, said.contact, said.text) == ("answered", arrange.the_contact(), "换了面料")
    assert said.file is not None
    assert "等待复检" in visitor.client.get(visitor.at("order", order.pk)).content.decode()
    inspecting.judge(
        rectification_id=rectification.pk, good=False, text="还有色差", by=inspector, now=crossing.now()
    )
    assert "还有色差" in visitor.client.get(visitor.at("order", order.pk)).content.decode()


@pytest.mark.clause("P3.2")
def test_the_photo_of_what_an_inspection_found_is_shown_to_its_own_supplier_alone() -> None:
    order, inspector = arrange.producing(crossing.now()), person("song_inspector")
    shot = files.keep_file(
        content=small_picture(),
        name="色差.png",
        by=inspector,
        now=crossing.now(),
        limits=door_limits(crossing.now()),
    )
    made = inspecting.inspect(
        line_id=arrange.only_line(order).pk, stage="finished", by=inspector, now=crossing.now()
    )
    inspecting.report(
        inspection_id=made.pk, checked=made.sample, bad=made.sample, text="色差", file=shot, by=inspector,
        now=crossing.now(),
    )  # fmt: skip
    found, visitor = Rectification.objects.get(), _visitor(order)
    where = visitor.at("order_finding", order.pk, found.pk)
    assert where in visitor.client.get(visitor.at("order", order.pk)).content.decode()
    for address in (where, f"{where}?small=1"):
        answer = visitor.client.get(address)
        assert (answer.status_code, answer["Content-Type"].split("/")[0]) == (200, "image")
    other = arrange.producing(crossing.now())
    mine = _visitor(other)
    for address in (
        mine.at("order_finding", order.pk, found.pk),  # another paper than the link's
        mine.at("order_finding", other.pk, found.pk),  # of another order
        visitor.at("order_finding", order.pk, found.pk + 9),
    ):
        assert mine.client.get(address).status_code in (302, 404)
    stranger = crossing.inside(
        crossing.send(world.contact(world.supplier("FS09", "别家"), phone="13900000009"))
    )
    assert stranger.client.get(stranger.at("order_finding", order.pk, found.pk)).status_code == 404


def test_a_finding_without_a_photo_shows_none() -> None:
    order, inspector = arrange.producing(crossing.now()), person("song_inspector")
    made = inspecting.inspect(
        line_id=arrange.only_line(order).pk, stage="finished", by=inspector, now=crossing.now()
    )
    inspecting.report(
        inspection_id=made.pk,
        checked=made.sample,
        bad=made.sample,
        text="色差",
        by=inspector,
        now=crossing.now(),
    )
    visitor = _visitor(order)
    where = visitor.at("order_finding", order.pk, Rectification.objects.get().pk)
    assert where not in visitor.client.get(visitor.at("order", order.pk)).content.decode()
    assert visitor.client.get(where).status_code == 404


def test_another_suppliers_rectification_is_not_there() -> None:
    theirs = arrange.producing(crossing.now())
    inspector = person("song_inspector")
    made = inspecting.inspect(
        line_id=arrange.only_line(theirs).pk, stage="finished", by=inspector, now=crossing.now()
    )
    inspecting.report(
        inspection_id=made.pk,
        checked=made.sample,
        bad=made.sample,
        text="色差",
        by=inspector,
        now=crossing.now(),
    )
    mine = arrange.producing(crossing.now())
    visitor = _visitor(mine)
    fields = {"made": Rectification.objects.get().pk, "how": "换了"}
    assert visitor.client.post(visitor.at("order_act", mine.pk, "mend"), fields).status_code == 404


@pytest.mark.clause("P3.4")
def test_a_loss_claim_is_answered_at_the_door_once_and_by_its_own_supplier() -> None:
    order = arrange.shipped(crossing.now())
    losses.claim_loss(
        order_id=order.pk, clause="P3.4", text="面料成分不符", by=person("luo_buyer"), now=crossing.now(),
        losses=[losses.Loss("direct", "退货运费", Decimal("300.00"))],
    )  # fmt: skip
    claim = order.claims.get()
    visitor = _visitor(order)
    page = visitor.client.get(visitor.at("order", order.pk)).content.decode()
    assert "退货运费" in page
    assert "300.00" in page
    where, fields = visitor.at("order_act", order.pk, "claim"), {"claim": claim.pk, "word": "object"}
    for wrong in ({"objection": " "}, {"word": "perhaps"}):
        assert visitor.client.post(where, {**fields, **wrong}).status_code == 422
    assert visitor.client.post(where, {**fields, "claim": claim.pk + 9, "objection": "x"}).status_code == 404
    assert visitor.client.post(where, {**fields, "objection": "成分有检测报告"}).status_code == 302
    assert visitor.client.post(where, {**fields, "word": "bear"}).status_code == 409
    assert LossAnswer.objects.get().contact == arrange.the_contact()
    with pytest.raises(IntegrityError), transaction.atomic():
        LossAnswer.objects.create(
            claim=claim, word="bear", contact=world.contact(world.supplier("FS09", "别家")), at=crossing.now()
        )
    buyer = signed_in("luo_buyer").get(f"/contracts/orders/{order.pk}/").content.decode()
    assert "成分有检测报告" in buyer
