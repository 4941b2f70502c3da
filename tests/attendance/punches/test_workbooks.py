"""The workbooks of DingTalk and WeCom, made as the platforms make them: titles over merged cells, headers of two lines,
several sheets of which one or two have punches, cells that are texts, numbers or times."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time

import pytest
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from attendance.intake.reading import open_punches
from attendance.intake.rows import BadRow, PunchRow
from attendance.models import Punch
from office.tables.table import UnusableFile
from tests.attendance.punches.files import clock, read, sent, source_of
from tests.people import person

Cell = str | int | float | date | datetime | time | None


def fill(sheet: Worksheet, rows: Sequence[Sequence[Cell]], merged: Sequence[str] = ()) -> None:
    for row in rows:
        sheet.append(list(row))
    for place in merged:
        sheet.merge_cells(place)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def good(content: bytes) -> list[tuple[str, str, str]]:
    return [
        (row.number, f"{timezone.localtime(row.at):%m-%d %H:%M:%S}", row.direction)
        for row in read(content)
        if isinstance(row, PunchRow)
    ]


def bad(content: bytes) -> list[tuple[int, str]]:
    return [(row.row, row.code) for row in read(content) if isinstance(row, BadRow)]


SUM_TITLE = "月度汇总 统计日期：2026-11-01 至 2026-11-30"
TITLE = "统计日期：2026-11-04 至 2026-11-04"
MADE = "报表生成时间：2026-11-05 09:00"


def dingtalk(*, records: bool = True) -> Workbook:
    """考勤报表: the month's sums, every day, the times of the month as a grid, and the records."""
    book = Workbook()
    sums = book.active
    assert isinstance(sums, Worksheet)
    sums.title = "月度汇总"
    fill(
        sums,
        [
            [SUM_TITLE],
            [MADE],
            [
                "姓名",
                "考勤组",
                "部门",
                "工号",
                "职位",
                "UserId",
                "出勤天数",
                "休息天数",
                "工作时长",
                "考勤结果",
                None,
            ],
            [None, None, None, None, None, None, None, None, None, "1", "2"],
            ["李雷", "客服组", "客服部", "A001", "客服", "m1", 21, 9, 10080, "正常", "休息"],
        ],
        ["A1:K1", "A2:K2", *(f"{column}3:{column}4" for column in "ABCDEFGHI"), "J3:K3"],
    )
    days = book.create_sheet("每日统计")
    fill(
        days,
        [
            [f"每日统计表 {TITLE}"],
            [MADE],
            ["姓名", "考勤组", "部门", "工号", "职位", "UserId", "日期", "workDate", "班次", "上班1", None, "下班1",
             None, "关联的审批单", "出勤天数"],
            [None, None, None, None, None, None, None, None, None, "打卡时间", "打卡结果", "打卡时间",
             "打卡结果", None, None],
            ["李雷", "客服组", "客服部", "A001", "客服", "m1", "26-11-04 星期三", "1793721600000", "早班 08:30-18:30",
             "08:21", "正常", "18:40", "正常", None, 1],
            ["韩梅梅", "客服组", "客服部", "A002", "客服", "m2", "26-11-04 星期三", "1793721600000", "晚班 13:30-23:30",
             "13:25", "正常", "次日 00:10", "正常", None, 1],
            ["吴文员", "客服组", "客服部", "A003", "文员", "m3", "26-11-04 星期三", "1793721600000", "早班 08:30-18:30",
             None, "缺卡", None, "缺卡", "事假11-04 09:00到11-04 18:00", 0],
        ],
        ["A1:O1", "A2:O2", *(f"{column}3:{column}4" for column in "ABCDEFGHINO"), "J3:K3", "L3:M3"],
    )  # fmt: skip
    grid = book.create_sheet("打卡时间")
    fill(
        grid,
        [
            [f"打卡时间表 {TITLE}"],
            [MADE],
            ["姓名", "考勤组", "部门", "工号", "职位", "UserId", "3", "4"],
            ["李雷", "客服组", "客服部", "A001", "客服", "m1", None, "08:21  \n18:40  "],
        ],
        ["A1:H1"],
    )
    if records:
        sheet = book.create_sheet("原始记录")
        fill(
            sheet,
            [
                [f"原始记录表 {TITLE}"],
                [MADE],
                ["姓名", "考勤组", "部门", "工号", "职位", "UserId", "考勤日期", "考勤时间", "打卡时间", "打卡结果",
                 "打卡地址", "打卡备注", "异常打卡原因", "打卡图片1", "打卡图片2", "打卡设备", "管理员修改备注"],
                ["李雷", "客服组", "客服部", "A001", "客服", "m1", "26-11-04 星期三", "2026-11-04 08:30",
                 "2026-11-04 08:21", "正常", "公司前台"],
                ["李雷", "客服组", "客服部", "A001", "客服", "m1", "26-11-04 星期三", "2026-11-04 18:30",
                 "2026-11-04 18:40", "正常", "公司前台"],
                ["韩梅梅", "客服组", "客服部", "A002", "客服", "m2", "26-11-04 星期三", "2026-11-04 23:30",
                 "2026-11-05 00:10", "正常", "公司前台"],
                ["吴文员", "客服组", "客服部", "A003", "文员", "m3", "26-11-04 星期三", "2026-11-04 08:30",
                 None, "缺卡"],
            ],
            ["A1:Q1", "A2:Q2"],
        )  # fmt: skip
    return book


