"""The pages: send, watch, map, mend, refuse; who may enter; an order typed by hand."""

from __future__ import annotations

import datetime as dt
import html
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from guardian.shortcuts import assign_perm

from office.deadlines.models import Deadline
from orders.models import Batch, Order, Shop
from orders.selectors.customers import customer_of
from orders.services import intake
from orders.services.shops import get_or_create_shop
from tests.orders.intake.test_xlsx_reading import bomb
from tests.people import person, signed_in
from tests.tables.files import csv_bytes, xlsx_bytes, zip_bytes

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 10, 30, tzinfo=dt.UTC)
HEADER = ["number", "customer", "line_title", "line_quantity"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Any:
    with override_settings(ECDEPT_HOME=tmp_path):
        yield tmp_path


@pytest.fixture
def shop() -> Shop:
    return get_or_create_shop(code="TM01", by=None, now=NOW)


@pytest.fixture
def client() -> Client:
    return signed_in("wu_clerk")


def send(client: Client, shop: Shop, content: bytes, name: str = "orders.csv", **choices: Any) -> Any:
    return client.post("/imports/", {"shop": shop.pk, "file": SimpleUploadedFile(name, content), **choices})


def run(client: Client, shop: Shop, content: bytes, **choices: Any) -> Batch:
    """Send a file and do what the worker would do."""
    answer = send(client, shop, content, **choices)
    assert answer.status_code == 302, answer.content.decode()
    return intake.run_batch(batch_id=int(answer["Location"].split("/")[-2]), now=NOW)


def test_only_posts_that_import_may_enter(shop: Shop) -> None:
    assert Client().get("/imports/").status_code == 302
    assert signed_in("zheng_designer").get("/imports/").status_code == 403
    assert signed_in("zheng_designer").post("/imports/").status_code == 403
    assert signed_in("wang_supervisor").get("/imports/").status_code == 200
    for path in (
        "/imports/1/",
        "/imports/1/state/",
        "/imports/1/orders/inserted/",
        "/imports/99999999999999999999/",
    ):
        assert signed_in("wu_clerk").get(path).status_code == 404
        assert signed_in("zheng_designer").get(path).status_code == 403


def test_the_form_is_protected_against_other_sites(shop: Shop) -> None:
    client = signed_in("wu_clerk")
    client.handler.enforce_csrf_checks = True
    assert send(client, shop, b"x").status_code == 403
    assert not Batch.objects.exists()


def test_a_file_is_taken_in_watched_and_its_result_shown(client: Client, shop: Shop) -> None:
    content = csv_bytes([HEADER, ["1", "王小明", "锅", "1"], ["2", "李四 13800000001", "盘", "多"]])
    answer = send(client, shop, content)
    batch = Batch.objects.get()
    assert answer["Location"] == f"/imports/{batch.pk}/"
    page = client.get(answer["Location"]).content.decode()
    assert f'hx-get="/imports/{batch.pk}/state/"' in page
    assert "HX-Refresh" not in client.get(f"/imports/{batch.pk}/state/")
    intake.run_batch(batch_id=batch.pk, now=NOW)
    assert client.get(f"/imports/{batch.pk}/state/")["HX-Refresh"] == "true"
    page = client.get(answer["Location"]).content.decode()
    assert "李四 138****0001" in page
    assert "王小明" not in page
    assert "hx-get" not in page.split('id="batch-state"')[1].split(">")[0]
    inserted = client.get(f"/imports/{batch.pk}/orders/inserted/").content.decode()
    assert f"/orders/{Order.objects.get().pk}/" in inserted
    assert client.get(f"/imports/{batch.pk}/orders/duplicates/").status_code == 200
    assert client.get(f"/imports/{batch.pk}/orders/other/").status_code == 404
    assert "orders.csv" in client.get("/imports/").content.decode()


def test_a_refused_upload_keeps_what_was_chosen(client: Client, shop: Shop, home: Path) -> None:
    answer = client.post("/imports/", {"shop": shop.pk, "format": "jd", "historical": "on"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'<option value="{shop.pk}" selected>' in page
    assert '<option value="jd" selected>' in page
    assert "checked" in page
    answer = send(client, shop, b"")
    assert answer.status_code == 422
    answer = client.post("/imports/", {"shop": "999999", "file": SimpleUploadedFile("a.csv", b"1,2")})
    assert answer.status_code == 422
    assert not list((home / "uploads").iterdir())


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    client: Client, shop: Shop, home: Path
) -> None:
    answer = client.generic(
        "POST", "/imports/", b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=1 << 30
    )
    assert answer.status_code == 413
    assert "300 MB" in answer.content.decode()
    assert not (home / "uploads").exists()


LINE = b"number,customer,line_title,line_quantity\n"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("orders.xlsx", bomb("xl/worksheets/sheet1.xml", 64), "far more than an export can hold"),
        ("orders.csv", LINE + b"1,\x80\xff\xff,x,1\n", "neither UTF-8 nor GB18030"),
        ("orders.csv", b"\x89PNG\r\n\x1a\n", "not a table"),
        ("orders.xlsx", b"PK\x03\x04 cut off", "cannot be unpacked"),
        (
            "orders.xlsx",
            zip_bytes({"[Content_Types].xml": b"", "word/document.xml": b""}),
            "not an Excel workbook",
        ),
        ("orders.zip", zip_bytes({"readme.md": b""}), "must hold one table"),
    ],
    ids=["a bomb", "no text", "a picture", "cut off", "a letter", "no table in it"],
)
def test_what_a_first_look_shows_to_be_unusable_is_refused_at_once(
    client: Client, shop: Shop, name: str, content: bytes, told: str, home: Path
) -> None:
    client.cookies["django_language"] = "en"
    answer = send(client, shop, content, name=name, historical="on")
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert told in page
    assert f'<option value="{shop.pk}" selected>' in page
    assert not Batch.objects.exists()
    assert not list((home / "uploads").iterdir())
    answer = send(client, shop, LINE + b"1,x,x,1\n", detail=SimpleUploadedFile(name, content))
    assert answer.status_code == 422
    callout = html.unescape(answer.content.decode()).split("<b>Detail list</b>")[1]
    assert told in callout.split("</p>")[0]
    assert not Batch.objects.exists()


