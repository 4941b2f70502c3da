"""The pages of live checks and of the market."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from catalog.models import CompetitorPrice, LiveDifference, MarketSummary
from catalog.services import market
from tests.catalog import shelf
from tests.people import person, signed_in
from tests.tables.files import csv_bytes

pytestmark = pytest.mark.django_db
site, mall = pytest.mark.usefixtures("site"), pytest.mark.usefixtures("mall")


def upload(rows: list[list[str]], **more: Any) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("在售.csv", csv_bytes(rows)), "channel": shelf.channel().pk, **more}


@site
def test_an_export_is_compared_and_its_differences_are_seen_to() -> None:
    shelf.sku()
    client = signed_in("lin_editor")
    rows = [["款号", "价格"], ["SF-2301", "2400"], ["", "1"]]
    answer = client.post("/catalog/live/upload/", upload(rows, whole="on"), follow=True)
    assert answer.status_code == 200
    assert "没有商品编码" in answer.content.decode()
    [row] = LiveDifference.objects.all()
    page = client.get("/catalog/live/").content.decode()
    assert "未经批准上架" in page
    assert client.post(f"/catalog/live/{row.pk}/take/").status_code == 302
    assert client.post(f"/catalog/live/{row.pk}/solve/", {"reason": ""}).status_code == 422
    assert client.post(f"/catalog/live/{row.pk}/solve/", {"reason": "已下架"}).status_code == 302
    assert "已下架" in client.get(f"/catalog/live/{row.pk}/").content.decode()
    assert client.get("/catalog/live/987654/").status_code == 404


@site
def test_what_is_no_list_is_refused_on_the_page() -> None:
    client = signed_in("lin_editor")
    shelf.channel()
    assert client.post("/catalog/live/upload/", {}).status_code == 422
    assert client.post("/catalog/live/upload/", upload([["a", "b"], ["1", "2"]])).status_code == 422
    assert client.get("/catalog/live/?kind=x&channel=x&before=x&state=closed").status_code == 200


@site
def test_a_feed_on_a_host_that_is_not_listed_is_refused_at_its_field(settings: Any) -> None:
    settings.ECDEPT_OUTBOUND_HOSTS = ["shop.example.com"]
    client, channel = signed_in("lin_editor"), shelf.channel()
    url = f"/catalog/live/channels/{channel.pk}/"
    refused = client.post(url, {"url": "http://127.0.0.1:6379/", "active": "on"})
    assert refused.status_code == 422
    assert "不在允许访问的名单中" in refused.content.decode()
    assert client.post(url, {"url": "https://shop.example.com/f", "active": "on"}).status_code == 302
    assert client.get("/catalog/live/channels/987654/").status_code == 404
    assert client.post(f"/catalog/live/channels/{channel.pk}/read/").status_code in (302, 404)


@site
def test_a_price_is_noted_charted_and_exported() -> None:
    made = shelf.sku()
    client = signed_in("he_planner")
    given = {
        "sku_code": "SF-2301",
        "competitor": "=竞品",
        "price": "2199",
        "on": timezone.localdate().isoformat(),
        "url": "javascript:alert(1)",
    }
    assert client.post("/catalog/market/note/", given).status_code == 422
    assert client.post("/catalog/market/note/", {**given, "url": ""}).status_code == 302
    page = client.get("/catalog/market/?sku=SF-2301").content.decode()
    assert "market-data" in page
    book = client.post(f"/catalog/market/{made.pk}/workbook/")
    assert book.content[:2] == b"PK"
    assert client.get("/catalog/market/?sku=<x>&before=x").status_code == 200


@site
def test_a_file_of_prices_shows_its_refused_rows() -> None:
    shelf.sku()
    client = signed_in("he_planner")
    rows = [["款号", "竞品", "价格"], ["SF-2301", "甲店", "2199"], ["XX", "甲店", "1"]]
    answer = client.post("/catalog/market/import/", {"file": SimpleUploadedFile("m.csv", csv_bytes(rows))})
    assert answer.status_code == 422
    assert "XX" in answer.content.decode()
    assert CompetitorPrice.objects.count() == 1
    for body in (b"", b"a,b\n"):
        assert (
            client.post("/catalog/market/import/", {"file": SimpleUploadedFile("m.csv", body)}).status_code
            == 422
        )


@mall
@pytest.mark.clause("J6")
def test_a_summary_is_written_and_acknowledged_on_its_page() -> None:
    summary = market.open_due_summary(now=timezone.now())
    assert summary is not None
    person("he_planner")
    writer, url = signed_in("gao_section"), f"/catalog/market/summaries/{summary.pk}/"
    assert "撰写" in writer.get("/").content.decode()
    assert writer.post(url, {"text": "短"}).status_code == 422
    assert writer.post(url, {"text": "本周竞品普遍降价约百分之三。"}).status_code == 302
    assert writer.post(url, {"answer": "好"}).status_code == 403
    reader = signed_in("he_planner")
    assert reader.post(url, {"answer": "跟进"}).status_code == 302
    assert MarketSummary.objects.get().state == "read"