def test_a_report_of_dingtalk_is_read_from_the_sheet_of_its_records() -> None:
    content = saved(dingtalk())
    assert open_punches(source_of(content, "考勤报表.xlsx")).format == "dingtalk"
    assert good(content) == [
        ("A001", "11-04 08:21:00", ""), ("A001", "11-04 18:40:00", ""), ("A002", "11-05 00:10:00", ""),
    ]  # fmt: skip
    assert bad(content) == []


@pytest.mark.parametrize("given", ["", "dingtalk"])
def test_without_records_from_the_sheet_of_its_days_under_a_header_of_two_lines(given: str) -> None:
    content = saved(dingtalk(records=False))
    reading = open_punches(source_of(content, "考勤报表.xlsx"), format=given)
    assert reading.format == "dingtalk"
    assert good(content) == [
        ("A001", "11-04 08:21:00", "in"), ("A001", "11-04 18:40:00", "out"), ("A002", "11-04 13:25:00", "in"),
        ("A002", "11-05 00:10:00", "out"),
    ]  # fmt: skip
    assert bad(content) == []


def test_a_report_whose_sheets_have_no_punches_waits_for_its_columns_to_be_named() -> None:
    book = dingtalk(records=False)
    for name in ("每日统计", "打卡时间"):
        del book[name]
    with pytest.raises(UnusableFile) as unknown:
        open_punches(source_of(saved(book), "考勤报表.xlsx"))
    assert unknown.value.code == "unknown_header"


