"""Small files as platforms write them, and a short way to read them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from orders.intake.incoming import BadRow, IncomingOrder
from orders.intake.reading import read_file
from tests.real_data import real
from tests.tables.files import source

#: The columns the formats are recognised by and read, as the real files have them (trailing spaces included).
TAOBAO = [
    "订单编号",
    "买家会员名",
    "买家支付宝账号",
    "买家应付货款",
    "买家应付邮费",
    "总金额",
    "买家实际支付金额",
    "订单状态",
    "买家留言",
    "收货人姓名",
    "收货地址 ",
    "运送方式",
    "联系电话 ",
    "联系手机",
    "订单创建时间",
    "订单付款时间 ",
    "宝贝标题 ",
    "宝贝种类 ",
    "物流单号 ",
    "物流公司",
    "订单备注",
    "宝贝总数量",
    "订单关闭原因",
    "买家服务费",
    "修改后的收货地址",
]
TAOBAO_DETAIL = [
    "订单编号",
    "标题",
    "价格",
    "购买数量",
    "外部系统编号",
    "商品属性",
    "套餐信息",
    "备注",
    "订单状态",
    "商家编码",
]
JD = [
    "订单号",
    "商品ID",
    "商品名称",
    "订购数量",
    "支付方式",
    "下单时间",
    "京东价",
    "订单金额",
    "结算金额",
    "余额支付",
    "应付金额",
    "订单状态",
    "订单类型",
    "下单帐号",
    "客户姓名",
    "客户地址",
    "联系电话",
    "订单备注",
    "货号",
    "",
]
PDD = [
    "商品",
    "订单号",
    "订单状态",
    "商品总价(元)",
    "邮费(元)",
    "用户实付金额(元)",
    "商品数量(件)",
    "发货时间",
    "商品id",
    "商品规格",
    "样式ID",
    "商家编码-规格维度",
    "商家备注",
    "售后状态",
    "快递单号",
    "快递公司",
    "订单成交时间",
]
ALIBABA = [
    "订单编号",
    "买家公司名",
    "买家会员名",
    "货品总价(元)",
    "运费(元)",
    "涨价或折扣(元)",
    "实付款(元)",
    "订单状态",
    "订单创建时间",
    "收货人姓名",
    "收货地址",
    "邮编",
    "联系电话",
    "联系手机",
    "货品标题",
    "单价(元)",
    "数量",
    "单位",
    "货号",
    "型号",
    "SKU ID",
    "单品货号",
    "货品种类",
    "买家留言",
    "物流公司",
    "运单号",
]
DOUYIN = [
    "主订单编号",
    "子订单编号",
    "选购商品",
    "商品规格",
    "商品数量",
    "商家编码",
    "订单应付金额",
    "运费",
    "收件人",
    "收件人手机号",
    "详细地址",
    "订单提交时间",
    "商家备注",
    "订单状态",
    "售后状态",
    "取消原因",
]


def real_headers() -> dict[str, list[str]]:
    """The headers of the real exports; skips where the data is not there."""
    path = real("export-headers", "headers.json")
    return {
        name: entry["columns"] for name, entry in json.loads(path.read_text()).items() if "columns" in entry
    }


def row(header: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """A row under this header; values are given by stripped names."""
    unknown = values.keys() - {name.strip() for name in header}
    assert not unknown, unknown
    return [values.get(name.strip(), "") for name in header]


def read(
    content: bytes,
    *,
    detail: bytes | None = None,
    format: str = "",
    mapping: Mapping[str, str] | None = None,
    saved: Mapping[str, str] | None = None,
) -> tuple[list[IncomingOrder], list[BadRow]]:
    """Orders and refused rows of a file."""
    orders: list[IncomingOrder] = []
    bad: list[BadRow] = []
    with read_file(
        source(content),
        detail=source(detail) if detail else None,
        format=format,
        mapping=mapping,
        saved=saved,
    ) as reading:
        reading.load()
        for results in reading.results():
            for result in results:
                if isinstance(result, IncomingOrder):
                    orders.append(result)
                else:
                    bad.append(result)
    return orders, bad
