"""What a channel shows against what was agreed. Pure.

Four things can differ: the price; goods that are to be on sale and are not; goods that are on sale and nobody agreed to
it; and goods that the catalog does not know. Of several lines for the same goods each price that is wrong is a
difference of its own. A reading that does not name everything on sale says nothing about what it
leaves out. What the channel marks as taken off counts as not on sale, whatever price it still carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

PRICE, MISSING, UNAGREED, UNKNOWN = "price", "missing", "unagreed", "unknown"


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of a channel's own list. `price` None: it names none."""

    code: str
    price: Decimal | None
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Agreed:
    """How one SKU should stand there: its price with running promotions, None when none was ever agreed."""

    sku_id: int
    code: str
    listed: bool
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Difference:
    """`sku_id` None for what the catalog does not know. `shown` None: the line names no price, or there is none."""

    kind: str
    code: str
    sku_id: int | None = None
    agreed: Decimal | None = None
    shown: Decimal | None = None


def compare(
    agreed: Iterable[Agreed], names: Mapping[str, int], shown: Iterable[Shown], *, whole: bool
) -> list[Difference]:
    """Every difference, once; those of the same goods by price. `names`: what the channel may call a SKU (style number,
    barcode, a name that was matched) → its id. Every line is compared: none stands for another of the same goods."""
    stand = {each.sku_id: each for each in agreed}
    found: dict[int, list[Shown]] = {}
    unknown: dict[str, list[Shown]] = {}
    for line in shown:
        sku_id = names.get(line.code)
        if sku_id is not None and sku_id in stand:
            found.setdefault(sku_id, []).append(line)
        elif line.listed:
            unknown.setdefault(line.code, []).append(line)
    differences = [
        Difference(UNKNOWN, code, shown=price) for code, lines in unknown.items() for price in _prices(lines)
    ]
    for sku_id, each in stand.items():
        kind, prices = _of(each, found.get(sku_id, []), whole=whole)
        differences += [Difference(kind, each.code, sku_id, each.price, price) for price in prices]
    return differences


def _of(each: Agreed, lines: list[Shown], *, whole: bool) -> tuple[str, list[Decimal | None]]:
    """How the goods differ, and the price of each difference."""
    on_sale = [line for line in lines if line.listed]
    if not each.listed:
        return UNAGREED, _prices(on_sale)
    if not on_sale:
        return MISSING, [None] if whole or lines else []
    return PRICE, _prices(line for line in on_sale if line.price not in (None, each.price))


def _prices(lines: Iterable[Shown]) -> list[Decimal | None]:
    """What the lines show, once each, those without a price first."""
    return sorted({line.price for line in lines}, key=lambda price: Decimal(-1) if price is None else price)


def looked_at(code: str, names: Mapping[str, int], shown: Iterable[Shown], *, whole: bool) -> bool:
    """Whether a reading says anything about these goods: a whole one about all, another about what it names."""
    return (
        whole
        or code in {line.code for line in shown}
        or names.get(code) in {names[line.code] for line in shown if line.code in names}
    )
