"""A channel's list of goods: from a table, or from a feed in CSV, JSON or XML as shops publish them for search engines.
Pure: bytes in, lines out."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from catalog.rules.live import Shown
from office.tables import cells as read
from office.tables.cells import CellError
from office.tables.opening import open_tables
from office.tables.table import Header, Row, Source, UnusableFile, header_name, is_blank

CODE = (
    "款号",
    "商品编码",
    "商家编码",
    "货号",
    "sku",
    "id",
    "g:id",
    "offer_id",
    "mpn",
    "条码",
    "barcode",
    "gtin",
)
PRICE = ("售价", "现价", "价格", "一口价", "price", "g:price")
SALE = ("促销价", "活动价", "券后价", "sale_price", "g:sale_price", "special_price")
STATE = ("状态", "商品状态", "上下架", "status", "availability", "g:availability", "listed")
#: Words that say that goods are not on sale. What is sold out is still listed.
OFF = frozenset({
    "下架", "已下架", "仓库中", "未上架", "停售", "off", "offline", "inactive", "draft", "archived", "delisted",
    "unlisted", "false", "0", "no", "discontinued",
})  # fmt: skip
SEARCHED = 10
MOST_ROWS = 100_000
CODE_LENGTH = 120
_CURRENCY = re.compile(r"^(?:([A-Za-z]{3})\s*)?([0-9][0-9.,]*)(?:\s*([A-Za-z]{3}))?$", re.ASCII)
_LISTS = ("products", "items", "data", "goods", "list", "channel", "item", "entries", "results")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that says nothing usable. `message` is an English msgid that `params` fill."""

    row: int
    cells: tuple[str, ...]
    message: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a list says: usable lines, and the others whole."""

    lines: Sequence[Shown]
    bad: Sequence[BadLine]


def read_table(source: Source) -> Reading:
    """A CSV or .xlsx that somebody exported. Raises UnusableFile."""
    return _lines(_by_header(open_tables(source)[0].rows()))


def read_feed(body: bytes, content_type: str) -> Reading:
    """A page of a shop, told by its beginning rather than by what it calls itself. Raises UnusableFile."""
    start = body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return _lines(_by_json(body))
    if start == b"<":
        beginning = body[:1000].lower()
        if "html" in content_type or b"<html" in beginning or b"<!doctype html" in beginning:
            raise UnusableFile(
                gettext_noop("This is a web page for people and no list of goods."), code="page"
            )
        return _lines(_by_xml(body))
    return read_table(Source("feed", len(body), lambda: io.BytesIO(body)))


Item = tuple[int, tuple[str, ...], Mapping[str, str]]


def _lines(items: Iterable[Item]) -> Reading:
    lines: list[Shown] = []
    bad: list[BadLine] = []
    for row, cells, item in items:
        try:
            if len(lines) + len(bad) >= MOST_ROWS:
                raise UnusableFile(
                    gettext_noop("The list has more than %(limit)s lines."),
                    code="too_many_rows",
                    limit=MOST_ROWS,
                )
            lines.append(_shown(item))
        except CellError as error:
            bad.append(BadLine(row, cells, error.message, error.params))
    return Reading(lines, bad)


def _shown(item: Mapping[str, str]) -> Shown:
    code = read.whole_number(read.plain(_first(item, CODE)))
    if not code:
        raise CellError("code_missing", gettext_noop("The line names no goods."))
    if len(code) > CODE_LENGTH:
        raise CellError(
            "code_too_long",
            gettext_noop("The name is longer than %(limit)s characters."),
            limit=str(CODE_LENGTH),
        )
    price = _money(_first(item, SALE)) or _money(_first(item, PRICE))
    state = read.plain(_first(item, STATE)).casefold()
    return Shown(code, price, state not in OFF)


def _money(text: str) -> Decimal | None:
    """ "1,299.00 CNY", "CNY 1299", "¥1299元"; other currencies are refused."""
    value = read.plain(text)
    if match := _CURRENCY.fullmatch(value):
        currency = (match[1] or match[3] or "CNY").upper()
        if currency not in ("CNY", "RMB"):
            raise CellError("currency", gettext_noop("The price is in %(currency)s."), currency=currency)
        value = match[2]
    return read.positive_amount(value)


def _first(item: Mapping[str, str], names: Sequence[str]) -> str:
    return next((item[name] for name in names if item.get(name)), "")


def _by_header(rows: Iterable[Row]) -> Iterator[Item]:
    header: Header | None = None
    for number, cells in rows:
        if is_blank(cells):
            continue
        if header is None:
            candidate = Header(number, tuple(cells))
            known = {name.casefold() for name in candidate.columns}
            if known & set(CODE) and known & {*PRICE, *SALE, *STATE}:
                header = candidate
            elif number >= SEARCHED:
                break
            continue
        yield (
            number,
            tuple(cells),
            {
                name.casefold(): cells[column]
                for name, column in header.columns.items()
                if column < len(cells)
            },
        )
    if header is None:
        raise UnusableFile(
            gettext_noop(
                "No row names the columns. The list needs a column “款号” (or “id”) and a column “价格” or “状态”."
            ),
            code="unknown_header",
        )


def _by_json(body: bytes) -> Iterator[Item]:
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UnusableFile(gettext_noop("This is no proper JSON."), code="broken") from None
    for _depth in range(4):
        if isinstance(found, dict):
            found = next((found[name] for name in _LISTS if isinstance(found.get(name), dict | list)), None)
    if not isinstance(found, list):
        raise UnusableFile(gettext_noop("The JSON holds no list of goods."), code="unknown_header")
    for number, item in enumerate(found, start=1):
        fields = _flat(item) if isinstance(item, dict) else {}
        yield number, (json.dumps(item, ensure_ascii=False)[:1000],), fields


def _flat(item: Mapping[str, Any]) -> dict[str, str]:
    """Texts and numbers by name; {"value": 12, "currency": "CNY"} is a price."""
    found: dict[str, str] = {}
    for name, value in item.items():
        if isinstance(value, dict) and "value" in value:
            value = f"{value['value']} {value.get('currency', '')}".strip()
        if isinstance(value, bool | str | int | float):
            found[header_name(str(name)).casefold()] = str(value)
    return found


def _by_xml(body: bytes) -> Iterator[Item]:
    if any(mark in body for mark in (b"<!DOCTYPE", b"<!ENTITY", b"<\0!\0D\0", b"\0<\0!\0D")):
        raise UnusableFile(gettext_noop("The XML has a document type; it was not read."), code="doctype")
    number = 0
    try:
        for _event, element in ET.iterparse(io.BytesIO(body), events=("end",)):  # noqa: S314  # no document type
            if _name(element.tag) not in ("item", "entry", "product", "offer"):
                continue
            number += 1
            fields = {f"{_name(part.tag)}": (part.text or "").strip() for part in element}
            fields |= {name.casefold(): value for name, value in element.attrib.items() if name not in fields}
            yield number, tuple(f"{name}: {value}"[:200] for name, value in fields.items()), fields
            element.clear()
    except ET.ParseError:
        raise UnusableFile(gettext_noop("This is no proper XML."), code="broken") from None
    if not number:
        raise UnusableFile(gettext_noop("The XML holds no goods."), code="unknown_header")


def _name(tag: str) -> str:
    """`{http://base.google.com/ns/1.0}price` → `price`."""
    return tag.rpartition("}")[2].casefold()
