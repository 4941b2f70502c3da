"""A table of prices: its columns, and what each cell of a line says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from office.tables import cells
from office.tables.table import header_name

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Column → what it is called, and the headers by which it is known, folded. The first Chinese one heads the template.
COLUMNS: dict[str, tuple[StrOrPromise, tuple[str, ...]]] = {
    "code": (_("Style number"), ("款号", "sku", "code", "style number")),
    "price": (_("New price"), ("新价", "新售价", "售价", "price", "new price")),
    "from": (_("Effective from"), ("生效日期", "生效时间", "from", "effective from")),
    "channel": (_("Channel code"), ("渠道编码", "渠道", "channel", "channel code")),
    "source": (_("Competitor"), ("竞品来源", "竞品", "competitor", "source")),
    "theirs": (_("Competitor’s price"), ("竞品价格", "competitor price", "competitor’s price")),
    "on": (_("Seen on"), ("采集日期", "seen on", "date seen")),
    "url": (_("Link"), ("竞品链接", "链接", "link", "url")),
}
NEEDED = ("code", "price", "source", "theirs", "on")


def columns_of(names: Sequence[str]) -> dict[str, int]:
    """Column → its place among the headers, for those that are there."""
    known = {name: key for key, (_label, names_) in COLUMNS.items() for name in names_}
    found: dict[str, int] = {}
    for place, name in enumerate(names):
        key = known.get(header_name(name).casefold())
        if key is not None:
            found.setdefault(key, place)
    return found


@dataclass(slots=True)
class Read:
    """What a line says; `wrong`: [(column, reason)]. Amounts in CNY; `starts_at` None: from when it is agreed."""

    n: int
    raw: Mapping[str, str]
    code: str = ""
    price: Decimal | None = None
    starts_at: datetime | None = None
    channel: str = ""
    source: str = ""
    theirs: Decimal | None = None
    on: datetime | None = None
    url: str = ""
    wrong: list[tuple[str, str]] = field(default_factory=list)

    @property
    def cells(self) -> list[tuple[str, StrOrPromise, str, list[str]]]:
        """(column, its title, as written, what is wrong with it), in the order of the columns."""
        return [
            (key, title, self.raw.get(key, ""), [reason for column, reason in self.wrong if column == key])
            for key, (title, _names) in COLUMNS.items()
        ]


def read(line: Mapping[str, object]) -> Read:
    """One line as kept: {"n": row, column: text}."""
    raw = {key: str(line.get(key, "")) for key in COLUMNS}
    number = line.get("n")
    found = Read(number if isinstance(number, int) else 0, raw)
    found.code, found.channel = cells.plain(raw["code"]), cells.plain(raw["channel"])
    found.source, found.url = cells.plain(raw["source"]), cells.plain(raw["url"])
    found.price = _amount(found, "price")
    found.theirs = _amount(found, "theirs")
    found.starts_at = _when(found, "from")
    found.on = _when(found, "on")
    for column in NEEDED:
        value = {"code": found.code, "source": found.source}.get(column, cells.plain(raw[column]))
        if not value:
            found.wrong.append((column, gettext("This is needed.")))
    return found


def _amount(line: Read, column: str) -> Decimal | None:
    try:
        value = cells.positive_amount(line.raw[column])
    except cells.CellError as error:
        line.wrong.append((column, gettext(error.message).format(**error.params)))
        return None
    if value is not None and value <= 0:
        line.wrong.append((column, gettext("An amount is above zero.")))
        return None
    return value


def _when(line: Read, column: str) -> datetime | None:
    try:
        return cells.when(line.raw[column])
    except cells.CellError as error:
        line.wrong.append((column, gettext(error.message).format(**error.params)))
        return None
