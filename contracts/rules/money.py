"""Money of purchasing: yuan (P2.1), as Decimal to the fen (0.01).

The one rounding rule: amounts are computed exactly and rounded half up to the fen once, at the last step. Where a sum
is split, what has been split off so far is rounded and each part is the difference to the part before, so that the last
takes the rest: parts always add up to their sum.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
#: What an amount may be at most: the width of its columns.
MOST = Decimal("9999999999.99")
_TYPED = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,10})(?:\.\d{1,2})?", re.ASCII)
_OTHER = re.compile(r"[A-Z$€£]|[美港欧日澳]元|港币")
_SIGNS = str.maketrans("０１２３４５６７８９．，", "0123456789.,", "¥￥元 \u3000")


class NotMoney(ValueError):
    """What was typed is no amount in yuan. `code`: format, negative, zero, too_much, currency."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def rounded(exact: Decimal) -> Decimal:
    """Half up to the fen, also below zero (−0.005 → −0.01)."""
    with localcontext() as context:
        context.prec = 40
        return exact.quantize(FEN, ROUND_HALF_UP) + ZERO  # a negative zero becomes zero


def amount(quantity: int, unit_price: Decimal) -> Decimal:
    """Pieces × price of one."""
    return rounded(quantity * unit_price)


def share(of: Decimal, percent: Decimal) -> Decimal:
    """So many per cent of an amount."""
    return rounded(of * percent / 100)


def split(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`total` in parts by weights, which are not negative and not all zero; the last takes the rest."""
    whole = sum(weights, Decimal(0))
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be positive")
    parts, seen, given = [], Decimal(0), ZERO
    for weight in weights:
        seen += weight
        upto = rounded(total * seen / whole)
        parts.append(upto - given)
        given = upto
    return parts


def read(typed: str, *, zero: bool = False) -> Decimal:
    """An amount in yuan as people type it: "1,234.5", "¥ 1234.50", "１２元". Raises NotMoney."""
    text = typed.strip().upper()
    for mark in ("CNY", "RMB"):
        text = text.removeprefix(mark).removesuffix(mark)
    if _OTHER.search(text):
        raise NotMoney("currency")
    text = text.translate(_SIGNS)
    if text.startswith(("-", "−")):
        raise NotMoney("negative")
    if not _TYPED.fullmatch(text):
        raise NotMoney("too_much" if re.fullmatch(r"[0-9]{11,40}(\.[0-9]{1,2})?", text) else "format")
    found = rounded(Decimal(text.replace(",", "")))
    if found > MOST:
        raise NotMoney("too_much")
    if not found and not zero:
        raise NotMoney("zero")
    return found
