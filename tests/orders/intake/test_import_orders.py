"""The command: what it prints, how it ends, what is booked."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from office.deadlines.models import Deadline
from orders.management.commands.import_orders import Command
from orders.models import Batch, Order, OrderEvent, OrderLine, RejectedRow, Shop
from orders.selectors.customers import customer_of
from tests.orders.intake.test_xlsx_reading import bomb
from tests.real_data import real
from tests.tables.files import csv_bytes, xlsx_bytes

pytestmark = pytest.mark.django_db

HEADER = [
    "number",
    "ordered_at",
    "customer",
    "phone",
    "address",
    "total",
    "line_title",
    "line_quantity",
    "line_amount",
]
GOOD = [
    ["A-1", "2026-11-20 10:00:00", "王小明", "13800000001", "杭州某路1号", "30", "锅", "1", "10"],
    ["A-1", "2026-11-20 10:00:00", "王小明", "13800000001", "杭州某路1号", "30", "铲", "2", "20"],
    ["A-2", "2026-11-20 11:00:00", "", "", "", "0", "赠品", "0", "0"],
]


class Run:
    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self._folder = folder

    def __call__(
        self, content: bytes | Path, *arguments: str, name: str = "orders.csv"
    ) -> tuple[int, str, str]:
        """(exit code, stdout, stderr)"""
        if isinstance(content, bytes):
            path = self._folder / name
            path.write_bytes(content)
        else:
            path = content
        code = 0
        try:
            call_command("import_orders", str(path), "--shop", "TM01", *arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = self._capsys.readouterr()
        return code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    return Run(capsys, tmp_path)


@pytest.mark.clause("C7.1")
def test_a_good_file_is_inserted_once_and_then_known(run: Run) -> None:
    content = csv_bytes([HEADER, *GOOD])
    assert run(content)[:2] == (0, "inserted 2, duplicates 0, rejected 0, conflicts 0\n")
    assert run(content)[:2] == (0, "inserted 0, duplicates 2, rejected 0, conflicts 0\n")
    assert Shop.objects.get(code="TM01").orders.count() == 2
    assert OrderLine.objects.count() == 3
    free = Order.objects.get(number="A-2")
    assert free.total == 0
    assert free.paid is None
    assert Deadline.objects.filter(rule="orders.accept").count() == 2


def test_the_same_terms_in_other_dress_are_known(run: Run) -> None:
    run(csv_bytes([HEADER, *GOOD]))
    dressed = [
        [f'="{cells[0]}"', *cells[1:3], f"'{cells[3]}" if cells[3] else "", *cells[4:]] for cells in GOOD
    ]
    dressed[0][5] = dressed[1][5] = "￥30.00元"
    assert run(csv_bytes([HEADER, *dressed], encoding="gb18030"))[1].startswith("inserted 0, duplicates 2,")
    assert run(xlsx_bytes([HEADER, *dressed]), name="orders.xlsx")[1].startswith("inserted 0, duplicates 2,")


def test_historical_orders_start_no_clocks(run: Run) -> None:
    assert run(csv_bytes([HEADER, *GOOD]), "--historical")[0] == 0
    assert not Deadline.objects.exists()
    assert Order.objects.filter(historical=True).count() == 2


@pytest.mark.clause("C7.5")
def test_other_terms_under_a_known_number_are_a_conflict_and_the_order_stays(run: Run) -> None:
    run(csv_bytes([HEADER, *GOOD]))
    changed = [cells.copy() for cells in GOOD]
    changed[0][8] = "11"
    code, out, _err = run(csv_bytes([HEADER, *changed]))
    assert (code, out) == (2, "inserted 0, duplicates 1, rejected 0, conflicts 1\n")
    rows = RejectedRow.objects.filter(kind="conflict")
    assert sorted(rows.values_list("row", flat=True)) == [2, 3]
    assert rows[0].order_id == Order.objects.get(number="A-1").pk
    assert OrderLine.objects.get(title="锅").amount == 10


def test_new_facts_of_a_known_order_become_an_event(run: Run) -> None:
    run(csv_bytes([[*HEADER, "物流"], *[[*cells, ""] for cells in GOOD]]))
    before = OrderEvent.objects.count()
    later = csv_bytes([[*HEADER, "物流"], *[[*cells, "SF123"] for cells in GOOD]])
    assert run(later)[1].startswith("inserted 0, duplicates 2,")
    assert OrderEvent.objects.count() == before + 2
    run(later)
    assert OrderEvent.objects.count() == before + 2


def test_refused_rows_are_counted_as_rows_and_the_rest_is_booked(run: Run) -> None:
    bad = [cells.copy() for cells in GOOD]
    bad[1][7] = "two"
    code, out, _err = run(csv_bytes([HEADER, *bad]), "--json")
    assert code == 2
    result: dict[str, Any] = json.loads(out)
    assert (result["inserted"], result["rejected"], result["conflicts"]) == (1, 2, 0)
    assert [row.column for row in RejectedRow.objects.order_by("row")] == ["", "line_quantity"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xd0\xcf\x11\xe0\xa1\xb1", "甲,乙\n1,2\n".encode(), b"PK\x03\x04 broken",
        bomb("xl/worksheets/sheet1.xml", 64),
    ],
    ids=["empty", "an old workbook", "unknown columns", "broken", "a bomb"],
)  # fmt: skip
def test_an_unusable_file_books_nothing_and_ends_with_one(run: Run, content: bytes) -> None:
    code, out, err = run(content)
    assert code == 1
    assert out == ""
    assert err.strip()
    assert not Order.objects.exists()
    assert not Shop.objects.exists(), "a new shop is made only for a file that can be read"


def test_an_unusable_file_of_a_known_shop_is_a_refused_batch(run: Run) -> None:
    run(csv_bytes([HEADER, *GOOD]))
    assert run(b"")[0] == 1
    assert list(Batch.objects.order_by("pk").values_list("state", flat=True)) == ["done", "failed"]
    assert Shop.objects.count() == 1


def test_a_file_that_breaks_off_leaves_no_new_shop(run: Run) -> None:
    assert run(csv_bytes([HEADER, *GOOD]) + b'B-1,2026-11-20,"cut off')[0] == 1
    assert not Shop.objects.exists()
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["FILE"], "Name the shop: --shop CODE"),
        (["FILE", "--shop", " "], "Name the shop: --shop CODE"),
        (["--shop", "TM01"], "The call cannot be read"),
        (["FILE", "--shop", "TM01", "--nonsense"], "The call cannot be read"),
    ],
)
def test_a_call_that_lacks_something_ends_with_one_and_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """2 would say that some rows were refused."""
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "import_orders", *arguments])
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (1, "")
    assert err.startswith(said)
    assert len(err.splitlines()) == 1


def test_a_call_that_cannot_be_read_says_so_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        Command().run_from_argv(["manage.py", "import_orders", "--json"])
    assert json.loads(capsys.readouterr().out)["code"] == "usage"


def test_a_file_that_breaks_off_books_nothing(run: Run) -> None:
    content = csv_bytes([HEADER, *GOOD]) + b'B-1,2026-11-20,"cut off'
    assert run(content)[0] == 1
    whole = xlsx_bytes([HEADER, *GOOD])
    assert run(whole[: len(whole) - 60], name="orders.xlsx")[0] == 1
    assert not Order.objects.exists()


def test_wrong_arguments_are_unusable(run: Run, tmp_path: Path) -> None:
    content = csv_bytes([HEADER, *GOOD])
    code, _out, told = run(tmp_path / "nothing.csv")
    assert (code, "nothing.csv" in told) == (1, True)
    assert run(content, "--format", "nonsense")[0] == 1
    assert run(content, "--format", "jd")[0] == 1
    code, _out, told = run(content, "--mapping", str(tmp_path / "nothing.toml"))
    assert (code, "nothing.toml" in told, "orders.csv" in told) == (1, True, False), (
        "it says which of the two"
    )
    assert not Order.objects.exists()


def test_a_mapping_is_remembered_for_the_shop(run: Run, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\nnumber = "No."\nline_title = "Was"\nline_quantity = "Wieviel"\n')
    content = csv_bytes([["Was", "No.", "Wieviel"], ["Topf", "7", "1"]])
    assert run(content)[0] == 1
    assert run(content, "--mapping", str(mapping))[1].startswith("inserted 1,")
    assert run(content)[1].startswith("inserted 0, duplicates 1,")


FIELDS = (
    "number", "ordered_at", "customer", "phone", "address", "total", "paid", "line_sku", "line_title", "line_quantity",
    "line_amount",
)  # fmt: skip


def test_a_mapping_names_each_of_the_eleven_columns(run: Run, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        "[columns]\n" + "".join(f'{name} = "X {place}"\n' for place, name in enumerate(FIELDS))
    )
    header = [f"X {place}" for place in range(len(FIELDS))]
    row = [
        "A-1",
        "2026-11-20 10:00:00",
        "王小明",
        "13800000001",
        "杭州某路1号",
        "30",
        "20",
        "SKU-1",
        "锅",
        "3",
        "30",
    ]
    assert run(csv_bytes([header, row]), "--mapping", str(mapping))[0] == 0
    order, line = Order.objects.get(), OrderLine.objects.get()
    customer = customer_of(order)
    assert (order.number, order.placed_at) == ("A-1", dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC))
    assert (customer.name, customer.phone, customer.address) == ("王小明", "13800000001", "杭州某路1号")
    assert (order.total, order.paid) == (Decimal(30), Decimal(20))
    assert (line.sku, line.title, line.quantity, line.amount) == ("SKU-1", "锅", Decimal(3), Decimal(30))
    assert not OrderEvent.objects.exists(), "nothing is left over as an unknown column"


COLUMNS = {
    "number": "basket_id",
    "ordered_at": "transaction_timestamp",
    "customer": "household_id",
    "line_sku": "product_id",
    "line_quantity": "quantity",
    "line_amount": "sales_value",
}


@pytest.mark.slow
def test_six_thousand_real_baskets_are_inserted_and_then_all_known(run: Run, tmp_path: Path) -> None:
    path = real("completejourney", "transactions_first6000baskets.csv")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text("[columns]\n" + "".join(f'{name} = "{header}"\n' for name, header in COLUMNS.items()))
    arguments = ("--mapping", str(mapping))
    assert run(path, *arguments)[:2] == (0, "inserted 6000, duplicates 0, rejected 0, conflicts 0\n")
    assert run(path, *arguments)[:2] == (0, "inserted 0, duplicates 6000, rejected 0, conflicts 0\n")
    assert OrderLine.objects.count() == 60_918
    assert not Order.objects.exclude(total=None).exists()
