"""The pages of buyers, inspectors and the warehouse: a purchase order from need to acceptance, by forms alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contracts.models import Delivery, Inspection, PurchaseOrder, Sample
from contracts.services import demand, inspecting, shipping
from tests.contracts import world
from tests.contracts.orders import arrange
from tests.files.samples import small_picture
from tests.naughty import OWN
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
#: What pages do happens now.
NOW = timezone.now()
DUE = f"{NOW + 30 * arrange.DAY:%Y-%m-%d}"


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("样品.png", small_picture(), "image/png")


def line_fields(**more: Any) -> dict[str, Any]:
    return {
        "name": "北欧布艺三人沙发", "quantity": "4", "unit_price": "1200.00", "due_on": DUE,
        "warehouse": world.WAREHOUSE, "design_owner": "ours", "steps": "开料\n组装", **more,
    }  # fmt: skip


def act(client: Client, order: PurchaseOrder, word: str, **fields: Any) -> int:
    answer = client.post(f"/contracts/orders/{order.pk}/act/{word}/", fields)
    assert answer.status_code in (302, 422), (word, answer.status_code)
    return answer.status_code


@pytest.mark.clause("P1.3")
def test_a_buyer_takes_an_order_from_a_need_to_its_end_by_the_pages_alone() -> None:
    buyer, keeper, inspector = (signed_in(who) for who in ("luo_buyer", "xu_warehouse", "song_inspector"))
    arrange.agreed(NOW)
    supplier, contact = world.supplier(), arrange.the_contact()
    plan = demand.begin_plan(title="冬季备货", by=person("luo_buyer"), now=NOW)
    need = {"name": "北欧布艺三人沙发", "quantity": "4", "needed_on": DUE}
    assert buyer.post(f"/contracts/demand/{plan.pk}/act/need/", need).status_code == 302
    assert buyer.post("/contracts/samples/", {
        "supplier": supplier.code, "name": "沙发", "demands": "正面、背面",
    }).status_code == 302  # fmt: skip
    sample = Sample.objects.get()
    for word, fields in (("photo", {"file": picture()}), ("sign", {})):
        assert buyer.post(f"/contracts/samples/{sample.pk}/act/{word}/", fields).status_code == 302
    page = buyer.get(f"/contracts/samples/{sample.pk}/")
    assert b"small=1" in page.content
    assert buyer.post("/contracts/orders/", {"supplier": supplier.code}).status_code == 302
    order = PurchaseOrder.objects.get()
    assert buyer.get(f"/contracts/demand/{plan.pk}/").status_code == 200
    wanted = f"/contracts/demand/needs/{plan.lines.get().pk}/order/{order.pk}/"
    assert buyer.get(wanted).status_code == 200
    assert buyer.post(wanted, line_fields(quantity="9")).status_code == 422
    assert buyer.post(wanted, line_fields()).status_code == 302
    line = order.lines.get()
    assert buyer.get(f"/contracts/orders/{order.pk}/lines/{line.pk}/").status_code == 200
    assert act(buyer, order, "sample", line_id=line.pk, sample_id=sample.pk) == 302
    assert act(buyer, order, "issue") == 302
    assert act(buyer, order, "send", contact_id=contact.pk) == 302
    assert act(buyer, order, "return") == 422
    assert act(buyer, order, "return", file=picture()) == 302
    assert act(buyer, order, "produce") == 422
    assert act(buyer, order, "first_theirs", text="何师傅来函确认") == 422
    assert act(buyer, order, "first_theirs", text="何师傅来函确认", file=picture()) == 302
    shown = buyer.get(f"/contracts/orders/{order.pk}/").content.decode()
    assert f"由{person('luo_buyer').name}登记供应商的首样确认 · 何师傅来函确认" in shown
    assert act(buyer, order, "first_ours") == 302
    assert act(buyer, order, "produce") == 302
    assert inspector.post("/contracts/inspections/draw/").status_code == 302
    inspection = Inspection.objects.get()
    there = f"/contracts/inspections/{inspection.pk}/"
    assert inspector.get(there).status_code == 200
    result = {"checked": inspection.sample, "bad": "1", "text": "划痕"}
    assert inspector.post(f"{there}act/report/", {**result, "text": ""}).status_code == 422
    assert inspector.post(f"{there}act/report/", result).status_code == 302
    assert act(buyer, order, "ship", number="SH-1", **{f"line_{line.pk}": "4"}) == 422
    assert inspector.post(f"{there}act/answer/", {"text": "已打磨"}).status_code == 302
    assert inspector.post(f"{there}act/judge/", {"good": "yes"}).status_code == 422  # his own words
    assert buyer.post(f"{there}act/judge/", {"good": "yes"}).status_code == 302
    for step in line.steps.all():
        report: dict[str, Any] = {
            "step_id": step.pk,
            "mode": "self",
            "standard": "national",
            "passed": "on",
            "file": picture(),
        }
        assert act(buyer, order, "report", **report) == 302
    assert act(buyer, order, "ship", number="SH-1", **{f"line_{line.pk}": "4"}) == 302
    delivery = Delivery.objects.get()
    assert b"SH-1" in keeper.get("/contracts/arrivals/").content
    count = f"/contracts/arrivals/{delivery.pk}/"
    sheet = keeper.get(count)
    assert b'value="4"' not in sheet.content  # the note's figure is not there to be copied
    counted = {
        f"line_{line.pk}": "4",
        "arrived_on": f"{timezone.localdate():%Y-%m-%d}",
        "warehouse": world.WAREHOUSE,
    }
    assert keeper.post(count, {**counted, f"line_{line.pk}": ""}).status_code == 422
    assert keeper.post(count, counted).status_code == 302
    assert keeper.get(count).status_code == 302
    row = delivery.arrival.lines.get()
    decide = {"row": row.pk, f"a{row.pk}-accepted": "4"}
    assert inspector.post(f"/contracts/orders/{order.pk}/accept/", decide).status_code == 302
    order.refresh_from_db()
    assert order.state == "closed"
    assert buyer.get(f"/contracts/orders/{order.pk}/").status_code == 200


@pytest.mark.clause("P2.1")
def test_who_may_not_see_money_sees_none() -> None:
    order = arrange.shipped(NOW)
    for who, seen in (("luo_buyer", True), ("xu_warehouse", False), ("song_inspector", False)):
        for path in ("/contracts/orders/", f"/contracts/orders/{order.pk}/"):
            page = signed_in(who).get(path).content.decode()
            assert ("12,000.00" in page) is seen, (who, path)


def test_lists_ask_a_bounded_number_of_questions() -> None:
    client = signed_in("luo_buyer")
    paths = ("/contracts/orders/?tab=all", "/contracts/samples/?tab=all", "/contracts/inspections/?tab=todo",
             "/contracts/arrivals/", "/contracts/demand/")  # fmt: skip

    def asked() -> list[int]:
        found = []
        for path in paths:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(path).status_code == 200
            found.append(len(queries))
        return found

    def fill() -> None:
        line = arrange.only_line(arrange.shipped(NOW))
        inspecting.inspect(line_id=line.pk, stage="arrived", by=person("song_inspector"), now=NOW)
        plan = demand.begin_plan(title="备货", by=person("luo_buyer"), now=NOW)
        demand.add_need(
            plan_id=plan.pk,
            name="椅",
            quantity=1,
            needed_on=(NOW + 9 * arrange.DAY).date(),
            by=person("luo_buyer"),
            now=NOW,
        )

    fill()
    asked()
    before = asked()
    fill()
    fill()
    assert asked() == before


@pytest.mark.parametrize("text", OWN[::3])
def test_naughty_words_make_no_fault(text: str) -> None:
    client, order = signed_in("luo_buyer"), arrange.drafted(NOW)
    line = order.lines.get()
    for path, fields in (
        ("/contracts/orders/", {"supplier": text, "note": text}),
        ("/contracts/orders/", {"supplier": order.supplier.code, "note": text}),
        (f"/contracts/orders/{order.pk}/lines/new/", line_fields(name=text, steps=text, quantity=text)),
        (f"/contracts/orders/{order.pk}/lines/new/", line_fields(name=text, sku=text, spec=text)),
        (f"/contracts/orders/{order.pk}/act/discard/", {"reason": ""}),
        (f"/contracts/orders/{order.pk}/act/sample/", {"line_id": text, "sample_id": line.sample_id}),
        (f"/contracts/orders/{order.pk}/accept/", {"row": text}),
        (
            "/contracts/samples/",
            {"supplier": order.supplier.code, "name": text, "demands": text, "wanted_on": text},
        ),
        ("/contracts/demand/", {"title": text}),
    ):
        assert client.post(path, fields).status_code in (302, 404, 422), path
    for path in (
        "/contracts/orders/",
        "/contracts/samples/",
        "/contracts/inspections/",
        "/contracts/arrivals/",
    ):
        query = {"tab": text, "before": text, "supplier": text, "after": text}
        assert client.get(path, query).status_code in (200, 400)


@pytest.mark.clause("P7a")
def test_the_warehouse_counts_again_on_its_page() -> None:
    arrival = arrange.arrived(NOW)
    keeper, delivery = signed_in("xu_warehouse"), arrival.delivery
    where, row = f"/contracts/arrivals/{delivery.pk}/again/", arrival.lines.get()
    assert where in keeper.get("/contracts/arrivals/").content.decode()
    assert where in keeper.get(f"/contracts/orders/{delivery.order_id}/").content.decode()
    fields = {f"was_{row.pk}": 10, f"line_{row.pk}": "9", "reason": "漏数一箱"}
    for wrong in ({f"line_{row.pk}": ""}, {"reason": ""}, {f"line_{row.pk}": "10"}, {f"was_{row.pk}": 8}):
        answer = keeper.post(where, {**fields, **wrong})
        assert answer.status_code == 422
        assert b"invalid-feedback" in answer.content
    assert keeper.post(where, fields).status_code == 302
    page = keeper.get(f"/contracts/orders/{delivery.order_id}/").content.decode()
    assert "漏数一箱" in page
    assert signed_in("luo_buyer").get(where).status_code == 403


def test_what_the_note_does_not_name_is_counted_in_too() -> None:
    order = arrange.producing(NOW, arrange.wish(), arrange.wish(name="脚凳", sku="ST-1"))
    first, second = order.lines.order_by("n")
    shipping.ship(order=order, lines={first.pk: 4}, number="SH-7", contact=arrange.the_contact(), now=NOW)
    keeper, delivery = signed_in("xu_warehouse"), Delivery.objects.get()
    page = keeper.get(f"/contracts/arrivals/{delivery.pk}/").content.decode()
    assert f"line_{second.pk}" in page
    fields = {f"line_{first.pk}": "4", f"line_{second.pk}": "2", "warehouse": world.WAREHOUSE,
              "arrived_on": f"{timezone.localdate():%Y-%m-%d}"}  # fmt: skip
    assert keeper.post(f"/contracts/arrivals/{delivery.pk}/", fields).status_code == 302
    assert dict(delivery.arrival.lines.values_list("line", "counted")) == {first.pk: 4, second.pk: 2}
