"""The bytes of an order that its audit entry vouches for. orders.selectors.verification builds the same in SQL.

    "1␟id␟entry_id␟customer_key_id␟shop_id␟received_at␟placed_at␟currency␟total␟paid␟source␟historical␟batch_id"
    "␟length of number␟number␟count of lines" + for each line in the order of positions
    "␞position␟quantity␟price␟amount␟length of sku␟sku␟length of title␟title"

in UTF-8, then the 32 bytes of `terms`, then the customer's ciphertext. ␟ is U+001F, ␞ U+001E; lengths are in characters
and make values unmistakable; instants are ISO 8601 UTC with microseconds and Z; nothing is written for null.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal


def text_of(value: object) -> str:
    return "" if value is None else str(value)


def line_text(
    position: int, quantity: Decimal, price: Decimal | None, amount: Decimal | None, sku: str, title: str
) -> str:
    return (
        f"\x1e{position}\x1f{quantity}\x1f{'' if price is None else price}\x1f{'' if amount is None else amount}"
        f"\x1f{len(sku)}\x1f{sku}\x1f{len(title)}\x1f{title}"
    )


def order_digest(
    *,
    order_id: int,
    entry_id: int,
    customer_key_id: int,
    shop_id: int,
    received_at: str,
    placed_at: str,
    currency: str,
    total: Decimal | None,
    paid: Decimal | None,
    source: str,
    historical: bool,
    batch_id: int | None,
    number: str,
    lines: Iterable[str],
    line_count: int,
    terms: bytes,
    sealed: bytes,
) -> bytes:
    """SHA-256 of the canonical order. Instants are already text, lines already `line_text`."""
    head = (
        f"1\x1f{order_id}\x1f{entry_id}\x1f{customer_key_id}\x1f{shop_id}\x1f{received_at}\x1f{placed_at}\x1f{currency}"
        f"\x1f{text_of(total)}\x1f{text_of(paid)}\x1f{source}\x1f{'t' if historical else 'f'}\x1f{text_of(batch_id)}"
        f"\x1f{len(number)}\x1f{number}\x1f{line_count}"
    )
    return hashlib.sha256((head + "".join(lines)).encode() + terms + sealed).digest()
