"""Every naughty string in every column of a file: booked or refused with a reason, never an exception."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest

from orders.intake.formats import LAYOUTS
from orders.models import Batch, Order, RejectedRow
from orders.selectors.intake import refused_page
from orders.services import intake
from orders.services.shops import get_or_create_shop
from tests.orders.intake.files import read, real_headers
from tests.real_data import real
from tests.tables.files import csv_bytes, source, xlsx_bytes

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 10, 30, tzinfo=dt.UTC)
GOOD = {
    "number": "N",
    "ordered_at": "2026-11-20 10:00:00",
    "customer": "王小明",
    "phone": "13800000001",
    "address": "杭州",
    "total": "1",
    "paid": "1",
    "line_sku": "S",
    "line_title": "锅",
    "line_quantity": "1",
    "line_amount": "1",
    "other": "x",
}


def naughty() -> list[str]:
    strings: list[str] = json.loads(real("blns", "blns.json").read_text())
    return [
        *strings,
        "\x00",
        "a\x00b",
        "\ufeff",
        "a\rb",
        "a\nb",
        '"',
        "''",
        "=1+1",
        "\ud7ff\ue000",
        "𠮷",
        "x" * 5_000,
    ]


def run(content: bytes, name: str) -> Batch:
    shop = get_or_create_shop(code="TM01", by=None, now=NOW)
    batch = intake.start_batch(shop=shop, filename=name, by=None, now=NOW, size=len(content))
    return intake.run_batch(batch_id=batch.pk, now=NOW, source=source(content, name))


@pytest.mark.parametrize("column", GOOD)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_naughty_string_in_a_column_is_booked_or_refused(column: str, kind: str) -> None:
    strings = naughty()
    if kind == "xlsx":  # which cannot hold control characters and noncharacters
        strings = [text for text in strings if not re.search("[^\t\n\r -\ufffd\U00010000-\U0010ffff]", text)]
    rows = [list(GOOD)]
    for place, text in enumerate(strings):
        cells = GOOD | {"number": f"N{place}"} | {column: text}
        rows.append(list(cells.values()))
    if kind == "csv":
        content = csv_bytes(rows)
    else:
        content = xlsx_bytes(
            [[f"'{cell}" if cell.startswith("=") else cell for cell in cells] for cells in rows]
        )
    batch = run(content, f"orders.{kind}")
    assert batch.state == "done", batch.why
    kept = batch.inserted + batch.duplicates + batch.conflicts
    refused = RejectedRow.objects.filter(kind="rejected")
    if column == "number":
        assert kept + len(refused) <= len(strings)
        assert batch.inserted > len(strings) // 2
    else:
        assert kept + len(refused) == len(strings)
    assert all(row.code and row.message for row in refused)
    if column in ("customer", "phone", "address", "line_sku", "line_title", "other"):
        allowed = {"lost_precision", "cell_count"}
        assert {row.code for row in refused} <= allowed
        assert len(refused) < 10
    shown, _more = refused_page(batch, limit=1_000)
    assert all(row.reason for row in shown)
    assert Order.objects.count() == batch.inserted


def test_every_naughty_string_as_a_header_is_kept_or_refused(tmp_path: Path) -> None:
    for first in (0, 200, 400):
        headers = naughty()[first : first + 200]
        content = csv_bytes([[*GOOD, *headers], [*GOOD.values(), *["v"] * len(headers)]])
        batch = run(content, "orders.csv")
        assert batch.state == "done", batch.why
        assert batch.inserted + batch.duplicates == 1
    batch = run(csv_bytes([naughty()[:200], ["v"] * 200]), "orders.csv")
    assert (batch.state, batch.error_code) == ("failed", "unknown_header")


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("taobao_ExportOrderList_later_xlsx", "taobao"),
        ("pdd_2023_full", "pdd"),
        ("jd_pop_orders", "jd"),
        ("1688_buyer_orders", "1688"),
        ("douyin_orders_2026", "douyin"),
    ],
)
def test_every_naughty_string_in_every_column_of_a_platforms_export(name: str, format: str) -> None:
    """First in all columns that take any text at once, then in each of the others by itself."""
    header, layout, strings = real_headers()[name], LAYOUTS[format], naughty()

    def columns(*names: str) -> list[int]:
        return [place for wanted in names for place, title in enumerate(header) if title.strip() == wanted]

    number, quantity, *_more = columns(*layout.number[:1], *layout.line_quantity[:1])
    values = (*layout.ordered_at, *layout.total, *layout.paid, *layout.line_price, *layout.ambiguous_amount)
    strict = {number, quantity, *columns(*values)}
    anything = [place for place in range(len(header)) if place not in strict]
    for places in (anything, *([place] for place in sorted(strict))):
        rows = []
        for at, text in enumerate(strings):
            cells = [""] * len(header)
            cells[number], cells[quantity] = f"N{at}", "1"
            for place in columns(*layout.line_title):
                cells[place] = "锅"
            for place in places:
                cells[place] = text
            rows.append(cells)
        orders, bad = read(csv_bytes([header, *rows]), format=format)
        assert all(each.code and each.message for each in bad)
        if places == anything:
            assert len(orders) + len(bad) == len(strings)
            assert len(orders) > len(strings) * 0.9, {each.code for each in bad}
        else:
            assert 0 < len(orders) + len(bad) <= len(strings)
