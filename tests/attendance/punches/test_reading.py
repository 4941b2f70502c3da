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


#: As the platform writes it: no group of attendance, a note and pictures behind.
DINGTALK_RECORDS = """原始记录表 统计日期：2026-11-04 至 2026-11-04,,,
报表生成时间：2026-11-05 09:00,,,
姓名,部门,工号,职位,UserId,考勤日期,考勤时间,打卡时间,打卡结果,打卡地址,打卡备注,异常打卡原因,打卡图片1,打卡设备,管理员修改备注
李雷,客服部,A001,客服,m1,2026/11/04 星期三,2026/11/04 08:30,2026/11/04 08:21,正常,公司前台,,,,iPhone,
吴文员,客服部,A003,文员,m3,2026/11/04 星期三,2026/11/04 08:30,,缺卡,,,,,,
"""
DINGTALK_DAYS = """每日统计表 统计日期：2026-11-04 至 2026-11-05,,,
报表生成时间：2026-11-06 09:00,,,
姓名,考勤组,部门,工号,职位,UserId,日期,班次,上班1,,下班1,,上班2,,下班2,,关联的审批单
,,,,,,,,打卡时间,打卡结果,打卡时间,打卡结果,打卡时间,打卡结果,打卡时间,打卡结果,
李雷,客服组,客服部,A001,,m1,26-11-04 星期三,早班 08:30-18:30,08:21,正常,11:02,正常,12:28,正常,18:40,正常,
韩梅梅,客服组,客服部,A002,,m2,26-11-04 星期三,晚班 13:30-23:30,13:25,正常,次日 00:10,正常,,,,,
吴文员,客服组,客服部,A003,,m3,26-11-04 星期三,早班 08:30-18:30,,缺卡,25:10,正常,,,,,
"""
WECOM_DAYS = """未来家居-客服部上下班打卡_日报,,,
统计时间:2026.11.04~2026.11.04     制表时间:2026.11.05 09:00,,,
时间,姓名,账号,基础信息,,,考勤概况,,,,,打卡明细,,,
,,,部门,职务,工号,所属规则,班次,最早,最晚,打卡次数(次),上班1打卡时间,上班1打卡状态,下班1打卡时间,下班1打卡状态
2026/11/04 星期三,李雷,A001,客服部,客服,,默认规则,早班,08:21,18:40,2,08:21,正常,18:40,正常
2026/11/04 星期三,韩梅梅,A002,客服部,客服,,默认规则,晚班,13:25,次日00:10,3,13:25,正常,次日00:10,正常
2026/11/04 星期三,吴文员,A003,客服部,文员,,默认规则,早班,--,--,0,未打卡,缺卡,--,缺卡
"""


def test_the_records_of_dingtalk_under_their_titles() -> None:
    content = DINGTALK_RECORDS.encode()
    assert open_punches(source_of(content)).format == "dingtalk"
    assert good(read(content)) == [("A001", "11-04 08:21:00", "")]
    assert bad(read(content)) == [], "a line that says that nobody punched is none"


@pytest.mark.parametrize("given", ["", "dingtalk"])
def test_the_days_of_dingtalk_with_a_header_of_two_lines(given: str) -> None:
    content = DINGTALK_DAYS.encode("utf-8-sig")
    assert open_punches(source_of(content), format=given).format == "dingtalk"
    assert good(read(content, format=given)) == [
        ("A001", "11-04 08:21:00", "in"), ("A001", "11-04 11:02:00", "out"), ("A001", "11-04 12:28:00", "in"),
        ("A001", "11-04 18:40:00", "out"), ("A002", "11-04 13:25:00", "in"), ("A002", "11-05 00:10:00", "out"),
    ]  # fmt: skip
    assert bad(read(content)) == [(7, "not_a_time")]


def test_the_days_of_dingtalk_in_one_line() -> None:
    header = "姓名,工号,部门,日期,上班1打卡时间,上班1打卡结果,下班1打卡时间"
    content = f"{header}\n李雷,A001,客服部,2026-11-04,08:21,正常,18:40\n"
    assert open_punches(source_of(content.encode())).format == "dingtalk"
    assert [row[1] for row in good(read(content.encode()))] == ["11-04 08:21:00", "11-04 18:40:00"]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_days_of_wecom_and_every_punch_once(encoding: str) -> None:
    content = WECOM_DAYS.encode(encoding)
    assert open_punches(source_of(content)).format == "wecom"
    assert good(read(content)) == [
        ("A001", "11-04 08:21:00", "in"), ("A001", "11-04 18:40:00", "out"), ("A002", "11-04 13:25:00", "in"),
        ("A002", "11-05 00:10:00", "out"),
    ]  # fmt: skip
    assert bad(read(content)) == []


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
