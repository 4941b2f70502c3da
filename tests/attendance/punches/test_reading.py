"""What files of punches say: attlog.dat with its faults, exports by their header, any table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from attendance.intake.reading import open_punches
from attendance.intake.rows import BadRow, PunchRow
from office.tables.table import UnusableFile
from tests.attendance.clock import at
from tests.attendance.punches.files import attlog, read, source_of
from tests.real_data import real


def good(rows: list[PunchRow | BadRow]) -> list[tuple[str, str, str]]:
    return [
        (row.number, f"{timezone.localtime(row.at):%m-%d %H:%M:%S}", row.direction)
        for row in rows
        if isinstance(row, PunchRow)
    ]


def bad(rows: list[PunchRow | BadRow]) -> list[tuple[int, str]]:
    return [(row.row, row.code) for row in rows if isinstance(row, BadRow)]


def test_a_line_of_attlog_is_a_punch() -> None:
    rows = read(attlog("A001 2026-11-04 08:25:00 0", "A001 2026-11-04 18:31:07 1", "7 2026-11-04 18:32:00 5"))
    assert good(rows) == [
        ("A001", "11-04 08:25:00", "in"), ("A001", "11-04 18:31:07", "out"), ("7", "11-04 18:32:00", "out"),
    ]  # fmt: skip


BROKEN = (
    b"        5\t2026-11-04 08:25:00\t1\t0\t0\t0\r\n"
    b"        6\t2026-11-\n"  # broken off
    b"\x00\xff\xfe\x93garbage\n"
    b"        7\n"
    b"        8\t2026-13-45 08:00:00\t1\t0\t0\t0\n"
    b"        9\t2026-11-04 08:26:00\t1\t0\t0\t0        10\t2026-11-04 08:27:00\t1\t0\t0\t0\n"  # grown together
    b"       11\t2031-01-01 08:25:00\t1\t0\t0\t0\n"
    b"       12\t1998-01-01 08:25:00\t1\t0\t0\t0\n"
    b"\t2026-11-04 08:25:00\t1\t0\t0\t0\n"
    b"\n \n"
    b"       13\t2026-11-04 08:30:00\t1\t0\t0\t0"  # the last line has no end
)


def test_a_corrupt_line_costs_that_line_alone() -> None:
    rows = read(BROKEN)
    assert [row[0] for row in good(rows)] == ["5", "13"]
    assert bad(rows) == [
        (2, "broken_line"), (3, "too_few"), (4, "too_few"), (5, "not_a_time"), (6, "broken_line"), (7, "future"),
        (8, "too_old"), (9, "number_missing"),
    ]  # fmt: skip


def test_an_endless_line_is_cut() -> None:
    rows = read(attlog("5 2026-11-04 08:25:00") + b"x" * 50_000 + b"\n" + attlog("6 2026-11-04 08:25:00"))
    assert [row[0] for row in good(rows)] == ["5", "6"]
    assert len(bad(rows)) == 1


def test_the_real_file_is_read_to_its_last_line() -> None:
    path = real("attlog", "clockwork_1_attlog.dat")
    rows = read(path.read_bytes())
    assert (len(good(rows)), bad(rows)) == (11_902, [])
    assert {row[2] for row in good(rows)} == {"in", "out"}
    night = [row for row in rows if isinstance(row, PunchRow) and timezone.localtime(row.at).hour < 3]
    assert len(night) == 86


DINGTALK = """考勤报表,统计日期：2026-11-04 至 2026-11-04,,,,,,,
姓名,考勤组,部门,工号,职位,UserId,考勤日期,考勤时间,打卡时间,打卡结果,打卡地址,打卡设备
李雷,客服组,客服部,A001,,m1,26-11-04 星期三,2026-11-04 08:30,2026-11-04 08:21,正常,公司前台,
李雷,客服组,客服部,A001,,m1,26-11-04 星期三,2026-11-04 18:30,2026-11-04 18:40,正常,公司前台,iPhone
韩梅梅,客服组,客服部,A002,,m2,26-11-04 星期三,2026-11-04 13:30,13:25,正常,,
韩梅梅,客服组,客服部,A002,,m2,26-11-04 星期三,2026-11-04 23:30,次日 00:10,正常,,
吴文员,客服组,客服部,A003,,m3,26-11-04 星期三,2026-11-04 08:30,,缺卡,,
吴文员,客服组,客服部,A003,,m3,26-11-04 星期三,2026-11-04 18:30,25:10,正常,,
"""
WECOM = """打卡详情
日期,姓名,账号,部门,职务,所属规则,打卡类型,应打卡时间,实际打卡时间,打卡状态,打卡地点
2026/11/04 星期三,李雷,A001,客服部,客服,默认规则,上班打卡,08:30,08:21,正常,公司
2026/11/04 星期三,李雷,A001,客服部,客服,默认规则,下班打卡,18:30,18:40:05,正常,公司
2026/11/04 星期三,韩梅梅,A002,客服部,客服,默认规则,下班打卡,23:30,次日00:10,正常,公司
2026/11/04 星期三,吴文员,A003,客服部,文员,默认规则,上班打卡,08:30,未打卡,缺卡,--
"""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_an_export_of_dingtalk_is_known_by_its_header(encoding: str) -> None:
    content = DINGTALK.encode(encoding)
    rows = read(content)
    assert open_punches(source_of(content)).format == "dingtalk"
    assert good(rows) == [
        ("A001", "11-04 08:21:00", ""), ("A001", "11-04 18:40:00", ""), ("A002", "11-04 13:25:00", ""),
        ("A002", "11-05 00:10:00", ""),
    ]  # fmt: skip
    assert bad(rows) == [(8, "not_a_time")]


def test_an_export_of_wecom_is_known_by_its_header() -> None:
    content = WECOM.encode()
    assert open_punches(source_of(content)).format == "wecom"
    assert good(read(content)) == [
        ("A001", "11-04 08:21:00", "in"), ("A001", "11-04 18:40:05", "out"), ("A002", "11-05 00:10:00", "out"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        "工号,打卡时间,方向\nA001,2026-11-04 08:21:00,进\n",
        "user;date;time;in/out\nA001;2026-11-04;08:21;in\n",
        "Employee number\tDatetime\tState\nA001\t2026/11/4 8:21\t0\n",
    ],
)
def test_any_table_that_names_who_and_when(content: str) -> None:
    assert good(read(content.encode())) == [("A001", "11-04 08:21:00", "in")]


def test_a_table_whose_columns_nobody_knows_is_unusable_until_they_are_named() -> None:
    content = "谁,何时\nA001,2026-11-04 08:21\n".encode()
    with pytest.raises(UnusableFile) as unknown:
        open_punches(source_of(content))
    assert unknown.value.code == "unknown_header"
    mapping = {"number": "谁", "at": "何时"}
    assert [row.number for row in open_punches(source_of(content), mapping=mapping).rows(at("+09:00"))] == [
        "A001"
    ]
    assert open_punches(source_of(content), saved=mapping).format == "generic"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xd0\xcf\x11\xe0rest", b"\x89PNG\r\n"])
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(UnusableFile):
        open_punches(source_of(content, "x"))
    with pytest.raises(UnusableFile):
        open_punches(source_of(content or b"hello", "x"), format="attlog")


def test_a_punch_within_the_hour_ahead_is_a_fast_clock() -> None:
    now = at("08:00")
    assert good(read(attlog("5 2026-11-04 08:55:00"), now))
    assert bad(read(attlog("5 2026-11-04 09:01:00"), now))
    assert now + timedelta(hours=1) == at("09:00")
