"""Counted figures from a file: what fits is entered, what does not is shown whole."""

from __future__ import annotations

import pytest

from catalog.models import CountImport, Sku, StockCount
from catalog.rules.count_file import CountFile, read_counts
from catalog.services import goods
from catalog.services.stock.imports import import_counts
from office.errors import Forbidden, Invalid, NotFound
from office.tables.opening import open_tables
from tests.catalog.shelf import NOW, product, sku
from tests.catalog.stock.arrange import counting_of
from tests.people import person
from tests.tables.files import csv_bytes, source, xlsx_bytes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
HEADER = ["款号", "条码", "实盘数量", "差异原因"]


def read(*rows: list[object], header: list[str] | None = None) -> CountFile:
    content = xlsx_bytes([["盘点表"], header or HEADER, *rows])
    return read_counts(open_tables(source(content, "counts.xlsx"))[0].rows())


def imported(count: StockCount, content: CountFile, who: str = "xu_warehouse") -> CountImport:
    return import_counts(count_id=count.pk, filename="盘点.xlsx", content=content, by=person(who), now=NOW)


@pytest.fixture
def shelf() -> tuple[Sku, Sku]:
    shared = product()
    second = sku("SF-2", of=shared)
    goods.update_sku(
        sku_id=second.pk, spec="", barcode="6917000000017", active=True, by=person("ma_product"), now=NOW
    )
    return sku("SF-1", of=shared), second


def test_figures_are_entered_by_style_number_and_by_barcode(shelf: tuple[Sku, Sku]) -> None:
    count = counting_of(shelf[0])
    done = imported(count, read(["SF-1", "", 12, "损坏或过期"], ["", "6917000000017", 0, "借给门店"]))
    assert (done.taken, done.refused) == (2, [])
    lines = {line.sku.code: line for line in count.lines.select_related("sku")}
    assert (lines["SF-1"].counted, lines["SF-1"].reason) == (12, "damaged")
    assert (lines["SF-2"].counted, lines["SF-2"].reason, lines["SF-2"].note) == (0, "other", "借给门店")


def test_refused_rows_are_kept_whole_with_their_number_and_reason(shelf: tuple[Sku, Sku]) -> None:
    count = counting_of(shelf[0])
    done = imported(
        count,
        read(
            ["SF-1", "", 12, ""],
            ["XX-9", "", 3, "别的类目"],
            ["SF-2", "", "十二", ""],
            ["SF-2", "", "1.5", ""],
            ["SF-2", "", -1, ""],
            ["SF-2", "", "", ""],
            ["", "", 5, ""],
            ["SF-1", "", 13, ""],
        ),
    )
    assert done.taken == 1
    assert [row["row"] for row in done.refused] == [4, 5, 6, 7, 8, 9, 10]
    assert done.refused[0]["cells"] == ["XX-9", "", "3", "别的类目"]
    assert len({row["code"] for row in done.refused}) == 7


def test_one_sku_by_two_names_is_entered_once(shelf: tuple[Sku, Sku]) -> None:
    done = imported(counting_of(shelf[0]), read(["SF-2", "", 1, ""], ["", "6917000000017", 2, ""]))
    assert (done.taken, len(done.refused)) == (1, 1)


def test_a_csv_and_english_words_do_as_well(shelf: tuple[Sku, Sku]) -> None:
    content = csv_bytes([["SKU", "Counted"], ["SF-1", "3"]])
    count = counting_of(shelf[0])
    assert imported(count, read_counts(open_tables(source(content))[0].rows())).taken == 1


def test_a_file_without_the_columns_is_refused_with_their_names(shelf: tuple[Sku, Sku]) -> None:
    count = counting_of(shelf[0])
    for header in (["款号", "颜色"], ["实盘数量", "颜色"]):
        with pytest.raises(Invalid) as caught:
            imported(count, read(["SF-1", 3], header=header))
        assert "实盘数量" in str(caught.value.message)


def test_who_may_not_count_imports_nothing(shelf: tuple[Sku, Sku]) -> None:
    count = counting_of(shelf[0])
    with pytest.raises(Forbidden):
        imported(count, read(["SF-1", "", 1, ""]), who="li_lei")
    count.pk = 987654
    with pytest.raises(NotFound):
        imported(count, read(["SF-1", "", 1, ""]))


def test_a_file_of_nothing_but_refused_rows_enters_nothing(shelf: tuple[Sku, Sku]) -> None:
    count = counting_of(shelf[0])
    done = imported(count, read(["=cmd", "", 1, ""]))
    assert (done.taken, len(done.refused)) == (0, 1)
    assert not count.lines.exists()
