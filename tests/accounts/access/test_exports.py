"""Every export leaves a row in the register, with its number in the file itself (C13.5)."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from openpyxl import load_workbook
from pypdf import PdfReader

from contracts.models import PurchaseOrder
from office.audit.exports import record_export
from office.audit.lawful import LawRefused
from office.audit.models import Entry, Export
from office.subjects import Subject
from office.tables.marks import new_mark
from orders.services import intake
from tests.accounts.access.stage import NOW
from tests.accounts.access.test_confirm_again import grown_old
from tests.attendance.punches.files import attlog, sent
from tests.orders.intake.test_batches import orders_file, started
from tests.people import person, signed_in
from tests.permissions.test_matrix import World, address, world

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.5")]

#: Name of the URL → who takes it, what the form says, which of the world.
EXPORTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "orders:desk_export": ("chen_manager", {"format": "csv", "tab": "all"}, {}),
    "orders:imports_export": ("chen_manager", {"format": "xlsx"}, {}),
    "orders:batch_export": ("chen_manager", {"format": "xlsx"}, {"pk": "batch"}),
    "orders:batch_rejected": ("chen_manager", {}, {"pk": "batch", "part": "'list"}),
    "orders:figures_workbook": ("chen_manager", {"period": "week"}, {}),
    "approvals:figures_workbook": ("chen_manager", {"days": "28"}, {}),
    "catalog:products_export": ("ma_product", {"format": "csv"}, {}),
    "catalog:stock_export": ("ma_product", {"format": "xlsx"}, {}),
    "catalog:prices_export": ("ma_product", {"format": "csv"}, {"pk": "sku"}),
    "catalog:market_workbook": ("ma_product", {}, {"pk": "sku"}),
    "cms:watch_workbook": ("sun_admin", {}, {}),
    "cms:freshness_workbook": ("sun_admin", {}, {}),
    "attendance:month_sheet": ("du_hr", {}, {"month": "'2026-10"}),
    "attendance:batch_rejected": ("du_hr", {}, {"pk": "punches"}),
    "contracts:statement_pdf": ("luo_buyer", {}, {"pk": "supplier", "month": "'2026-10"}),
    "contracts:statement_xlsx": ("luo_buyer", {}, {"pk": "supplier", "month": "'2026-10"}),
}
#: Several files in one ZIP; what they hold and their row: tests/cms/test_packs.py, tests/catalog/test_pack.py.
PACKS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "catalog:pack": ("ma_product", {}, {"pk": "product"}),
    "cms:asset_pack": ("lin_editor", {"pick": ["1"]}, {}),
    "cms:attachment_pack": ("chen_manager", {}, {"pk": "content", "number": "'1"}),
}
#: Files that are no data of ours: an empty table, a document that somebody attached and that has its own rule.
NO_EXPORTS = {
    "sheet_template": "an empty table",
    "exam_file": "what a candidate handed in, to his examiner",
    "evidence": "a picture beside a request",
    "feed": "one's own shifts",
}


def doors(patterns: list[Any], space: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from doors(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", pattern.callback


def content(answer: HttpResponseBase) -> bytes:
    if answer.streaming:
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return bytes(answer.content)  # type: ignore[attr-defined]


@pytest.fixture
def full(world: World, tmp_path: Path, settings: Any) -> World:
    """The world, with an import of orders and one of punches that each have a refused row."""
    settings.ECDEPT_HOME = tmp_path
    wrong = ["E1", "王小明", "", "锅", "很多"]
    batch = intake.run_batch(batch_id=started(orders_file(1, wrong), by=person("wu_clerk")).pk, now=NOW)
    punches = sent(attlog("NOBODY 2026-11-04 08:25:00 0"))
    supplier = PurchaseOrder.objects.get(pk=world["purchase"]).supplier_id
    return {**world, "batch": batch.pk, "punches": punches.pk, "supplier": supplier}


def test_every_export_leaves_a_row_and_carries_its_number(full: World) -> None:
    wrong = []
    for name, (who, said, args) in EXPORTS.items():
        answer = signed_in(who).post(address(name, args, full), said)
        if answer.status_code != 200:
            wrong.append(f"{name}: {answer.status_code}")
            continue
        body, made = content(answer), Export.objects.order_by("-pk")[0]
        entry = Entry.objects.get(pk=made.entry_id)
        if (made.verb, made.actor_id) != (entry.verb, person(who).pk):
            wrong.append(f"{name}: the row is {made.verb} of {made.actor_name}")
        if made.format == "xlsx":
            book = load_workbook(io.BytesIO(body))
            if book.properties.identifier != made.code or book.sheetnames[-1] != made.code:
                wrong.append(f"{name}: no mark in the workbook")
        elif made.format == "pdf":
            if made.code not in PdfReader(io.BytesIO(body)).pages[0].extract_text():
                wrong.append(f"{name}: no mark on the paper")
        elif made.code not in body.decode().rstrip().rpartition("\n")[2] + answer["Content-Disposition"]:
            wrong.append(f"{name}: no mark in the file")
    assert wrong == []
    assert Export.objects.count() == len(EXPORTS)


def test_no_export_is_left_out_of_this_table() -> None:
    """Views that confirm who one is and send a file are those of the table; a file sent otherwise is no export."""
    found = {name for name, view in doors(get_resolver().url_patterns) if getattr(view, "fresh", False)}
    exports = {name for name in found if name.split(":")[0] not in ("accounts", "backups")}
    assert exports == set(EXPORTS) | set(PACKS)
    sending = set()
    for desk in ("orders", "catalog", "cms", "attendance", "office/approvals", "accounts", "contracts"):
        for path in Path(desk).rglob("views/*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    text = ast.unparse(node)
                    if "as_attachment" in text or "attachment; filename" in text:
                        sending.add(node.name)
    helpers = {"attachment", "_attached"}
    views = {view.__name__ for name, view in doors(get_resolver().url_patterns) if name in EXPORTS}
    assert sending - helpers - views <= set(NO_EXPORTS)


def test_every_export_asks_who_it_is(full: World) -> None:
    for name, (who, said, args) in (EXPORTS | PACKS).items():
        employee = person(who)
        employee.set_password("Lantern-Teapot-4821")
        employee.save()
        answer = grown_old(signed_in(who)).post(address(name, args, full), said)
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/auth/reauthenticate/"), name
    assert not Export.objects.exists()


def taken(who: str) -> Export:
    by = person(who)
    mark = new_mark(by, NOW)
    record_export(
        "orders.list_exported", mark=mark, subject=Subject("orders_list", "all", "全部"), by=by, now=NOW, rows=7,
        format="csv", filters={"shop": "TM01", "state": "", "list": "all"},
    )  # fmt: skip
    return Export.objects.get(code=mark.code)


def test_the_register_is_read_by_it_and_the_general_manager_and_each_his_own() -> None:
    mine, other = taken("chen_manager"), taken("wang_supervisor")
    for who, seen in (
        ("sun_admin", {mine, other}), ("zhou_general", {mine, other}), ("chen_manager", {mine}), ("li_lei", set()),
    ):  # fmt: skip
        page = signed_in(who).get("/accounts/access/exports/").content.decode()
        assert {each for each in (mine, other) if each.code in page} == seen, who
    client = signed_in("sun_admin")
    found = client.get("/accounts/access/exports/", {"code": mine.code.lower()}).content.decode()
    assert mine.code in found
    assert other.code not in found
    theirs = client.get("/accounts/access/exports/", {"person": other.actor_id}).content.decode()
    assert other.code in theirs
    assert f">{other.code}<" in theirs
    assert mine.code not in theirs
    agent = signed_in("chen_manager")  # who sees his own finds no other by its number or its taker's
    for asked in ({"code": other.code}, {"person": other.actor_id}):
        page = agent.get("/accounts/access/exports/", asked).content.decode()
        assert f">{other.code}<" not in page
        assert f">{mine.code}<" not in page
    for odd in ({"before": "x"}, {"person": "²"}, {"code": "a" * 400}, {"before": str(mine.pk)}):
        assert client.get("/accounts/access/exports/", odd).status_code == 200


def test_the_register_keeps_what_was_asked_for_and_is_law() -> None:
    made = taken("chen_manager")
    assert made.filters == {"shop": "TM01", "list": "all"}
    assert (made.rows, made.format, made.clause) == (7, "csv", "C13.5")
    with pytest.raises(LawRefused):
        made.delete()
    with pytest.raises(LawRefused):
        Export.objects.update(rows=0)


def test_the_list_asks_a_bounded_number_of_queries(django_assert_max_num_queries: Any) -> None:
    for _n in range(5):
        taken("chen_manager")
    client = signed_in("sun_admin")
    client.get("/accounts/access/exports/")
    with django_assert_max_num_queries(12):
        client.get("/accounts/access/exports/")
