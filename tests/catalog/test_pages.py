"""The pages: bounded queries, what was typed stays, hidden things are 404, nothing makes a fault."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import EvidenceFile, PriceSheet, Product, Promotion, Sku, TextVersion
from catalog.services import goods
from catalog.services.pricing import propose_prices
from office.approvals import api as approvals
from office.approvals.models import Run
from tests.catalog.asking import agree, carry_out, competitor, priced, row
from tests.catalog.shelf import DAY, NOW, category, channel, product, sku
from tests.catalog.test_pictures import photo
from tests.people import person, signed_in
from tests.tables.files import csv_bytes, xlsx_bytes

NAUGHTY = (
    "‮<script>alert(1)</script>",
    "a" * 3000,
    "'; DROP TABLE x;--",
    "٣",
    "\ud83d",
    "%s{0}",
    "-1",
    "NaN",
    "1e99",
)


def queries(who: str, url: str) -> int:
    client = signed_in(who)
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def stocked(count: int) -> None:
    """So many products with a SKU each, on the shelf."""
    for number in range(count):
        made = goods.add_product(title=f"沙发 {number}", category_id=category().pk, by=None, now=NOW)
        goods.add_sku(product_id=made.pk, code=f"SF-{number}", by=None, now=NOW)


def test_the_list_asks_the_same_whatever_its_length(site: None) -> None:
    channel()
    stocked(2)
    few = queries("ma_product", reverse("catalog:products"))
    stocked_more = [
        goods.add_product(title=f"茶几 {n}", category_id=category().pk, by=None, now=NOW) for n in range(45)
    ]
    for number, made in enumerate(stocked_more):
        goods.add_sku(product_id=made.pk, code=f"CT-{number}", by=None, now=NOW)
    many = queries("ma_product", reverse("catalog:products"))
    assert many <= few <= 16


def test_the_list_is_searched_filtered_and_paged_by_key(site: None) -> None:
    channel()
    stocked(45)
    client = signed_in("li_lei")
    first = client.get(reverse("catalog:products"))
    assert len(first.context["lines"]) == 40
    second = client.get(reverse("catalog:products") + first.context["next_url"])
    assert len(second.context["lines"]) == 5
    found = client.get(reverse("catalog:products"), {"q": "SF-44"})
    assert [line.codes for line in found.context["lines"]] == [["SF-44"]]
    assert not client.get(reverse("catalog:products"), {"on": "listed"}).context["lines"]
    assert client.get(reverse("catalog:products"), {"q": "没有这个"}).status_code == 200


def test_the_product_asks_the_same_whatever_the_number_of_skus(site: None) -> None:
    channel()
    made = product()
    sku(of=made)
    url = reverse("catalog:product", args=[made.pk])
    few = queries("ma_product", url)
    for number in range(8):
        sku(f"SF-X{number}", of=made)
    assert queries("ma_product", url) <= few + 1 <= 30


def test_costs_are_shown_to_those_alone_whose_work_needs_them(site: None) -> None:
    made = sku(cost="1234.00")
    url = reverse("catalog:product", args=[made.product_id])
    assert "1,234.00" in signed_in("ma_product").get(url).content.decode()
    assert "1,234.00" not in signed_in("li_lei").get(url).content.decode()
    assert (
        "1,234.00" not in signed_in("li_lei").get(reverse("catalog:prices", args=[made.pk])).content.decode()
    )


def test_a_product_comes_with_its_skus(site: None) -> None:
    client = signed_in("ma_product")
    answer = client.post(
        reverse("catalog:product_new"), {"title": "边几", "category": category().pk, "brand": "远帆"}
    )
    made = Product.objects.get()
    assert answer["Location"] == reverse("catalog:sku_new", args=[made.pk])
    client.post(answer["Location"], {"code": "CT-1", "cost": "120.00", "more": "1"})
    refused = client.post(answer["Location"], {"code": "CT-1", "spec": "白"})
    assert refused.status_code == 422
    assert "白" in refused.content.decode()
    changed = {"spec": "黑", "barcode": "", "cost": "130.00", "active": "on"}
    client.post(reverse("catalog:sku_edit", args=[Sku.objects.get().pk]), changed)
    assert str(Sku.objects.get().cost) == "130.00"
    client.post(
        reverse("catalog:product_edit", args=[made.pk]), {"title": "白橡边几", "category": made.category_id}
    )
    assert Product.objects.get().title == "白橡边几"


def test_channels_and_categories_are_added_and_renamed(site: None) -> None:
    client, url = signed_in("chen_manager"), reverse("catalog:ranges")
    client.post(url, {"what": "channel", "code": "JD01", "name": "京东"})
    client.post(url, {"what": "category", "name": "灯具"})
    assert client.post(url, {"what": "category", "name": "灯具"}).status_code == 422
    page = client.get(url).content.decode()
    assert "京东" in page
    made = category("灯具")
    client.post(reverse("catalog:range_edit", args=["category", made.pk]), {"name": "灯饰", "active": "on"})
    made.refresh_from_db()
    assert made.name == "灯饰"
    client.post(reverse("catalog:range_edit", args=["category", made.pk]), {"name": ""})
    client.post(reverse("catalog:range_edit", args=["channel", channel("JD01").pk]), {"name": "京东自营"})
    assert not channel("JD01").active


def test_pictures_are_sent_moved_and_kept_by_the_browser(site: None) -> None:
    made, client = product(), signed_in("pan_photo")
    url = reverse("catalog:picture_add", args=[made.pk])
    for colour in ("red", "green"):
        client.post(url, {"file": SimpleUploadedFile("x.jpg", photo(colour)), "caption": colour})
    refused = client.post(url, {"file": SimpleUploadedFile("x.jpg", b"no picture"), "caption": "正面"})
    assert refused.status_code == 422
    assert "正面" in refused.content.decode()
    first, second = made.pictures.order_by("place")
    client.post(reverse("catalog:picture_move", args=[made.pk, second.pk]))
    client.post(reverse("catalog:picture_remove", args=[made.pk, first.pk]))
    assert list(made.pictures.filter(removed_at=None)) == [second]
    shown = client.get(reverse("catalog:picture", args=[second.picture_id]), {"small": "1"})
    assert shown["Content-Type"] == "image/jpeg"
    again = client.get(
        reverse("catalog:picture", args=[second.picture_id]),
        {"small": "1"},
        headers={"If-None-Match": shown["ETag"]},
    )
    assert again.status_code == 304


def test_a_text_is_kept_and_asked_about_on_one_page(site: None) -> None:
    made, client = product(), signed_in("tang_writer")
    url = reverse("catalog:text", args=[made.pk])
    client.post(url, {"title": "布艺沙发", "points": "可拆洗", "body": "三人位。"})
    assert TextVersion.objects.count() == 1
    answer = client.post(url, {"title": "布艺沙发", "points": "可拆洗", "body": "四人位。", "ask": "1"})
    run = Run.objects.get(kind="catalog.text")
    assert answer["Location"] == reverse("approvals:run", args=[run.pk])
    assert signed_in("chen_manager").get(answer["Location"]).status_code == 200
    refused = client.post(url, {"title": "", "body": "留着的字"})
    assert refused.status_code == 422
    assert "留着的字" in refused.content.decode()


def form(price: str = "2400", **more: str) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "price": price, "channel": "", "starts_on": today.isoformat(), "comment": "跟价",
        "c-TOTAL_FORMS": "2", "c-INITIAL_FORMS": "0", "c-MIN_NUM_FORMS": "1", "c-MAX_NUM_FORMS": "8",
        "c-0-source": "竞品店", "c-0-price": "2390", "c-0-on": today.isoformat(), "c-0-url": "", **more,
    }  # fmt: skip


@pytest.mark.clause("C11.1")
def test_a_price_is_asked_for_with_a_screenshot_that_deciders_see(site: None) -> None:
    made = sku()
    client, url = signed_in("ma_product"), reverse("catalog:propose_price", args=[made.pk])
    assert client.get(url).status_code == 200
    answer = client.post(url, {**form(), "c-0-file": SimpleUploadedFile("shot.jpg", photo())})
    run = Run.objects.get(kind="catalog.price")
    assert answer["Location"] == reverse("approvals:run", args=[run.pk])
    page = signed_in("chen_manager").get(answer["Location"]).content.decode()
    address = reverse("catalog:evidence", args=[run.pk, EvidenceFile.objects.get().pk])
    assert address in page
    assert "竞品店" in page
    assert signed_in("chen_manager").get(address)["Content-Type"] == "image/jpeg"
    assert signed_in("tang_writer").get(address).status_code == 404
    assert (
        signed_in("chen_manager").get(reverse("catalog:evidence", args=[run.pk, 987654])).status_code == 404
    )


def test_the_form_says_that_what_is_agreed_for_later_counts_too(site: None) -> None:
    made = sku()
    url = reverse("catalog:propose_price", args=[made.pk])
    client = signed_in("ma_product")
    said = "后续已批准的价格和促销也计入"
    assert said not in client.get(url).text
    now = timezone.now()
    seen = competitor()
    fresh = type(seen)(seen.source, seen.price, timezone.localdate(now))
    run = propose_prices(
        rows=[row(made, "2400.00", at=now + DAY, competitors=(fresh,))], by=person("ma_product"), now=now
    )
    carry_out(agree(run, now=now), now=now)
    assert said in client.get(url).text


def test_a_refused_price_keeps_what_was_typed_and_the_file(site: None) -> None:
    made = sku()
    url = reverse("catalog:propose_price", args=[made.pk])
    sent = {**form("0"), "c-0-file": SimpleUploadedFile("shot.jpg", photo()), "c-0-source": "留着的名字"}
    answer = signed_in("ma_product").post(url, sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "留着的名字" in text
    assert f'value="{EvidenceFile.objects.get().pk}"' in text
    broken = {**form("2400", **{"c-0-price": "abc"}), "c-0-file": SimpleUploadedFile("shot.exe", b"MZ")}
    assert signed_in("ma_product").post(url, broken).status_code == 422


def test_a_returned_price_is_asked_again_from_its_form(site: None) -> None:
    made, client = sku(), signed_in("ma_product")
    url = reverse("catalog:propose_price", args=[made.pk])
    client.post(url, form())
    run = Run.objects.get(kind="catalog.price")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=timezone.now(), reason="高")
    assert "2400" in client.get(url).content.decode()
    client.post(url, form("2300"))
    run.refresh_from_db()
    assert (run.state, run.round) == ("running", 2)


def test_the_prices_of_a_sku_are_a_chart_and_a_table(site: None) -> None:
    made = sku()
    channel()
    priced(made, "2400.00")
    url = reverse("catalog:prices", args=[made.pk])
    answer = signed_in("ma_product").get(url)
    assert answer.context["chart"]["series"][0]["points"] == [{"x": "2026-11-23 10:00", "y": "2400.00"}]
    assert queries("ma_product", url) <= 30


HEADER = ["款号", "新价", "生效日期", "渠道编码", "竞品来源", "竞品价格", "采集日期", "竞品链接"]


def table(*rows: list[str]) -> bytes:
    return csv_bytes([HEADER, *rows])


def test_a_table_is_taken_in_mended_and_asked_for_in_one_request(site: None) -> None:
    today = timezone.localdate().isoformat()
    first, second = sku(), sku("SF-2302", spec="")
    client = signed_in("ma_product")
    sent = table(
        [first.code, "2400", today, "", "竞品店", "2390", today, ""],
        ["SF-9999", "abc", today, "XX", "", "2390", "2026-13-45", "javascript:x"],
        [second.code, "2000", "", "", "竞品店", "2100", today, ""],
    )
    answer = client.post(reverse("catalog:sheets"), {"file": SimpleUploadedFile("价格.csv", sent)})
    made = PriceSheet.objects.get()
    url = reverse("catalog:sheet", args=[made.pk])
    assert answer["Location"] == url
    page = client.get(url)
    assert page.context["bad"] == 1
    wrong = page.context["lines"][0]
    assert wrong.n == 3
    shown = page.content.decode()
    assert shown.count('class="is-wrong"') == 1
    assert all(f'data-label="{title}"' in shown for title in ("款号", "新价", "采集日期"))  # on a phone
    assert {column for column, _reason in wrong.wrong} == {"code", "price", "channel", "source", "on", "url"}
    refused = client.post(url, {"ask": "1", "r3-price": "改过的", "comment": "留着的话"})
    assert refused.status_code == 409
    assert "改过的" in refused.content.decode()
    assert "留着的话" in refused.content.decode()
    client.post(url, {"ask": "1", "drop": "3"})
    run = Run.objects.get(kind="catalog.price")
    assert [line["code"] for line in run.payload["rows"]] == [first.code, second.code]
    assert client.post(url, {"ask": "1"}).status_code == 409
    assert "is-wrong" not in client.get(url).content.decode()  # nothing to mend any more
    assert signed_in("chen_manager").get(url).status_code == 200
    assert signed_in("luo_buyer").get(url).status_code == 200
    assert signed_in("he_planner").get(url).status_code == 200


def test_rows_of_a_table_are_refused_singly(site: None) -> None:
    first, second = sku(), sku("SF-2302", spec="")
    made = PriceSheet.objects.create(
        filename="x.csv", lines=[{"n": 2, "code": first.code}, {"n": 3, "code": second.code}],
        by=person("ma_product"), at=NOW,
    )  # fmt: skip
    run = propose_prices(
        rows=[row(first, "2400"), row(second, "2000", competitors=(competitor(),))], sheet=made,
        by=person("ma_product"), now=NOW,
    )  # fmt: skip
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW, refuse_rows=[1])
    carry_out(Run.objects.get(pk=run.pk))
    assert first.prices.count() == 1
    assert not second.prices.exists()


@pytest.mark.parametrize(
    "sent", [b"", b"a,b\n1,2\n", b"PK\x03\x04broken", csv_bytes([HEADER]), b"\xff\xfe" * 40], ids=range(5)
)
def test_a_file_that_is_no_table_of_prices_is_refused_with_the_reason(site: None, sent: bytes) -> None:
    answer = signed_in("ma_product").post(
        reverse("catalog:sheets"), {"file": SimpleUploadedFile("x.csv", sent)}
    )
    assert answer.status_code == 422
    assert not PriceSheet.objects.exists()


def test_the_empty_table_is_one_that_is_taken_in(site: None) -> None:
    import io

    import openpyxl

    client, today = signed_in("ma_product"), timezone.localdate().isoformat()
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(reverse("catalog:sheet_template")).content)).active
    assert sheet is not None
    header = [cell.value for cell in sheet[1]]
    made = sku()
    sent = xlsx_bytes([header, [made.code, 2400, today, "", "竞品店", 2390, today, ""]])
    client.post(reverse("catalog:sheets"), {"file": SimpleUploadedFile("x.xlsx", sent)})
    page = client.get(reverse("catalog:sheet", args=[PriceSheet.objects.get().pk]))
    assert page.context["bad"] == 0


def test_another_persons_table_is_hidden(site: None) -> None:
    made = PriceSheet.objects.create(filename="x.csv", lines=[], by=person("ma_product"), at=NOW)
    assert signed_in("luo_buyer").get(reverse("catalog:sheet", args=[made.pk])).status_code == 404


def test_a_promotion_goes_from_plan_to_prices_on_its_pages(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00", now=timezone.now() - dt.timedelta(hours=1))
    planner, now = signed_in("he_planner"), timezone.localtime()
    plan = {
        "title": "双十二", "goal": "清布艺", "channels": [on.pk],
        "starts_at": f"{now + dt.timedelta(days=1):%Y-%m-%dT%H:%M:%S}",
        "ends_at": f"{now + dt.timedelta(days=2):%Y-%m-%dT%H:%M:%S}",
    }  # fmt: skip
    assert (
        planner.post(reverse("catalog:promotion_new"), {**plan, "ends_at": plan["starts_at"]}).status_code
        == 422
    )
    planner.post(reverse("catalog:promotion_new"), plan)
    made = Promotion.objects.get()
    url = reverse("catalog:promotion", args=[made.pk])
    assert planner.post(url, {**plan, "title": "双12"})["Location"] == url
    planner.post(reverse("catalog:promotion_ask", args=[made.pk]))
    agree(Run.objects.get(kind="catalog.promotion_plan"), now=timezone.now())
    manager = signed_in("ma_product")
    prices = reverse("catalog:price_promotion", args=[made.pk])
    assert of.code in manager.get(prices, {"product": of.product_id}).content.decode()
    key = f"o-{of.pk}-{on.pk}"
    refused = manager.post(prices, {f"{key}-value": "120", f"{key}-rule": "percent", "comment": "留着"})
    assert refused.status_code == 422
    assert 'value="120"' in refused.content.decode()
    assert manager.post(prices, {f"{key}-value": "八折", f"{key}-rule": "percent"}).status_code == 422
    manager.post(prices, {f"{key}-value": "80", f"{key}-rule": "percent"})
    run = Run.objects.get(kind="catalog.promotion")
    assert "双12" in signed_in("chen_manager").get(reverse("approvals:run", args=[run.pk])).content.decode()
    carry_out(agree(run, now=timezone.now()), now=timezone.now())
    listed = manager.get(reverse("catalog:promotions"))
    assert [line[1] for line in listed.context["lines"]] == ["waiting"]
    assert manager.get(url).context["prices"][0].sku == of
    assert "双12" in manager.get(reverse("catalog:prices", args=[of.pk])).content.decode()


def test_the_lists_of_promotions_and_their_month_ask_the_same_whatever_their_number(site: None) -> None:
    on = channel()
    url = reverse("catalog:promotions")

    def more(count: int) -> None:
        for number in range(count):
            Promotion.objects.create(
                title=f"促销 {number}", goal="x", starts_at=timezone.now(), channels=[on.pk],
                ends_at=timezone.now() + dt.timedelta(days=3), by=person("he_planner"), at=NOW,
            )  # fmt: skip

    more(2)
    few = queries("he_planner", url)
    more(20)
    assert queries("he_planner", url) <= few <= 16
    for month in ("2026-02", "9999-99", "x", "0001-01"):
        assert signed_in("he_planner").get(url, {"month": month}).status_code == 200


def test_listing_is_asked_for_beside_its_checklist(site: None) -> None:
    on, made = channel(), sku()
    client = signed_in("ma_product")
    url = reverse("catalog:ask_listing", args=[made.product_id, on.pk])
    page = client.get(url)
    assert [item.ok for item in page.context["items"]] == [False] * 4
    refused = client.post(url, {"skus": [made.pk], "words": "留着的话"})
    assert refused.status_code == 422
    assert "留着的话" in refused.content.decode()
    off = reverse("catalog:ask_delisting", args=[made.product_id, on.pk])
    assert client.get(off).status_code == 200
    assert client.post(off, {"skus": ["x", "9" * 30]}).status_code == 422


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
def test_no_text_makes_a_fault(site: None, text: str) -> None:
    on, made = channel(), sku()
    client = signed_in("ma_product")
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    key = f"o-{made.pk}-{on.pk}"
    posts: list[tuple[str, dict[str, Any]]] = [
        (reverse("catalog:product_new"), {"title": text, "category": text, "brand": text}),
        (
            reverse("catalog:sku_new", args=[made.product_id]),
            {"code": text, "spec": text, "barcode": text, "cost": text},
        ),
        (reverse("catalog:ranges"), {"what": "channel", "code": text, "name": text}),
        (
            reverse("catalog:propose_price", args=[made.pk]),
            {**form(text), "c-0-source": text, "c-0-url": text},
        ),
        (reverse("catalog:propose_price", args=[made.pk]), {"price": text, "c-TOTAL_FORMS": text}),
        (reverse("catalog:sheets"), {"file": SimpleUploadedFile("x.csv", table([text] * 8))}),
        (reverse("catalog:ask_listing", args=[made.product_id, on.pk]), {"skus": text, "words": text}),
        (reverse("catalog:price_promotion", args=[1]), {f"{key}-value": text, f"{key}-rule": text}),
    ]
    for url, data in posts:
        assert client.post(url, data).status_code < 500, url
    for made_sheet in PriceSheet.objects.all():
        url = reverse("catalog:sheet", args=[made_sheet.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {"r2-code": text, f"r{text}-code": text, "drop": text}).status_code < 500
    for name in ("catalog:products", "catalog:promotions"):
        asked = {"q": text, "category": text, "channel": text, "before": text, "month": text, "on": text}
        assert client.get(reverse(name), asked).status_code == 200
