"""A long month: its page shows a part of it, its files show all, and what lines are called is read a few at a time."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pypdf import PdfReader

from contracts.models import LossClaim, LossLine, SetOff, Supplier
from contracts.selectors import statements
from contracts.services import statement_files
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, NOW
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
NOVEMBER = date(2026, 11, 1)
MANY = statements.AT_ONCE + 20


def _long() -> Supplier:
    """MANY claims of one yuan each, for what wrong material cost us."""
    order, buyer = stage.order(), person("luo_buyer")
    claims = LossClaim.objects.bulk_create(
        LossClaim(number=f"LC-X{n}-", order=order, clause="P3.4", text="x", by=buyer, at=NOW)
        for n in range(1, MANY + 1)
    )
    LossLine.objects.bulk_create(
        LossLine(claim=each, n=1, kind="direct", what="x", amount=Decimal(1)) for each in claims
    )
    SetOff.objects.bulk_create(
        SetOff(
            supplier=order.supplier, order=order, kind="material", amount=Decimal(1), text="x",
            paper_type="loss_claim", paper_id=str(each.pk), paper_label=each.number, authority_clause="P3.4",
            by=buyer, at=NOW, on=NOW.date(),
        )
        for each in claims
    )  # fmt: skip
    return order.supplier


@pytest.mark.clause("P2.2")
def test_its_page_shows_fifty_lines_and_leads_to_the_others_with_the_balance_carried_over() -> None:
    supplier, buyer = _long(), signed_in("luo_buyer")
    where = f"/contracts/money/{supplier.pk}/2026-11/"
    first = buyer.get(where).content.decode()
    assert first.count("LC-X") == 50
    assert "LC-X50-" in first
    assert f"共 {MANY} 条" in first
    assert f"−{MANY}.00" in first  # the sums are of the whole month
    [following] = re.findall(r'rel="next" href="(\?from=\d+)"', first)
    second = buyer.get(where + following).content.decode()
    assert "LC-X51-" in second
    assert "LC-X50-" not in second
    assert "承前" in second
    assert "−50.00" in second
    last = buyer.get(f"{where}?from={MANY}").content.decode()
    assert f"LC-X{MANY}-" in last
    assert 'rel="next" href="?from' not in last
    for odd in ("0", "-3", "99999999", "x", "²"):
        assert buyer.get(where, {"from": odd}).status_code == 200


@pytest.mark.clause("P2.2")
def test_its_files_are_whole() -> None:
    supplier, buyer = _long(), person("luo_buyer")
    content = statement_files.export_pdf(
        supplier_id=supplier.pk, month=NOVEMBER, by=buyer, now=NOW + 30 * DAY
    )
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    file = statement_files.export_xlsx(supplier_id=supplier.pk, month=NOVEMBER, by=buyer, now=NOW + 30 * DAY)
    rows = [row for row in load_workbook(file).worksheets[0].values if "LC-X" in str(row[2])]
    for n in (1, statements.AT_ONCE, statements.AT_ONCE + 1, MANY):
        assert re.search(rf"LC-X{n}-", text), n
    assert [row[2] for row in rows] == [f"LC-X{n}-" for n in range(1, MANY + 1)]
    assert [row[7] for row in rows] == [-n for n in range(1, MANY + 1)]


def test_what_lines_are_called_is_read_a_few_hundred_at_a_time_and_for_a_page_only_its_own() -> None:
    supplier = _long()
    found = statements.statement_of(supplier, NOVEMBER)
    assert (len(found.lines), str(found.closing)) == (MANY, f"-{MANY}.00")
    with CaptureQueriesContext(connection) as page:
        assert [line.entry.paper for line in found.lines[3:5]] == ["LC-X4-", "LC-X5-"]
    with CaptureQueriesContext(connection) as whole:
        lines = iter(found.lines)
        next(lines)
        assert len(whole) == 1  # of one kind; the others behind it are not read yet
        assert len(list(lines)) == MANY - 1
    assert (len(page), len(whole)) == (1, 2)
    assert found.lines[-1].balance == -MANY


def test_entries_of_one_moment_stand_in_one_order() -> None:
    order = stage.order((100, "10.00"))
    for n in range(3):
        stage.goods(order, 10, f"D-{n}")
    once, again = (
        [line.entry.paper for line in statements.statement_of(order.supplier, NOVEMBER).lines] for _ in "ab"
    )
    assert once == again == sorted(once)