def test_a_file_that_breaks_behind_the_first_look_books_nothing_and_its_page_says_why(
    client: Client, shop: Shop
) -> None:
    behind = LINE + b"1,x,%s,1\n" % (b"x" * 1_000) * 1_100 + b'9,x,"x,1\n'
    assert len(behind) > 1 << 20
    batch = run(client, shop, behind)
    assert (batch.state, batch.inserted) == ("failed", 0)
    assert not Order.objects.exists()
    page = client.get(f"/imports/{batch.pk}/")
    assert page.status_code == 200
    assert batch.why in html.unescape(page.content.decode())


def test_columns_are_named_on_the_page(client: Client, shop: Shop) -> None:
    batch = run(client, shop, csv_bytes([["单据", "东西", "几个"], ["7", "锅", "2"]]))
    page = client.get(f"/imports/{batch.pk}/").content.decode()
    assert "东西" in page
    url = f"/imports/{batch.pk}/columns/"
    assert client.post(url, {"column_0": "number", "column_1": "number"}).status_code == 422
    refused = client.post(url, {"column_0": "number", "column_1": "line_title"})
    assert refused.status_code == 422
    assert '<option value="line_title" selected>' in refused.content.decode()
    assert (
        client.post(
            url, {"column_0": "number", "column_1": "line_title", "column_2": "line_quantity"}
        ).status_code
        == 302
    )
    assert intake.run_batch(batch_id=batch.pk, now=NOW).inserted == 1
    assert client.post(url, {"column_0": "number"}).status_code == 409
    assert f"/imports/{batch.pk}/forget-columns/" in client.get(f"/imports/{batch.pk}/").content.decode()
    assert client.post(f"/imports/{batch.pk}/forget-columns/").status_code == 302
    assert Shop.objects.get().mapping == {}


