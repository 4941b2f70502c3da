"""Tables of prices: mended by who sent them in, and not while they are being decided."""

from __future__ import annotations

import pytest

from catalog.models import PriceSheet
from catalog.services import sheets
from office.approvals import api as approvals
from office.errors import Conflict, Invalid, NotFound
from tests.catalog.asking import agree, carry_out, priced
from tests.catalog.shelf import MINUTE, NOW, channel, sku
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("site")
TODAY = f"{NOW:%Y-%m-%d}"
HEAD = "款号,新价,竞品来源,竞品价格,采集日期"


def taken(*lines: str, head: str = HEAD) -> PriceSheet:
    content = "\n".join([head, *lines]).encode()
    return sheets.take_sheet(name="价格.csv", content=content, by=person("ma_product"), now=NOW)


def good() -> PriceSheet:
    made = sku("SF-1", cost="1000.00")
    priced(made, "2000.00")
    return taken(f"SF-1,1900.00,竞品店,1950.00,{TODAY}")


def mend(sheet: PriceSheet, text: str = "1880.00", who: str = "ma_product") -> PriceSheet:
    return sheets.mend_sheet(
        sheet_id=sheet.pk, cells={(sheet.lines[0]["n"], "price"): text}, drop=[], by=person(who), now=NOW
    )


def test_a_cell_is_mended_and_a_row_left_out() -> None:
    sheet = taken(f"SF-1,x,竞品店,1950.00,{TODAY}", f"SF-2,1.00,竞品店,2.00,{TODAY}")
    numbers = [line["n"] for line in sheet.lines]
    sheet = sheets.mend_sheet(
        sheet_id=sheet.pk, cells={(numbers[0], "price"): " 1900 "}, drop=numbers[1:],
        by=person("ma_product"), now=NOW,
    )  # fmt: skip
    assert [line["price"].strip() for line in sheet.lines] == ["1900"]


def test_while_it_is_being_decided_it_is_not_mended() -> None:
    sheet = good()
    run = sheets.ask_sheet(sheet_id=sheet.pk, by=person("ma_product"), now=NOW)
    for act in (lambda: None, lambda: agree(run)):
        act()
        with pytest.raises(Conflict) as refused:
            mend(sheet)
        assert (refused.value.code, refused.value.params["run"]) == ("deciding", run.pk)
    sheet.refresh_from_db()
    assert sheet.lines[0]["price"] == "1900.00"


def test_what_was_carried_out_stays() -> None:
    sheet = good()
    carry_out(agree(sheets.ask_sheet(sheet_id=sheet.pk, by=person("ma_product"), now=NOW)))
    with pytest.raises(Conflict) as refused:
        mend(sheet)
    assert refused.value.code == "carried_out"


def test_returned_or_taken_back_it_is_mended_again() -> None:
    sheet = good()
    run = sheets.ask_sheet(sheet_id=sheet.pk, by=person("ma_product"), now=NOW)
    run = approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW + MINUTE, reason="再看")
    assert mend(sheet).lines[0]["price"] == "1880.00"
    sheets.ask_sheet(sheet_id=sheet.pk, by=person("ma_product"), now=NOW + MINUTE, again=run)
    approvals.withdraw(run_id=run.pk, by=person("ma_product"), now=NOW + 2 * MINUTE, reason="再改")
    assert mend(sheet, "1870.00").lines[0]["price"] == "1870.00"


def test_a_post_while_it_is_being_decided_says_so() -> None:
    sheet = good()
    sheets.ask_sheet(sheet_id=sheet.pk, by=person("ma_product"), now=NOW)
    answer = signed_in("ma_product").post(f"/catalog/price-tables/{sheet.pk}/", {"r2-price": "1"})
    assert answer.status_code == 409


def test_a_table_of_somebody_else_is_none() -> None:
    sheet = good()
    for who in ("he_planner", "chen_manager"):
        with pytest.raises(NotFound):
            mend(sheet, who=who)
        with pytest.raises(NotFound):
            sheets.ask_sheet(sheet_id=sheet.pk, by=person(who), now=NOW)


def test_rows_that_are_wrong_are_not_asked_for() -> None:
    sheet = taken(f"SF-9,1.00,竞品店,2.00,{TODAY}")
    with pytest.raises(Conflict) as refused:
        sheets.ask_sheet(sheet_id=sheet.pk, by=person("ma_product"), now=NOW)
    assert refused.value.code == "unmended"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"x" * (sheets.MOST_BYTES + 1), "too_large"),
        (HEAD.encode(), "empty"),
        (f"{HEAD}\n\n,,,,\n".encode(), "empty"),
        (b"a,b\n1,2\n", "columns"),
        (b"", None),
        (b"PK\x03\x04broken", None),
        ("\n".join([HEAD, *["SF-1,1,x,1,2026-11-23"] * 2001]).encode(), "rows"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, code: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        sheets.take_sheet(name="x.csv", content=content, by=person("ma_product"), now=NOW)
    assert refused.value.errors[0]["path"] == "file"
    if code:
        assert refused.value.errors[0]["code"] == code


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (f"SF-9,1.00,竞品店,2.00,{TODAY},,,", "没有这个 SKU"),
        (f"SF-OUT,1.00,竞品店,2.00,{TODAY},,,", "不在售范围"),
        (f"SF-NEW,1.00,竞品店,2.00,{TODAY},,,", "成本"),
        (f"SF-1,1.00,竞品店,2.00,{TODAY},,NOPE,", "没有这个渠道"),
        ("SF-1,1.00,竞品店,2.00,2026-12-30,,,", "还没到"),
        ("SF-1,1.00,竞品店,2.00,2026-01-01,,,", "天"),
        (f"SF-1,1.00,竞品店,2.00,{TODAY},2026-01-01,,", "今天"),
        (f"SF-1,1.00,竞品店,2.00,{TODAY},,,ftp://x", "http"),
    ],
)
def test_every_row_says_what_is_wrong_with_it(line: str, says: str) -> None:
    from django.utils.translation import override

    from catalog.services import goods

    channel()
    made = sku("SF-1")
    out = sku("SF-OUT", of=made.product)
    sku("SF-NEW", cost=None, of=made.product)
    goods.update_sku(sku_id=out.pk, spec="", barcode="", active=False, by=None, now=NOW)
    sheet = taken(line, head=f"{HEAD},生效时间,渠道,链接")
    with override("zh-hans"):
        [judged] = sheets.judged(sheet, NOW)
        assert says in " ".join(str(message) for _column, message in judged.wrong)


def test_a_row_twice_says_where_the_first_is() -> None:
    sku("SF-1")
    line = f"SF-1,1.00,竞品店,2.00,{TODAY}"
    first, second = sheets.judged(taken(line, line), NOW)
    assert (bool(first.wrong), [column for column, _message in second.wrong]) == (False, ["code"])


def test_the_template_has_the_columns() -> None:
    assert sheets.template()[:2] == b"PK"
