"""Each platform's export becomes orders; recognised by names, never by position."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from office.tables.cells import SHANGHAI
from office.tables.table import UnusableFile
from tests.orders.intake import files
from tests.orders.intake.files import read, row
from tests.tables.files import csv_bytes, xlsx_bytes, zip_bytes

TAOBAO_ROW = {
    "订单编号": '="12345678901234567"',
    "买家会员名": "tb_buyer",
    "总金额": "128.00",
    "买家实际支付金额": "118.00",
    "订单状态": "买家已付款，等待卖家发货",
    "买家留言": "周末送",
    "收货人姓名": "王小明",
    "收货地址": "浙江省 杭州市 西湖区 某路1号(310000)",
    "联系手机": "'13800000001",
    "联系电话": "'0571-1234567",
    "订单创建时间": "2017-07-08 09:05:00",
    "宝贝标题": "锅，铲",
    "宝贝种类": "2",
    "物流单号": '=""',
    "宝贝总数量": "3",
    "订单关闭原因": "订单未关闭",
    "买家服务费": "0元",
}


def taobao(**changes: str) -> bytes:
    return csv_bytes([files.TAOBAO, row(files.TAOBAO, TAOBAO_ROW | changes)], encoding="gb18030")


def test_a_taobao_list_row_becomes_an_order_with_its_facts_letter_for_letter() -> None:
    [order], bad = read(taobao())
    assert not bad
    assert order.number == "12345678901234567"
    assert (order.total, order.paid) == (Decimal("128.00"), Decimal("118.00"))
    assert order.placed_at is not None
    assert order.placed_at.astimezone(SHANGHAI).isoformat() == "2017-07-08T09:05:00+08:00"
    assert (order.customer.name, order.customer.phone) == ("王小明", "13800000001")
    assert order.customer.extra["联系电话"] == "0571-1234567"
    assert order.customer.extra["买家留言"] == "周末送"
    [line] = order.lines
    assert (line.title, line.quantity, line.price, line.amount) == ("锅，铲", Decimal(3), None, None)
    assert order.facts["买家服务费"] == "0元"
    assert order.facts["物流单号 "] == '=""'
    assert order.facts["订单状态"] == "买家已付款，等待卖家发货"
    assert "收货人姓名" not in order.facts
    assert not order.cancelled
    assert order.rows == (2,)


def test_a_closed_taobao_order_is_cancelled_and_one_not_closed_is_not() -> None:
    [order], _bad = read(taobao(订单状态="交易关闭"))
    assert order.cancelled
    [order], _bad = read(taobao(订单关闭原因="订单未关闭"))
    assert not order.cancelled


def test_an_address_changed_later_is_a_fact_and_not_a_term() -> None:
    [order], _bad = read(taobao(修改后的收货地址="上海市 某路2号"))
    assert order.customer.address.startswith("浙江省")
    assert order.facts["修改后的收货地址"] == "上海市 某路2号"


def test_a_taobao_pair_takes_its_goods_from_the_detail_list() -> None:
    detail = csv_bytes(
        [
            files.TAOBAO_DETAIL,
            # Data rows end in a comma.
            [
                '="12345678901234567"',
                "锅",
                "64.00",
                "2",
                "-",
                "颜色分类：20厘米锅-不含盖",
                "",
                "",
                "",
                "SKU-1",
                "",
            ],
            ['="99999999999999999"', "杯", "1.00", "1", "", "", "", "", "", "SKU-9", ""],
            ['="12345678901234567"', "铲", "0元", "1", "W-2", "", "", "", "", "-", ""],
        ],
        encoding="gb18030",
    )
    expected = [
        ("SKU-1", "锅 / 颜色分类：20厘米锅-不含盖", Decimal(2), Decimal(64)),
        ("W-2", "铲", Decimal(1), Decimal(0)),
    ]
    for orders, bad in (
        read(taobao(), detail=detail),
        read(detail, detail=taobao()),
        read(zip_bytes({"list.csv": taobao(), "detail.csv": detail})),
    ):
        [order] = orders
        assert [(line.sku, line.title, line.quantity, line.price) for line in order.lines] == expected
        assert [(wrong.row, wrong.code) for wrong in bad] == [(3, "list_missing")]


def test_a_list_order_without_detail_rows_is_refused() -> None:
    detail = csv_bytes([files.TAOBAO_DETAIL])
    orders, [bad] = read(taobao(), detail=detail)
    assert not orders
    assert (bad.row, bad.code) == (2, "detail_missing")


def test_a_detail_list_alone_is_unusable() -> None:
    with pytest.raises(UnusableFile) as caught:
        read(csv_bytes([files.TAOBAO_DETAIL, ["1", "锅", "1", "1"]]))
    assert caught.value.code == "detail_alone"


def test_jd_repeats_the_orders_amount_on_every_line_and_it_is_counted_once() -> None:
    shared = {
        "订单号": "5001",
        "下单时间": "2016-03-03 10:00:00",
        "订单金额": "99.00",
        "客户姓名": "李四",
        "客户地址": "北京",
        "联系电话": "1******6198",
        "订单状态": "等待出库",
    }
    content = csv_bytes(
        [
            files.JD,
            row(
                files.JD,
                shared | {"商品ID": "11", "商品名称": "杯", "订购数量": "2", "京东价": "33.00", "货号": "A1"},
            ),
            row(
                files.JD,
                shared | {"商品ID": "12", "商品名称": "盘", "订购数量": "1", "京东价": "33.00", "货号": "A2"},
            ),
        ]
    )
    [order], bad = read(content)
    assert not bad
    assert order.total == Decimal("99.00")
    assert order.paid is None
    assert [(line.sku, line.title, line.quantity, line.price) for line in order.lines] == [
        ("11", "杯", Decimal(2), Decimal(33)),
        ("12", "盘", Decimal(1), Decimal(33)),
    ]
    assert order.facts["货号"] == ["A1", "A2"]
    assert order.customer.phone == "1******6198"


def test_a_deleted_jd_order_is_cancelled() -> None:
    cells = {"订单号": "1", "商品ID": "1", "订购数量": "1", "订单状态": "(删除)等待出库"}
    [order], _bad = read(csv_bytes([files.JD, row(files.JD, cells)]))
    assert order.cancelled


@pytest.mark.parametrize(
    ("status", "cancelled"),
    [("待发货", False), ("已签收，退款成功", False), ("待发货，退款成功", True), ("已取消", True)],
)
def test_a_pdd_row_with_trailing_tabs_becomes_an_order(status: str, cancelled: bool) -> None:
    cells = {
        "商品": "毛巾",
        "订单号": "240101-001\t",
        "订单状态": status,
        "商品总价(元)": "10.00\t",
        "用户实付金额(元)": "9.50",
        "商品数量(件)": "2\t",
        "商品规格": "蓝",
        "样式ID": "777",
        "订单成交时间": "2024-01-01 12:00:00\t",
    }
    [order], bad = read(csv_bytes([files.PDD, row(files.PDD, cells)]))
    assert not bad
    assert order.number == "240101-001"
    assert (order.total, order.paid, order.cancelled) == (Decimal(10), Decimal("9.50"), cancelled)
    [line] = order.lines
    assert (line.sku, line.title, line.quantity) == ("777", "毛巾 / 蓝", Decimal(2))
    assert order.facts["订单状态"] == status


ALIBABA_FIRST = {
    "订单编号": "9001",
    "买家公司名": "某公司",
    "货品总价(元)": "30",
    "实付款(元)": "32",
    "订单状态": "等待卖家发货",
    "订单创建时间": "2024-05-01 08:00:00",
    "收货人姓名": "赵六",
    "收货地址": "广东",
    "联系手机": "13900000000",
    "运单号": "SF1",
}


def alibaba_rows() -> list[list[str]]:
    goods = [
        {"货品标题": "布", "单价(元)": "10", "数量": "1", "货号": "B1"},
        {"货品标题": "线", "单价(元)": "10", "数量": "2", "货号": "B2"},
    ]
    other = ALIBABA_FIRST | {"订单编号": "9002", "货品标题": "针", "单价(元)": "5", "数量": "1", "货号": "B3"}
    header = files.ALIBABA
    return [header, row(header, ALIBABA_FIRST | goods[0]), row(header, goods[1]), row(header, other)]


def test_1688_merged_cells_are_filled_down_over_their_rows_only() -> None:
    columns = [
        place + 1
        for place, name in enumerate(files.ALIBABA)
        if name not in ("货品标题", "单价(元)", "数量", "单位", "货号", "型号", "SKU ID", "单品货号")
    ]
    from openpyxl.utils import get_column_letter as letter

    merges = [f"{letter(column)}2:{letter(column)}3" for column in columns]
    [first, second], bad = read(xlsx_bytes(alibaba_rows(), merges))
    assert not bad
    assert [(line.sku, line.quantity) for line in first.lines] == [("B1", Decimal(1)), ("B2", Decimal(2))]
    assert first.rows == (2, 3)
    assert first.facts["运单号"] == "SF1"
    assert (first.total, first.paid, first.customer.name) == (Decimal(30), Decimal(32), "赵六")
    assert [line.sku for line in second.lines] == ["B3"]


def test_1688_rows_whose_order_cells_are_all_blank_go_on_with_the_order_above() -> None:
    [first, second], bad = read(csv_bytes(alibaba_rows()))
    assert not bad
    assert [len(first.lines), len(second.lines)] == [2, 1]


def test_only_1688_is_filled_down() -> None:
    rows = [files.JD, row(files.JD, {"订单号": "1", "商品ID": "1", "订购数量": "1"})]
    rows.append(row(files.JD, {"商品ID": "2", "订购数量": "1"}))
    [order], [bad] = read(xlsx_bytes(rows, ["A2:A3"]))
    assert len(order.lines) == 1
    assert (bad.row, bad.code, bad.column) == (3, "number_missing", "订单号")


def douyin(*changes: dict[str, str]) -> bytes:
    first = {
        "主订单编号": "\t6917000000000000001",
        "子订单编号": "\t6917000000000000001",
        "选购商品": "茶",
        "商品数量": "2",
        "商家编码": "T1",
        "订单应付金额": "20.00",
        "收件人": "##密文",
        "收件人手机号": "$$密文",
        "详细地址": "##密文",
        "订单提交时间": "2026-09-01 10:00:00\t",
        "取消原因": "-",
    }
    return csv_bytes(
        [files.DOUYIN, *[row(files.DOUYIN, first | change) for change in changes]], encoding="utf-8-sig"
    )


def test_a_douyin_row_is_undressed_and_its_masked_recipient_kept_as_it_is() -> None:
    [order], bad = read(douyin({}))
    assert not bad
    assert order.number == "6917000000000000001"
    assert order.customer.name == "##密文"
    assert order.customer.phone == "$$密文"
    assert order.total == Decimal(20)
    assert order.lines[0].amount == Decimal(20)
    assert order.facts["子订单编号"] == "\t6917000000000000001"
    assert order.facts["取消原因"] == "-"


def test_several_douyin_items_in_one_row_stay_one_line_with_the_stated_quantity() -> None:
    [order], bad = read(
        douyin({"选购商品": "茶;杯", "商家编码": "T1;T2", "子订单编号": "\t1;2", "商品数量": "3"})
    )
    assert not bad
    [line] = order.lines
    assert (line.sku, line.title, line.quantity) == ("T1;T2", "茶;杯", Decimal(3))


def test_douyin_amounts_that_differ_are_the_lines_and_equal_ones_are_nobodys() -> None:
    [order], _bad = read(douyin({}, {"子订单编号": "2", "选购商品": "杯", "订单应付金额": "5.00"}))
    assert [line.amount for line in order.lines] == [Decimal(20), Decimal(5)]
    assert order.total is None
    [order], _bad = read(douyin({}, {"子订单编号": "2", "选购商品": "杯"}))
    assert [line.amount for line in order.lines] == [None, None]
    assert order.total is None
    assert order.facts["订单应付金额"] == "20.00"


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("taobao_ExportOrderList_2017", "taobao"),
        ("taobao_ExportOrderList_2018_09", "taobao"),
        ("taobao_ExportOrderList_later_xlsx", "taobao"),
        ("pdd_2024_27col", "pdd"),
        ("pdd_2023_full", "pdd"),
        ("jd_pop_orders", "jd"),
        ("1688_buyer_orders", "1688"),
        ("douyin_orders_2026", "douyin"),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "gb18030", "xlsx"])
def test_real_headers_are_recognised_in_any_order_of_columns(name: str, format: str, kind: str) -> None:
    header = files.real_headers()[name]
    values = {
        "订单编号": "101",
        "订单号": "101",
        "主订单编号": "101",
        "宝贝标题": "物",
        "商品名称": "物",
        "商品": "物",
        "货品标题": "物",
        "选购商品": "物",
        "宝贝总数量": "1",
        "订购数量": "1",
        "商品数量(件)": "1",
        "数量": "1",
        "商品数量": "1",
        "订单创建时间": "2024-01-01 00:00:00",
        "下单时间": "2024-01-01 00:00:00",
        "订单成交时间": "2024-01-01 00:00:00",
        "订单提交时间": "2024-01-01 00:00:00",
        "收货人姓名": "张三",
        "客户姓名": "张三",
        "收件人": "张三",
        "总金额": "8.80",
        "订单金额": "8.80",
        "商品总价(元)": "8.80",
        "货品总价(元)": "8.80",
        "订单应付金额": "8.80",
    }
    if format == "taobao":
        values.pop("主订单编号")
    header = [*header, "新列"]
    values["新列"] = " 一字不差\t"
    cells = [values.get(title.strip(), "") for title in header]
    shuffled = list(zip(header, cells, strict=True))
    random.Random(7).shuffle(shuffled)
    rows = [[title for title, _cell in shuffled], [cell for _title, cell in shuffled]]
    content = (
        xlsx_bytes(rows) if kind == "xlsx" else csv_bytes(rows, encoding={"csv": "utf-8-sig"}.get(kind, kind))
    )
    [order], bad = read(content)
    assert not bad
    assert order.number == "101"
    assert order.total == Decimal("8.80")
    assert order.placed_at is not None
    assert order.lines[0].title == "物"
    assert order.facts["新列"] == " 一字不差\t"
    assert order.customer.name == ("张三" if format != "pdd" else "")
    [again], _bad = read(content, format=format)
    assert again == order


def test_a_named_format_that_does_not_fit_is_unusable() -> None:
    with pytest.raises(UnusableFile) as caught:
        read(taobao(), format="jd")
    assert caught.value.code == "wrong_format"
    with pytest.raises(UnusableFile) as caught:
        read(taobao(), format="nonsense")
    assert caught.value.code == "unknown_format"
