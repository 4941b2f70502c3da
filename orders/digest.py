"""The bytes of an order, and of a contact record, that the audit entry vouches for. orders.selectors.verification
builds the same in SQL.

    "1␟id␟entry_id␟customer_key_id␟shop_id␟received_at␟placed_at␟currency␟total␟paid␟source␟historical␟batch_id"
    "␟length of number␟number␟count of lines" + for each line in the order of positions
    "␞position␟quantity␟price␟amount␟length of sku␟sku␟length of title␟title"

in UTF-8, then the 32 bytes of `terms`, then the customer's ciphertext. ␟ is U+001F, ␞ U+001E; lengths are in characters
and make values unmistakable; instants are ISO 8601 UTC with microseconds and Z; nothing is written for null.

A contact record, by which the ten minutes of C7.2 were kept or not:

    "1␟id␟order␟by␟at␟channel␟outcome␟goods␟amount␟address␟phone␟next_try_at"

in UTF-8 (of what was confirmed "t" or "f"), then the note's ciphertext.
"""

from __future__ import annotations

import hashlib


def text_of(value: object) -> str:
    """The text of a value; "" for null."""
    return "" if value is None else str(value)


def line_text(position: int, quantity: str, price: str, amount: str, sku: str, title: str) -> str:
    """One line of the canonical order; numbers as the database prints them."""
    return f"\x1e{position}\x1f{quantity}\x1f{price}\x1f{amount}\x1f{len(sku)}\x1f{sku}\x1f{len(title)}\x1f{title}"


def order_digest(
    *,
    order_id: int,
    entry_id: int,
    customer_key_id: int,
    shop_id: str,
    received_at: str,
    placed_at: str,
    currency: str,
    total: str,
    paid: str,
    source: str,
    historical: str,
    batch_id: str,
    number: str,
    lines: list[str],
    terms: bytes,
    sealed: bytes,
) -> bytes:
    """SHA-256 of the canonical order. Numbers, instants and the boolean ("t", "f") are text already, lines
    `line_text`, null is ""."""
    head = (
        f"1\x1f{order_id}\x1f{entry_id}\x1f{customer_key_id}\x1f{shop_id}\x1f{received_at}\x1f{placed_at}\x1f{currency}"
        f"\x1f{total}\x1f{paid}\x1f{source}\x1f{historical}\x1f{batch_id}\x1f{len(number)}\x1f{number}\x1f{len(lines)}"
    )
    return hashlib.sha256((head + "".join(lines)).encode() + terms + sealed).digest()


def contact_digest(
    *,
    record_id: int,
    order_id: int,
    by_id: int,
    at: str,
    channel: str,
    outcome: str,
    confirmed: tuple[bool, bool, bool, bool],
    next_try_at: str,
    sealed_note: bytes,
) -> bytes:
    """SHA-256 of a contact record. Instants are text already, null is ""; `confirmed`: goods, amount, address,
    phone."""
    facts = "\x1f".join("t" if fact else "f" for fact in confirmed)
    head = f"1\x1f{record_id}\x1f{order_id}\x1f{by_id}\x1f{at}\x1f{channel}\x1f{outcome}\x1f{facts}\x1f{next_try_at}"
    return hashlib.sha256(head.encode() + sealed_note).digest()
