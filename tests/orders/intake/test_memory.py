"""A large file needs little memory: read in a process of its own, whose peak is measured."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.orders.intake.test_xlsx_reading import SHEET, workbook

#: The whole proof is a file of 200 MB; so many are enough to see growth. ECDEPT_TEST_LARGE_MB=200 runs the whole.
MEGABYTES = int(os.environ.get("ECDEPT_TEST_LARGE_MB", "40"))
#: What reading may need beyond the interpreter with Django loaded: less than the file, which is never held whole.
GROWTH_MB = 30

SCRIPT = """
import resource, sys
import django
django.setup()
from pathlib import Path
from office.tables.opening import file_source
from orders.intake.reading import read_file
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
orders = bad = 0
with read_file(file_source(Path(sys.argv[1]))) as reading:
    reading.load()
    for results in reading.results():
        orders += 1
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(orders, (after - before) // 1024)
"""


def grown(path: Path) -> tuple[int, int]:
    """(order numbers read, megabytes that the process grew)"""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "ecdept.settings"},
        cwd=Path(__file__).resolve().parents[3],
    )
    orders, megabytes = done.stdout.split()
    return int(orders), int(megabytes)


@pytest.mark.slow
def test_a_large_csv_is_read_with_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    row = (
        "N{0},2026-11-20 10:00:00,客户{0},13800000001,浙江省杭州市某某区某某路{0}号,商品{0},1,9.90,"
        + "备注" * 60
        + "\n"
    )
    with path.open("w", encoding="utf-8") as held:
        held.write("number,ordered_at,customer,phone,address,line_title,line_quantity,line_amount,remark\n")
        count = 0
        while held.tell() < MEGABYTES << 20:
            # Two rows per order, far apart: the worst for grouping.
            held.writelines(row.format(place % 5_000 + count // 2) for place in range(count, count + 10_000))
            count += 10_000
    orders, megabytes = grown(path)
    assert orders > 10_000
    assert megabytes < GROWTH_MB


@pytest.mark.slow
def test_a_large_workbook_is_read_with_bounded_memory(tmp_path: Path) -> None:
    count = 20_000
    texts = ["number", "customer", "line_title", "line_quantity", "remark"]
    for place in range(count):
        texts += [f"N{place}", f"客户{place}", f"商品{place}", "1", f"备注{place}" * 20]
    cells = (f'<c t="s"><v>{place}</v></c>' for place in range(len(texts)))
    rows = "".join(f"<row>{''.join(row)}</row>" for row in zip(*[cells] * 5, strict=True))
    strings = f"<sst>{''.join(f'<si><t>{text}</t></si>' for text in texts)}</sst>"
    path = tmp_path / "large.xlsx"
    path.write_bytes(workbook(SHEET.format(rows), sharedStrings=strings))
    orders, megabytes = grown(path)
    assert orders == count
    assert megabytes < GROWTH_MB
