"""The generic format: a mapping says which column is what. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from django.utils.translation import gettext_lazy, gettext_noop

from office.tables.table import Header, UnusableFile, header_name
from orders.intake.formats.layout import Layout

#: Field of an order → what people call it. The order is that of the mapping editor.
FIELDS = {
    "number": gettext_lazy("Order number"),
    "ordered_at": gettext_lazy("Ordered at"),
    "customer": gettext_lazy("Customer"),
    "phone": gettext_lazy("Phone"),
    "address": gettext_lazy("Address"),
    "total": gettext_lazy("Total"),
    "paid": gettext_lazy("Paid"),
    "line_sku": gettext_lazy("SKU"),
    "line_title": gettext_lazy("Title"),
    "line_quantity": gettext_lazy("Quantity"),
    "line_amount": gettext_lazy("Line amount"),
}
_GUESSES = {
    "number": (
        "订单号",
        "订单编号",
        "单号",
        "order",
        "order id",
        "order no",
        "order number",
        "order_id",
        "name",
    ),
    "ordered_at": (
        "下单时间",
        "订单创建时间",
        "下单日期",
        "创建时间",
        "日期",
        "created at",
        "order date",
        "date",
    ),
    "customer": ("收货人", "收货人姓名", "收件人", "客户", "客户姓名", "姓名", "customer name", "recipient"),
    "phone": (
        "手机",
        "手机号",
        "电话",
        "联系电话",
        "联系手机",
        "收货人手机",
        "tel",
        "mobile",
        "phone number",
    ),
    "address": ("地址", "收货地址", "详细地址", "shipping address"),
    "total": ("总金额", "订单金额", "总价", "合计", "amount", "order total", "total price"),
    "paid": ("实付", "实付金额", "实付款", "买家实际支付金额", "amount paid"),
    "line_sku": ("sku", "商品编码", "商家编码", "货号", "product id", "product_id", "item code"),
    "line_title": ("商品", "商品名称", "商品标题", "品名", "标题", "宝贝标题", "title", "product", "item"),
    "line_quantity": ("数量", "购买数量", "商品数量", "quantity", "qty"),
    "line_amount": ("小计", "商品金额", "行金额", "line total", "subtotal"),
}


def read_mapping(content: bytes) -> dict[str, str]:
    """The [columns] of a mapping file; raises `UnusableFile` naming what is wrong."""
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnusableFile(
            gettext_noop("The mapping is not a TOML file: %(error)s"), code="mapping", error=str(error)
        ) from error
    columns = document.get("columns")
    if not isinstance(columns, dict):
        raise UnusableFile(gettext_noop("The mapping has no [columns] table."), code="mapping")
    return check_mapping(columns)


def check_mapping(columns: Mapping[str, object]) -> dict[str, str]:
    """The mapping, checked: known fields, texts, an order number, goods with a quantity."""
    mapping: dict[str, str] = {}
    for name, header in columns.items():
        if name not in FIELDS:
            raise UnusableFile(
                gettext_noop("The mapping names an unknown field: %(field)s. Known are: %(known)s."),
                code="mapping",
                field=str(name)[:60],
                known=", ".join(FIELDS),
            )
        if not isinstance(header, str):
            raise UnusableFile(
                gettext_noop("The mapping of %(field)s must be the text of a header."),
                code="mapping",
                field=name,
            )
        if header_name(header):
            mapping[name] = header
    if "number" not in mapping:
        raise UnusableFile(
            gettext_noop("The mapping does not say which column is the order number."), code="mapping"
        )
    if "line_sku" not in mapping and "line_title" not in mapping:
        raise UnusableFile(
            gettext_noop("The mapping does not say which column names the goods (line_sku or line_title)."),
            code="mapping",
        )
    if "line_quantity" not in mapping:
        raise UnusableFile(
            gettext_noop("The mapping does not say which column is the quantity."), code="mapping"
        )
    return mapping


def mapped_layout(mapping: Mapping[str, str]) -> Layout:
    """The layout that a checked mapping describes."""

    def names(field: str) -> tuple[str, ...]:
        return (mapping[field],) if field in mapping else ()

    return Layout(
        name="generic",
        signatures=(frozenset(mapping.values()),),
        number=names("number"),
        ordered_at=names("ordered_at"),
        customer=names("customer"),
        phone=names("phone"),
        address=names("address"),
        total=names("total"),
        paid=names("paid"),
        line_sku=names("line_sku"),
        line_title=names("line_title"),
        line_quantity=names("line_quantity"),
        line_amount=names("line_amount"),
    )


def plain_mapping(header: Header) -> dict[str, str]:
    """The mapping of a table whose headers are our own field names; empty when it has no `number`."""
    mapping = {name: name for name in FIELDS if name in header.columns}
    goods = "line_sku" in mapping or "line_title" in mapping
    return mapping if goods and {"number", "line_quantity"} <= mapping.keys() else {}


def guess_mapping(headers: list[str]) -> dict[str, str]:
    """What the mapping editor proposes for these headers; a proposal only, never used without a person."""
    by_name = {header_name(header).casefold(): header for header in reversed(headers)}
    guess: dict[str, str] = {}
    for name, candidates in _GUESSES.items():
        for candidate in (name, *candidates):
            if (header := by_name.get(candidate)) and header not in guess.values():
                guess[name] = header
                break
    return guess
