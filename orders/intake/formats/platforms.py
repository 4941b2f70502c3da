"""The order exports of the platforms, by the headers of real files. What each column is taken for: docs/import.md."""

from __future__ import annotations

import unicodedata

from orders.intake.formats.layout import Layout


def _says(*words: str) -> frozenset[str]:
    return frozenset(words)


def _closed(status: str) -> bool:
    return any(
        word in status for word in ("交易关闭", "已关闭", "已取消", "取消订单", "订单关闭", "交易取消")
    )


def _jd_cancelled(status: str) -> bool:
    """JD marks a cancelled order (删除) before the state it had."""
    return _closed(status) or "取消" in status or "删除" in status


def _pdd_cancelled(status: str) -> bool:
    """Refunded before it left the warehouse; refunds after shipping are after-sales."""
    status = unicodedata.normalize("NFKC", status)
    return _closed(status) or (status.startswith(("待发货", "未发货")) and "退款成功" in status)


TAOBAO = Layout(
    name="taobao",
    signatures=(_says("订单编号", "宝贝标题", "宝贝总数量"),),
    number=("订单编号",),
    ordered_at=("订单创建时间",),
    customer=("收货人姓名",),
    phone=("联系手机", "联系电话"),
    address=("收货地址",),  # a later change (修改后的收货地址) is a fact beside the order
    extra=("买家会员名", "买家支付宝账号", "买家留言", "发票抬头"),
    total=("总金额",),
    paid=("买家实际支付金额",),
    status=("订单状态",),
    line_title=("宝贝标题",),
    line_quantity=("宝贝总数量",),
    cancelled=_closed,
)

#: The goods of Taobao's second file; read only together with the order list.
TAOBAO_DETAIL = Layout(
    name="taobao_detail",
    signatures=(_says("订单编号", "标题", "购买数量"),),
    number=("订单编号",),
    line_sku=("商家编码", "外部系统编号"),
    line_title=("标题",),
    line_spec=("商品属性",),
    line_quantity=("购买数量",),
    line_price=("价格",),
)

JD = Layout(
    name="jd",
    signatures=(_says("订单号", "商品名称", "订购数量"),),
    number=("订单号",),
    ordered_at=("下单时间",),
    customer=("客户姓名",),
    phone=("联系电话",),
    address=("客户地址",),
    extra=("下单帐号", "发票抬头"),
    total=("订单金额",),
    status=("订单状态",),
    line_sku=("商品ID",),
    line_title=("商品名称",),
    line_quantity=("订购数量",),
    line_price=("京东价",),
    cancelled=_jd_cancelled,
)

PDD = Layout(
    name="pdd",
    signatures=(_says("订单号", "商品数量(件)"),),
    number=("订单号",),
    ordered_at=("订单成交时间", "支付时间"),
    customer=("收货人", "收件人"),
    phone=("手机", "收件人手机", "用户购买手机号"),
    regions=("省", "市", "区", "街道/镇", "街道"),
    address=("详细地址", "收货地址"),
    extra=("买家留言", "消费者资料", "充值号码", "旅行类信息"),
    total=("商品总价(元)",),
    paid=("用户实付金额(元)",),
    status=("订单状态",),
    line_sku=("商家编码-规格维度", "样式ID", "商品id"),
    line_title=("商品",),
    line_spec=("商品规格",),
    line_quantity=("商品数量(件)",),
    cancelled=_pdd_cancelled,
)

ALIBABA = Layout(
    name="1688",
    signatures=(_says("订单编号", "货品标题", "数量"),),
    number=("订单编号",),
    ordered_at=("订单创建时间",),
    customer=("收货人姓名",),
    phone=("联系手机", "联系电话"),
    address=("收货地址",),
    extra=("买家公司名", "买家会员名", "买家", "邮编", "买家留言"),
    total=("货品总价(元)", "货品总价"),
    paid=("实付款(元)", "实付款"),
    status=("订单状态",),
    line_sku=("单品货号", "货号", "SKU ID"),
    line_title=("货品标题",),
    line_spec=("型号",),
    line_quantity=("数量",),
    line_price=("单价(元)", "单价"),
    cancelled=_closed,
    merged=True,
)

DOUYIN = Layout(
    name="douyin",
    signatures=(_says("主订单编号", "选购商品"),),
    number=("主订单编号",),
    ordered_at=("订单提交时间",),
    customer=("收件人",),
    phone=("收件人手机号",),
    regions=("省", "市", "区", "街道"),
    address=("详细地址",),
    extra=("买家留言",),
    status=("订单状态",),
    line_sku=("商家编码", "商品ID"),
    line_title=("选购商品",),
    line_spec=("商品规格",),
    line_quantity=("商品数量",),
    cancelled=_closed,
    ambiguous_amount=("订单应付金额",),
)

PLATFORMS: tuple[Layout, ...] = (TAOBAO, JD, PDD, ALIBABA, DOUYIN)
