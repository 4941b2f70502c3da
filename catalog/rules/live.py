"""What a channel shows against what was agreed. Pure.

Four things can differ: the price; goods that are to be on sale and are not; goods that are on sale and nobody agreed to
it; and goods that the catalog does not know. A reading that does not name everything on sale says nothing about what it
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
    """`sku_id` None for what the catalog does not know. `shown`: the price farthest from the agreed one; `also`: what
    other lines for the same goods show beside it, once each, the lowest first."""

    kind: str
    code: str
    sku_id: int | None = None
    agreed: Decimal | None = None
    shown: Decimal | None = None
    also: tuple[Decimal, ...] = ()


def compare(
    agreed: Iterable[Agreed], names: Mapping[str, int], shown: Iterable[Shown], *, whole: bool
) -> list[Difference]:
    """Every difference, once. `names`: what the channel may call a SKU (style number, barcode, a name that was
    matched) → its id. Every line is compared: none stands for another of the same goods."""
    stand = {each.sku_id: each for each in agreed}
    found: dict[int, list[Shown]] = {}
    unknown: dict[str, list[Shown]] = {}
    for line in shown:
        sku_id = names.get(line.code)
        if sku_id is not None and sku_id in stand:
            found.setdefault(sku_id, []).append(line)
        elif line.listed:
            unknown.setdefault(line.code, []).append(line)
    differences = [_difference(UNKNOWN, code, lines) for code, lines in unknown.items()]
    for sku_id, each in stand.items():
        difference = _of(each, found.get(sku_id, []), whole=whole)
        if difference is not None:
            differences.append(difference)
    return differences


def _of(each: Agreed, lines: list[Shown], *, whole: bool) -> Difference | None:
    on_sale = [line for line in lines if line.listed]
    if not each.listed:
        return _difference(UNAGREED, each.code, on_sale, each) if on_sale else None
    if not lines:
        return _difference(MISSING, each.code, lines, each) if whole else None
    if not on_sale:
        return _difference(MISSING, each.code, lines, each)
    if any(line.price is not None and line.price != each.price for line in on_sale):
        return _difference(PRICE, each.code, on_sale, each)
    return None


def _difference(kind: str, code: str, lines: list[Shown], each: Agreed | None = None) -> Difference:
    agreed = each.price if each else None
    prices = sorted({line.price for line in lines if line.price is not None})
    far = max(prices, key=lambda price: abs(price - (agreed or 0)), default=None)
    also = tuple(price for price in prices if price != far)
    return Difference(kind, code, each.sku_id if each else None, agreed, far, also)


def looked_at(code: str, names: Mapping[str, int], shown: Iterable[Shown], *, whole: bool) -> bool:
    """Whether a reading says anything about these goods: a whole one about all, another about what it names."""
    return (
        whole
        or code in {line.code for line in shown}
        or names.get(code) in {names[line.code] for line in shown if line.code in names}
    )