def test_refused_rows_are_downloaded_mended_and_sent_again(client: Client, shop: Shop) -> None:
    batch = run(client, shop, xlsx_bytes([HEADER, ["1", "王小明", "锅", "x"]]), name="orders.xlsx")
    answer = client.post(f"/imports/{batch.pk}/rejected/list/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    page = client.get(f"/imports/?mends={batch.pk}").content.decode()
    assert f'name="mends" value="{batch.pk}"' in page
    again = run(client, shop, text.replace(",x,", ",5,").encode(), mends=batch.pk)
    assert (again.inserted, again.mends_id) == (1, batch.pk)
    assert client.post(f"/imports/{batch.pk}/rejected/other/").status_code == 404
    assert client.get(f"/imports/{batch.pk}/rejected/list/").status_code == 405


def test_a_broken_batch_can_be_tried_again(client: Client, shop: Shop) -> None:
    send(client, shop, csv_bytes([HEADER, ["1", "", "锅", "1"]]))
    batch = Batch.objects.get()
    Batch.objects.update(state="broken", error="x")
    assert "retry" in client.get(f"/imports/{batch.pk}/").content.decode()
    assert client.post(f"/imports/{batch.pk}/retry/").status_code == 302
    assert client.post(f"/imports/{batch.pk}/retry/").status_code == 409


def test_batches_page_by_key(client: Client, shop: Shop) -> None:
    for _batch in range(35):
        intake.start_batch(shop=shop, filename="x", by=None, now=NOW)
    newest = Batch.objects.latest("pk").pk
    page = client.get("/imports/").content.decode()
    assert f"?before={newest - 29}" in page
    older = client.get(f"/imports/?before={newest - 29}").content.decode()
    assert f">#{newest - 30}<" in older
    assert f">#{newest - 29}<" not in older


def test_a_restricted_shop_is_hidden_from_those_it_is_not_granted_to(client: Client, shop: Shop) -> None:
    Shop.objects.filter(pk=shop.pk).update(restricted=True)
    batch = intake.start_batch(shop=shop, filename="secret.csv", by=None, now=NOW)
    assert "secret.csv" not in client.get("/imports/").content.decode()
    assert client.get(f"/imports/{batch.pk}/").status_code == 404
    assert send(client, shop, b"1").status_code == 422
    assign_perm("orders.work_shop", person("wu_clerk"), shop)
    assert client.get(f"/imports/{batch.pk}/").status_code == 200


def typed(to: Shop, **changes: str) -> dict[str, str]:
    return {
        "shop": str(to.pk),
        "number": "H-1",
        "placed_at": "2026-11-23T09:00",
        "name": "王小明",
        "phone": "13800000001",
        "address": "杭州",
        "total": "30",
        "paid": "",
        "remark": "周末送",
        "lines-TOTAL_FORMS": "3",
        "lines-INITIAL_FORMS": "0",
        "lines-0-title": "锅",
        "lines-0-quantity": "2",
        "lines-0-price": "15",
        **changes,
    }


def test_an_order_is_typed_by_hand_and_its_clock_runs(client: Client, shop: Shop) -> None:
    assert client.get("/orders/new/").status_code == 200
    answer = client.post("/orders/new/", typed(shop))
    order = Order.objects.get()
    assert answer["Location"] == f"/orders/{order.pk}/"
    assert (order.source, order.total, order.paid) == ("manual", Decimal(30), None)
    assert customer_of(order).name == "王小明"
    assert Deadline.objects.filter(subject_id=str(order.pk)).exists()


def test_a_typed_order_that_is_known_is_refused_and_what_was_typed_stays(client: Client, shop: Shop) -> None:
    client.post("/orders/new/", typed(shop))
    for change in ({}, {"total": "31"}):
        answer = client.post("/orders/new/", typed(shop, **change))
        assert answer.status_code == 409
        assert "周末送" in answer.content.decode()
        assert f"/orders/{Order.objects.get().pk}/" in answer.content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"number": ""},
        {"lines-0-title": ""},
        {"lines-0-quantity": ""},
        {"lines-0-quantity": "-1"},
        {"lines-0-title": "", "lines-0-quantity": "", "lines-0-price": ""},
        {"total": "1e99"},
        {"phone": "1\x002"},
        {"placed_at": "2999-01-01T00:00"},
        {"lines-TOTAL_FORMS": "5000"},
        {"lines-TOTAL_FORMS": "x"},
        {"shop": "x"},
    ],
)
def test_a_typed_order_that_is_wrong_is_refused_with_the_reason(
    client: Client, shop: Shop, change: dict[str, str]
) -> None:
    answer = client.post("/orders/new/", typed(shop, **change))
    assert answer.status_code == 422
    assert not Order.objects.exists()
