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
    """`sku_id` None for what the catalog does not know."""

    kind: str
    code: str
    sku_id: int | None = None
    agreed: Decimal | None = None
    shown: Decimal | None = None


def compare(
    agreed: Iterable[Agreed], names: Mapping[str, int], shown: Iterable[Shown], *, whole: bool
) -> list[Difference]:
    """Every difference, once. `names`: what the channel may call a SKU (style number, barcode, a name that was
    matched) → its id. Of two lines for one SKU the first that is on sale counts."""
    stand = {each.sku_id: each for each in agreed}
    found: dict[int, Shown] = {}
    differences: dict[tuple[str, str], Difference] = {}
    for line in shown:
        sku_id = names.get(line.code)
        if sku_id is None or sku_id not in stand:
            if line.listed:
                differences[UNKNOWN, line.code] = Difference(UNKNOWN, line.code, None, None, line.price)
            continue
        if sku_id not in found or (line.listed and not found[sku_id].listed):
            found[sku_id] = line
    for sku_id, each in stand.items():
        seen = found.get(sku_id)
        difference = _of(each, seen, whole=whole)
        if difference is not None:
            differences[difference.kind, difference.code] = difference
    return list(differences.values())


def _of(each: Agreed, seen: Shown | None, *, whole: bool) -> Difference | None:
    if seen is None:
        missing = each.listed and whole
        return Difference(MISSING, each.code, each.sku_id, each.price) if missing else None
    if each.listed and not seen.listed:
        return Difference(MISSING, each.code, each.sku_id, each.price, seen.price)
    if not each.listed:
        unagreed = Difference(UNAGREED, each.code, each.sku_id, each.price, seen.price)
        return unagreed if seen.listed else None
    if seen.price is not None and seen.price != each.price:
        return Difference(PRICE, each.code, each.sku_id, each.price, seen.price)
    return None


def looked_at(code: str, names: Mapping[str, int], shown: Iterable[Shown], *, whole: bool) -> bool:
    """Whether a reading says anything about these goods: a whole one about all, another about what it names."""
    return (
        whole
        or code in {line.code for line in shown}
        or names.get(code) in {names[line.code] for line in shown if line.code in names}
    )
