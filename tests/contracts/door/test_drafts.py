"""What a contact had typed when its visit was over comes back after the next code."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import Delivery, DoorDraft
from contracts.services.door import codes, drafts, links
from tests.contracts import world
from tests.contracts.door import crossing
from tests.contracts.orders import arrange
from tests.files.samples import small_picture
from tests.people import person

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
        assert not DoorDraft.objects.exists()


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
