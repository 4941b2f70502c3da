"""A complaint and a dispute by their pages alone: filed, decided, charged, accepted; and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from contracts.models import Complaint, Dispute, SetOff
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.contracts.orders import arrange
from tests.files.samples import small_picture
from tests.naughty import OWN
from tests.people import signed_in

pytestmark = pytest.mark.usefixtures("site")
LIST = "/contracts/complaints/"


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(stories.NOW, tick=True) as traveller:
        yield traveller


def form(**more: Any) -> dict[str, Any]:
    return {
        "supplier": world.supplier().code, "goods": "三人沙发", "quantity": "1", "kind": "delivery",
        "packaging": "damaged", "packaging_places": ["left"], "damage_places": ["left", "top"],
        "said": "左扶手开裂", "wish": "pay", **more,
    }  # fmt: skip


@pytest.mark.clause("P5")
@pytest.mark.clause("P3.5")
def test_from_the_form_to_the_customers_yes(monday: time_machine.Traveller) -> None:
    agent, buyer = signed_in("li_lei"), signed_in("luo_buyer")
    refused = agent.post(f"{LIST}new/", form(said="王芳的电话 13800000000"))
    assert refused.status_code == 422
    assert "左扶手" not in refused.content.decode()
    assert agent.post(f"{LIST}new/", form()).status_code == 302
    complaint = Complaint.objects.get()
    page = f"{LIST}{complaint.pk}/"
    photo = {"file": SimpleUploadedFile("开裂.png", small_picture(), "image/png")}
    assert agent.post(f"{page}file/", photo).status_code == 302
    kept = complaint.files.get()
    assert agent.get(f"{page}file/{kept.pk}/").status_code == 200
    assert agent.get(f"{page}file/{kept.pk}/?small=1").status_code == 200
    assert agent.get(f"{page}file/987654/").status_code == 404
    assert agent.post(f"{page}do/decide/", {"liable": "both", "cost": "400"}).status_code == 403
    assert buyer.post(f"{page}do/decide/", {"liable": "both", "cost": "x"}).status_code == 422
    assert buyer.post(f"{page}do/decide/", {"liable": "supplier", "cost": "400"}).status_code == 422
    assert buyer.post(f"{page}do/decide/", {"liable": "both", "cost": "400"}).status_code == 302
    assert "200.00" in buyer.get(page).content.decode()
    assert buyer.post(f"{page}do/charge/", {}).status_code == 409
    monday.shift(dt.timedelta(days=4))
    agent, buyer = signed_in("li_lei"), signed_in("luo_buyer")
    assert buyer.post(f"{page}do/charge/", {}).status_code == 302
    claim = SetOff.objects.get()
    assert f'href="/contracts/claims/{claim.pk}/"' in buyer.get(page).content.decode()
    assert f'href="/contracts/claims/{claim.pk}/"' not in agent.get(page).content.decode()
    assert page in buyer.get(f"/contracts/claims/{claim.pk}/").content.decode()
    assert agent.post(f"{page}do/word/", {"accepted": "yes", "text": ""}).status_code == 302
    complaint.refresh_from_db()
    assert complaint.state == "closed"
    assert agent.post(f"{page}do/withdraw/", {"reason": "x"}).status_code == 409
    assert agent.post(f"{page}do/melt/", {}).status_code == 404
    assert agent.post(f"{page}file/", photo).status_code == 409
    assert agent.post(f"{page}file/", {}).status_code in (409, 422)


def test_the_list_says_until_when_and_is_read_by_state() -> None:
    agent = signed_in("li_lei")
    assert "投诉" in agent.get(LIST).content.decode()
    complaint = stories.filed()
    listed = agent.get(LIST).content.decode()
    assert complaint.number in listed
    assert "countdown" in listed
    assert complaint.number not in agent.get(f"{LIST}?state=closed").content.decode()
    assert complaint.number not in agent.get(f"{LIST}?before={complaint.pk}").content.decode()
    assert agent.post(f"{LIST}{complaint.pk}/do/withdraw/", {"reason": ""}).status_code == 422
    assert agent.post(f"{LIST}{complaint.pk}/do/withdraw/", {"reason": "重复"}).status_code == 302


def test_a_complaint_of_an_order_that_nobody_knows_is_not_filed() -> None:
    agent = signed_in("li_lei")
    assert agent.get(f"{LIST}new/?sale=987654").status_code == 404
    assert agent.get(f"{LIST}987654/").status_code == 404
    assert agent.post(f"{LIST}new/", form(quantity="0", wish="")).status_code == 422


@pytest.mark.clause("P4")
def test_a_dispute_about_an_order_is_talked_over_then_brought_before_a_court() -> None:
    buyer, order = signed_in("luo_buyer"), arrange.returned()
    new = f"/contracts/disputes/new/?order={order.pk}"
    assert new.replace("&", "&amp;") in buyer.get(f"/contracts/orders/{order.pk}/").content.decode()
    assert order.number in buyer.get(new).content.decode()
    assert buyer.post(new, {"title": "延期赔偿", "text": ""}).status_code == 422
    assert buyer.post(new, {"title": "延期赔偿", "text": "各执一词"}).status_code == 302
    found = Dispute.objects.get()
    assert (found.order, found.supplier, found.complaint) == (order, order.supplier, None)
    page = f"/contracts/disputes/{found.pk}/"
    assert f'href="/contracts/orders/{order.pk}/"' in buyer.get(page).content.decode()
    court = {"stage": "court", "court": "佛山市顺德区人民法院", "text": "起诉"}
    assert buyer.post(page, court).status_code == 409
    paper = {"file": SimpleUploadedFile("纪要.png", small_picture(), "image/png")}
    assert buyer.post(page, {"stage": "talk", "text": "电话协商未果", **paper}).status_code == 302
    step = found.steps.order_by("-pk")[0]
    assert buyer.get(f"{page}file/{step.pk}/").status_code == 200
    assert buyer.get(f"{page}file/987654/").status_code == 404
    assert buyer.post(page, court).status_code == 302
    complaint = stories.decided()
    about = f"/contracts/disputes/new/?complaint={complaint.pk}"
    assert complaint.number in buyer.get(about).content.decode()
    assert buyer.get("/contracts/disputes/new/?order=987654").status_code == 404
    assert buyer.get("/contracts/disputes/").content.decode().count("延期赔偿") == 1


def test_whoever_may_not_enter_disputes_is_not_led_to_one() -> None:
    complaint = stories.decided()
    about = f"/contracts/disputes/new/?complaint={complaint.pk}"
    assert signed_in("luo_buyer").post(about, {"title": "延期赔偿", "text": "各执一词"}).status_code == 302
    where, link = (
        f"/contracts/complaints/{complaint.pk}/",
        f'href="/contracts/disputes/{Dispute.objects.get().pk}/"',
    )
    assert link in signed_in("luo_buyer").get(where).content.decode()
    seen = signed_in("li_lei").get(where).content.decode()
    assert "延期赔偿" in seen
    assert link not in seen


def test_nothing_that_is_typed_makes_a_fault() -> None:
    agent, buyer, complaint = signed_in("li_lei"), signed_in("luo_buyer"), stories.filed()
    page = f"{LIST}{complaint.pk}/"
    for text in OWN:
        every = dict.fromkeys(form(), text)
        assert agent.post(f"{LIST}new/", every).status_code == 422, text
        assert agent.post(f"{LIST}new/", form(goods=text, said=text, sku=text)).status_code in (302, 422), (
            text
        )
        assert agent.get(LIST, {"state": text, "before": text}).status_code in (200, 400), text
        assert agent.get(f"{LIST}new/", {"sale": text}).status_code in (200, 400, 404), text
        for key in ("decide", "word", "charge", "withdraw"):
            typed = {"seen": text, "liable": text, "cost": text, "accepted": text, "text": text}
            assert buyer.post(f"{page}do/{key}/", typed).status_code in (409, 422), (key, text)
        typed = {"title": text, "text": text, "supplier": text}
        assert buyer.post("/contracts/disputes/new/", typed).status_code == 422, text