def wecom_days() -> Workbook:
    """上下班打卡_日报: two titles, a header of two lines with groups."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "概况统计与打卡明细"
    fill(
        sheet,
        [
            ["未来家居-客服部上下班打卡_日报"],
            ["统计时间:2026.11.04~2026.11.04     制表时间:2026.11.05 09:00"],
            ["时间", "姓名", "账号", "基础信息", None, None, "考勤概况", None, None, None, None, None,
             "打卡明细", None, None,
             None],
            [None, None, None, "部门", "职务", "工号", "所属规则", "班次", "最早", "最晚", "打卡次数(次)",
             "标准工作时长(小时)",
             "上班1打卡时间", "上班1打卡状态", "下班1打卡时间", "下班1打卡状态"],
            ["2026/11/04 星期三", "李雷", "A001", "客服部", "客服", "--", "默认规则", "早班 08:30-18:30",
             "08:21", "18:40", 2, 9,
             "08:21", "正常", "18:40", "正常"],
            ["2026/11/04 星期三", "韩梅梅", "A002", "客服部", "客服", "--", "默认规则", "晚班", "13:25",
             "次日00:10", 3, 9,
             "13:25", "正常", "次日00:10", "正常"],
            ["2026/11/04 星期三", "吴文员", "A003", "客服部", "文员", "--", "默认规则", "早班", "--", "--", 0,
             9, "未打卡",
             "缺卡", "未打卡", "缺卡"],
        ],
        ["A1:P1", "A2:P2", "A3:A4", "B3:B4", "C3:C4", "D3:F3", "G3:L3", "M3:P3"],
    )  # fmt: skip
    return book


def test_a_daily_report_of_wecom_is_read_under_its_groups_and_every_punch_once() -> None:
    content = saved(wecom_days())
    assert open_punches(source_of(content, "上下班打卡_日报.xlsx")).format == "wecom"
    assert good(content) == [
        ("A001", "11-04 08:21:00", "in"), ("A001", "11-04 18:40:00", "out"), ("A002", "11-04 13:25:00", "in"),
        ("A002", "11-05 00:10:00", "out"),
    ]  # fmt: skip
    assert bad(content) == []


@pytest.mark.parametrize("typed", [False, True])
def test_the_details_of_wecom_as_texts_or_as_times(typed: bool) -> None:
    """Opened and saved in a spreadsheet once, days and times are no texts any more."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    day: Cell = date(2026, 11, 4) if typed else "2026/11/04 星期三"
    begins: Cell = time(8, 21) if typed else "08:21"
    fill(
        sheet,
        [
            ["打卡详情"],
            ["统计时间:2026.11.04~2026.11.04"],
            ["日期", "姓名", "账号", "部门", "职务", "所属规则", "打卡类型", "应打卡时间", "实际打卡时间",
             "打卡状态", "打卡地点",
             "备注", "打卡设备"],
            [day, "李雷", "A001", "客服部", "客服", "默认规则", "上班打卡", "08:30", begins, "正常", "公司",
             None, "iPhone"],
            [day, "吴文员", 1003, "客服部", "文员", "默认规则", "下班打卡", "18:30", "18:40:05", "正常", "公司"],
            [day, "韩梅梅", "A002", "客服部", "客服", "默认规则", "上班打卡", "13:30", "未打卡", "缺卡", "--"],
        ],
        ["A1:M1", "A2:M2"],
    )  # fmt: skip
    content = saved(book)
    assert open_punches(source_of(content, "打卡详情.xlsx")).format == "wecom"
    assert good(content) == [("A001", "11-04 08:21:00", "in"), ("1003", "11-04 18:40:05", "out")]
    assert bad(content) == []


@pytest.mark.django_db
@pytest.mark.parametrize("split", [False, True])
def test_a_workbook_of_no_platform_is_read_by_its_columns(split: bool) -> None:
    """Numbers and instants as the spreadsheet keeps them; the day in a column of its own, or not."""
    person("li_lei")
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    day = date(2026, 11, 4)
    came: list[Cell] = [day, time(8, 21, 5)] if split else [datetime(2026, 11, 4, 8, 21, 5)]  # noqa: DTZ001 - as a cell has it
    left: list[Cell] = ["2026-11-04", "18:40"] if split else ["2026-11-04 18:40"]
    fill(
        sheet,
        [
            ["门禁记录"],
            ["姓名", "工号", *(["日期"] if split else []), "打卡时间", "方向"],
            ["李雷", "A001", *came, "进"],
            ["李雷", "A001", *left, "出"],
            ["李雷", "A001", *left, "出"],
            ["某人", 7788, *left, "出"],
            ["李雷", "A001", *([day, "25:99"] if split else ["明天"]), "出"],
        ],
    )
    content = saved(book)
    assert open_punches(source_of(content, "门禁.xlsx")).format == "generic"
    assert good(content)[:2] == [("A001", "11-04 08:21:05", "in"), ("A001", "11-04 18:40:00", "out")]
    assert bad(content) == [(7, "not_a_time")]
    batch = sent(content, "门禁.xlsx", source=clock("gate", "generic"))
    assert (batch.state, batch.format, batch.inserted, batch.duplicates, batch.rejected) == (
        "done", "generic", 2, 1, 2,
    )  # fmt: skip
    assert set(batch.refused.values_list("row", "code")) == {(6, "unknown_person"), (7, "not_a_time")}
    assert Punch.objects.filter(employee=person("li_lei")).count() == 2


@pytest.mark.django_db
def test_a_report_as_human_resources_send_it_counts_once_and_names_whom_nobody_knows() -> None:
    assert person("li_lei").number == "A001"
    source = clock("ding", "dingtalk")
    batch = sent(saved(dingtalk()), "考勤报表.xlsx", source=source)
    assert (batch.state, batch.format, batch.inserted, batch.duplicates, batch.rejected) == (
        "done", "dingtalk", 2, 0, 1,
    )  # fmt: skip
    assert batch.refused.get().number == "A002"
    again = sent(saved(dingtalk(records=False)), "每日统计.xlsx", source=source)
    assert (again.inserted, again.duplicates) == (0, 2)
    assert Punch.objects.count() == 2
