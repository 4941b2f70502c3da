"""The pages of stock: what they show, what they refuse and keep, and how much they ask of the database."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import StockCount, StockMovement, UnmatchedGoods
from catalog.services.stock import counting
from tests.catalog import shelf
from tests.catalog.stock.arrange import received, sold, stock, take_over
from tests.people import person, signed_in
from tests.tables.files import xlsx_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
NAUGHTY = "'\"><script>alert(1)</script>\u202e🏷️" + "长" * 300


def opened(of: object = None) -> StockCount:
    category = shelf.category()
    return counting.open_count(category_id=category.pk, by=person("xu_warehouse"), now=timezone.now())


def test_the_list_finds_by_name_and_by_what_is_left() -> None:
    of = shelf.product()
    received(shelf.sku("SF-1", of=of), 5)
    shelf.sku("SF-2", of=of)
    take_over(sold(("SF-2", 1)))
    client = signed_in("li_lei")
    assert {row.code for row in client.get("/catalog/stock/?q=沙发").context["rows"]} == {"SF-1", "SF-2"}
    assert [row.code for row in client.get("/catalog/stock/?state=oversold").context["rows"]] == ["SF-2"]
    assert [row.code for row in client.get("/catalog/stock/?state=left").context["rows"]] == ["SF-1"]
    assert (
        client.get("/catalog/stock/", {"q": NAUGHTY, "category": "x", "after": "\u202e"}).status_code == 200
    )


def test_the_list_asks_the_same_of_the_database_however_long_it_is() -> None:
    client = signed_in("xu_warehouse")
    of = shelf.product()
    client.get("/catalog/stock/")
    asked = []
    for number in range(3):
        for place in range(4):
            received(shelf.sku(f"SF-{number}{place}", of=of), 1)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/catalog/stock/")
        asked.append(len(queries))
    assert asked[0] == asked[-1] <= 16


def test_a_refused_act_keeps_what_was_typed() -> None:
    made = received(shelf.sku(cost="1.00"), 2)
    client = signed_in("xu_warehouse")
    url = f"/catalog/stock/{made.pk}/correct/"
    answer = client.post(url, {"change": "-2", "reason": "other", "note": ""})
    assert answer.status_code == 422
    assert 'value="-2"' in answer.content.decode()
    for value in ("", "0", "x", "99999999999999999999", "1.5"):
        assert client.post(url, {"change": value, "reason": "lost"}).status_code == 422
    assert client.post(f"/catalog/stock/{made.pk}/nonsense/", {}).status_code == 404
    assert client.get("/catalog/stock/987654/").status_code == 404
    assert client.post(url, {"change": "1", "reason": "found"}).status_code == 302
    assert stock(made) == 3


def test_goods_of_an_order_are_put_back_from_its_movement() -> None:
    made = received(shelf.sku(), 5)
    take_over(sold(("SF-2301", 2)))
    out = StockMovement.objects.get(source="order")
    client = signed_in("xu_warehouse")
    assert "退回库存" in client.get(f"/catalog/stock/{made.pk}/").content.decode()
    url = f"/catalog/stock/movements/{out.pk}/back/"
    assert client.post(url, {"pieces": "x", "reason": "returned"}).status_code == 302
    assert client.post(url, {"pieces": "3", "reason": "returned"}).status_code == 409
    assert client.post(url, {"pieces": "2", "reason": "returned"}).status_code == 302
    assert stock(made) == 5


def test_a_line_that_waits_is_matched_on_its_page() -> None:
    made = received(shelf.sku(), 5)
    take_over(sold(("未知", 2)))
    [row] = UnmatchedGoods.objects.all()
    client = signed_in("xu_warehouse")
    assert "未知" in client.get("/catalog/stock/unmatched/").content.decode()
    answer = client.post(f"/catalog/stock/unmatched/{row.pk}/", {"sku_code": NAUGHTY[:40]})
    assert answer.status_code == 422
    assert client.post(f"/catalog/stock/unmatched/{row.pk}/", {"sku_code": "SF-2301"}).status_code == 302
    assert stock(made) == 3


def test_a_blind_sheet_shows_the_book_only_after_the_count() -> None:
    made = received(shelf.sku(cost="1.00"), 41)
    count = opened()
    client = signed_in("xu_warehouse")
    url = f"/catalog/stock/counts/{count.pk}/"
    assert "41" not in client.get(url).content.decode().split("count-sheet")[1].split("count-foot")[0]
    client.post(url, {f"s{made.pk}-counted": "40"})
    page = client.get(url).content.decode()
    assert "41" in page
    answer = client.post(url, {f"s{made.pk}-counted": "40", "hand_in": "1"})
    assert answer.status_code == 422
    assert "请选择原因" in answer.content.decode()
    given = {f"s{made.pk}-counted": "40", f"s{made.pk}-reason": "lost", "hand_in": "1"}
    assert client.post(url, given).status_code == 302
    assert stock(made) == 40
    assert client.post(url, given).status_code == 409


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "99999999999999"])
def test_a_figure_that_is_none_is_marked_and_nothing_is_kept(value: str) -> None:
    made = shelf.sku()
    count = opened()
    url = f"/catalog/stock/counts/{count.pk}/"
    answer = signed_in("xu_warehouse").post(url, {f"s{made.pk}-counted": value})
    assert answer.status_code == 422
    assert f'value="{value}"' in answer.content.decode()
    assert not count.lines.exists()


def test_a_sheet_asks_the_same_of_the_database_however_long_it_is() -> None:
    of = shelf.product()
    shelf.sku("SF-0", of=of)
    count = opened()
    client = signed_in("xu_warehouse")
    client.get(f"/catalog/stock/counts/{count.pk}/")
    asked = []
    for number in range(1, 4):
        shelf.sku(f"SF-{number}", of=of)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/catalog/stock/counts/{count.pk}/")
        asked.append(len(queries))
    assert asked[0] == asked[-1] <= 24


def test_a_file_of_counts_shows_its_refused_rows_whole() -> None:
    made = shelf.sku()
    count = opened()
    client = signed_in("xu_warehouse")
    content = xlsx_bytes([["款号", "实盘数量"], ["SF-2301", 7], ["XX-1", "许多"]])
    file = SimpleUploadedFile("盘点.xlsx", content)
    assert client.post(f"/catalog/stock/counts/{count.pk}/import/", {"file": file}).status_code == 302
    page = client.get(f"/catalog/stock/counts/{count.pk}/").content.decode()
    assert "XX-1" in page
    assert "许多" in page
    assert count.lines.get(sku=made).counted == 7
    for body in (b"", b"%PDF", io.BytesIO(b"PK\x03\x04" + b"\0" * 20).getvalue(), b"a,b\n1,2\n"):
        file = SimpleUploadedFile("x.xlsx", body)
        assert client.post(f"/catalog/stock/counts/{count.pk}/import/", {"file": file}).status_code == 422


def test_a_count_is_opened_from_the_page_and_one_that_runs_is_gone_to() -> None:
    shelf.sku()
    client = signed_in("gao_section")
    asked = {"category": shelf.category().pk}
    first = client.post("/catalog/stock/counts/open/", asked)
    assert first.status_code == 302
    assert client.post("/catalog/stock/counts/open/", asked)["Location"] == first["Location"]
    assert client.post("/catalog/stock/counts/open/", {"category": "x"}).status_code == 422
    assert "沙发" in client.get("/catalog/stock/counts/").content.decode()
    day = client.get("/").content.decode()
    assert "盘点库存" in day
