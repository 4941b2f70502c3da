"""What a contact has typed saves itself at the door and comes back: soon, and after a visit that was over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import Delivery, DoorDraft
from contracts.services import inspecting
from contracts.services.door import codes, drafts, links
from contracts.views.door import drafting
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.contracts.door import crossing
from tests.contracts.orders import arrange
from tests.files.samples import small_picture
from tests.people import everybody, person

pytestmark = pytest.mark.usefixtures("site")
START = world.NOW + dt.timedelta(hours=1)


def _code(visitor: crossing.Visitor, **more: str) -> object:
    digits = codes.read_out(link_id=visitor.link.pk, by=person("luo_buyer"), now=crossing.now())
    return visitor.client.post(visitor.at("come_in"), {"code": digits, **more})


@pytest.mark.clause("P7a")
def test_a_delivery_typed_too_late_stands_there_again_after_the_code() -> None:
    with time_machine.travel(START, tick=False) as clock:
        order = arrange.producing(START)
        line = arrange.only_line(order)
        visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
        where, page = visitor.at("order_act", order.pk, "ship"), visitor.at("order", order.pk)
        clock.shift(dt.timedelta(days=1))
        typed = {f"line_{line.pk}": "4", "number": "SH-77", "carrier": "德邦物流"}
        answer = visitor.client.post(where, typed)
        assert answer.status_code == 302
        assert answer["Location"].startswith(visitor.at("enter"))
        entrance = visitor.client.get(answer["Location"])
        assert "输入的内容已保留" in entrance.content.decode()
        assert page in entrance.content.decode()  # and the code leads back to the paper
        assert not Delivery.objects.exists()
        back = _code(visitor, next=page)
        assert back["Location"] == page  # type: ignore[index]
        shown = visitor.client.get(page).content.decode()
        for text in ("SH-77", "德邦物流", 'value="4"', "之前输入的内容"):
            assert text in shown
        assert visitor.client.post(where, typed).status_code == 302
        assert Delivery.objects.get().number == "SH-77"
        assert not DoorDraft.objects.exclude(fields={}).exists()


def test_an_upload_that_comes_too_late_says_where_a_new_code_is_entered() -> None:
    with time_machine.travel(START, tick=False) as clock:
        order = arrange.producing(START)
        visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
        clock.shift(dt.timedelta(days=1))
        answer = visitor.client.post(
            visitor.at("order_act", order.pk, "ship"),
            {"number": "SH-78", "file": SimpleUploadedFile("note.png", small_picture(), "image/png")},
            headers={"X-Upload": "1"},
        )
        assert answer.status_code == 422
        assert visitor.at("enter") in answer.content.decode()
        assert DoorDraft.objects.get().fields == {"number": "SH-78"}


def test_it_comes_back_by_a_new_link_of_the_same_contact_and_to_nobody_else() -> None:
    with time_machine.travel(START, tick=False) as clock:
        order = arrange.producing(START)
        contact, other = arrange.the_contact(), arrange.the_contact("小何")
        visitor = crossing.inside(crossing.send(contact, "order", order.pk))
        clock.shift(dt.timedelta(days=1))
        visitor.client.post(visitor.at("order_act", order.pk, "ship"), {"number": "SH-79"})
        again = crossing.inside(crossing.send(contact, "papers"))
        assert "SH-79" in again.client.get(again.at("order", order.pk)).content.decode()
        theirs = crossing.inside(crossing.send(other, "papers"))
        assert "SH-79" not in theirs.client.get(theirs.at("order", order.pk)).content.decode()


def test_nothing_is_kept_of_a_browser_that_was_never_inside_or_whose_link_was_ended() -> None:
    with time_machine.travel(START, tick=False) as clock:
        order = arrange.producing(START)
        sent = crossing.send(arrange.the_contact(), "order", order.pk)
        outside = crossing.outside(sent)
        outside.client.post(outside.at("order_act", order.pk, "ship"), {"number": "SH-80"})
        outside.client.cookies["door"] = "guess"
        outside.client.post(outside.at("order_act", order.pk, "ship"), {"number": "SH-80"})
        visitor = crossing.inside(sent)
        clock.shift(dt.timedelta(minutes=1))
        links.revoke(link_id=sent.link.pk, text="离职", by=person("luo_buyer"), now=crossing.now())
        visitor.client.post(visitor.at("order_act", order.pk, "ship"), {"number": "SH-80"})
        assert not DoorDraft.objects.exists()


def test_an_old_draft_is_forgotten() -> None:
    with time_machine.travel(START, tick=False) as clock:
        order = arrange.producing(START)
        visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
        clock.shift(dt.timedelta(days=1))
        visitor.client.post(visitor.at("order_act", order.pk, "ship"), {"number": "SH-81"})
        drafts.forget_old(now=crossing.now())
        assert DoorDraft.objects.exists()
        drafts.forget_old(now=crossing.now() + dt.timedelta(days=365))
        assert not DoorDraft.objects.exists()


def _save(visitor: crossing.Visitor, form: str, **fields: str) -> Any:
    return visitor.client.post(visitor.at("draft"), {"draft-page": form, **fields})


def test_what_is_being_typed_saves_itself_and_stands_there_again() -> None:
    with time_machine.travel(START, tick=False) as clock:
        order = arrange.producing(START)
        visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
        form, page = f"order/{order.pk}/ship", visitor.at("order", order.pk)
        opened = crossing.now().isoformat()
        kept = _save(visitor, form, number="SH-90", carrier="")
        assert kept.json()["saved_at"] == opened
        clock.shift(dt.timedelta(minutes=1))
        _save(visitor, form, number="SH-91", carrier="德邦物流")
        assert DoorDraft.objects.get().fields == {"number": "SH-91", "carrier": "德邦物流"}
        shown = visitor.client.get(page).content.decode()
        assert "SH-91" in shown
        assert "之前输入的内容" in shown
        line = arrange.only_line(order)
        sent = {f"line_{line.pk}": "4", "number": "SH-91", "draft-page": form}
        assert visitor.client.post(visitor.at("order_act", order.pk, "ship"), sent).status_code == 302
        late = _save(visitor, form, number="SH-91", **{"draft-opened": opened})
        assert (late.status_code, late.json()["code"]) == (409, "handed_in")
        assert "SH-91" not in visitor.client.get(page).content.decode()
        clock.shift(dt.timedelta(minutes=1))
        assert _save(visitor, form, number="SH-92", **{"draft-opened": crossing.now().isoformat()}).json()[
            "saved_at"
        ]


def test_two_answers_on_one_page_do_not_mix() -> None:
    with time_machine.travel(START, tick=True):
        everybody()
        order = arrange.producing(START)
        line = arrange.only_line(order)
        made = [_failed(line.pk, stage) for stage in ("finished", "arrived")]
        visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
        for each, text in zip(made, ("换面料", "重新打磨"), strict=True):
            _save(visitor, f"order/{order.pk}/mend/{each}", made=str(each), how=text)
        shown = visitor.client.get(visitor.at("order", order.pk)).content.decode()
        for each, text in zip(made, ("换面料", "重新打磨"), strict=True):
            field = shown.split(f'id="how-{each}"')[1].split("</textarea>")[0]
            assert field.endswith(f">{text}")
        sent = {"made": str(made[0]), "how": "换面料", "draft-page": f"order/{order.pk}/mend/{made[0]}"}
        assert visitor.client.post(visitor.at("order_act", order.pk, "mend"), sent).status_code == 302
        assert [each.fields["how"] for each in DoorDraft.objects.exclude(fields={})] == ["重新打磨"]


def test_an_answer_to_a_complaint_saves_itself() -> None:
    with time_machine.travel(START, tick=True):
        complaint = stories.decided()
        visitor = crossing.inside(crossing.send(arrange.the_contact(), "complaint", complaint.pk))
        _save(visitor, f"complaint/{complaint.pk}/answer", word="object", text="包装完好", seen="2")
        shown = visitor.client.get(visitor.at("complaint", complaint.pk)).content.decode()
        assert "包装完好" in shown
        assert 'value="object" required checked' in shown


def test_a_draft_can_be_emptied_and_an_empty_form_keeps_none() -> None:
    with time_machine.travel(START, tick=True):
        order = arrange.producing(START)
        visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
        form, page = f"order/{order.pk}/ship", visitor.at("order", order.pk)
        discard = _save(visitor, form, number="SH-93").json()["discard"]
        gone = visitor.client.post(discard, {"draft-page": form})
        assert (gone.status_code, gone["Location"]) == (302, page)
        assert "SH-93" not in visitor.client.get(page).content.decode()
        _save(visitor, form, number="SH-94")
        assert _save(visitor, form, number=" ", made="7").json() == {"saved_at": None, "discard": ""}
        assert not DoorDraft.objects.exists()
        assert visitor.client.post(discard, {"draft-page": "order/1/nothing"}).status_code == 404


def test_only_forms_of_papers_that_the_link_opens_and_from_inside() -> None:
    with time_machine.travel(START, tick=True):
        order, other = arrange.producing(START), arrange.sent(START)
        sent = crossing.send(arrange.the_contact(), "order", order.pk)
        visitor = crossing.inside(sent)
        for form in (f"order/{other.pk}/return", f"order/{order.pk}/report", "order/0/ship", "x", ""):
            refused = _save(visitor, form, number="SH-95")
            assert (refused.status_code, refused.json()["code"]) == (404, "not_found"), form
        form = f"order/{order.pk}/ship"
        assert _save(crossing.outside(sent), form, number="SH-95").json()["saved_at"] is None
        for opened in ("yesterday", "2026-13-45T00:00:00Z", "2026-11-23T10:00:00"):
            assert _save(visitor, form, number="\x00", **{"draft-opened": opened}).status_code == 200
        assert not DoorDraft.objects.exists()
        links.revoke(link_id=sent.link.pk, text="离职", by=person("luo_buyer"), now=crossing.now())
        assert _save(visitor, form, number="SH-95").json()["saved_at"] is None
        assert not DoorDraft.objects.exists()


def test_saving_is_bounded_in_a_minute_and_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(START, tick=True):
        order = arrange.producing(START)
        visitor = crossing.inside(crossing.send(arrange.the_contact(), "order", order.pk))
        monkeypatch.setattr(drafts, "MOST", 2)
        monkeypatch.setattr(drafting, "MOST", 4)
        for part in range(1, 5):
            assert _save(visitor, f"order/{order.pk}/mend/{part}", how="已更换").status_code == 200
        assert DoorDraft.objects.count() == 2
        refused = _save(visitor, f"order/{order.pk}/mend/5", how="已更换")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many")


def _failed(line: int, stage: str) -> int:
    """The rectification that a failed inspection asks for."""
    seen = inspecting.inspect(line_id=line, stage=stage, by=person("song_inspector"), now=crossing.now())
    inspecting.report(
        inspection_id=seen.pk, checked=seen.sample, bad=seen.sample, text="开裂", by=person("song_inspector"),
        now=crossing.now(),
    )  # fmt: skip
    return max(each.pk for each in inspecting.open_rectifications(seen.line.order_id))


def test_a_browser_that_was_never_inside_keeps_nothing() -> None:
    order = arrange.producing(START)
    link = crossing.send(arrange.the_contact(), "order", order.pk).link
    page = f"order/{order.pk}/ship"
    assert drafts.keep(link=link, key="x", page=page, typed={"number": "SH-1"}, now=START) is None
    assert not DoorDraft.objects.exists()
