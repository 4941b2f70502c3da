"""By what an erased customer is found in what never became an order: refused rows, bodies of refused messages.

A trace is a keyed hash (HMAC under the index key, cut to 16 bytes) of a complete phone, the same as in the customer's
index, or of a shop with an order number. What cannot be read has none, and goes with its key after 90 days.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from office import crypto
from office.tables.cells import CellError
from orders.intake.numbers import number as order_number
from orders.people import mobiles_in, phones_in

TRACE_BYTES = 16
#: More telephone numbers than this in one row or body are no customer's.
MOST = 200
_NUMBER_FIELDS = ("number", "name", "order_number", "id")
_MAX_NUMBER = 80


def of_phone(digits: str) -> bytes:
    """The same as the index keeps for this phone."""
    return crypto.mac("phone", digits.encode())[:TRACE_BYTES]


def of_number(shop_id: int, number: str) -> bytes:
    return crypto.mac("order-number", _numbered(shop_id, number))[:TRACE_BYTES]


def every_one(phones: Iterable[str], numbers: Iterable[tuple[int, str]]) -> set[bytes]:
    """The traces of these phones and (shop, number) pairs under every key there is, while hashes are made anew."""
    found = [each for digits in phones for each in crypto.macs("phone", digits.encode())]
    found += [each for pair in numbers for each in crypto.macs("order-number", _numbered(*pair))]
    return {each[:TRACE_BYTES] for each in found}


def _numbered(shop_id: int, number: str) -> bytes:
    return f"{shop_id}|{number}".encode("utf-8", "replace")


def of_cells(shop_id: int, number: str, cells: Sequence[str]) -> list[bytes]:
    """Of a refused row; `number` "" when it could not be read."""
    return _all(shop_id, [number] if number else [], (phone for cell in cells for phone in phones_in(cell)))


def again_of_cells(shop_id: int, kept: Collection[bytes], number: str, cells: Sequence[str]) -> list[bytes]:
    """The traces of a refused row under the index key of now, made anew from its cells. Which of them is the order
    number was known when it was refused: the one whose trace is among the `kept`."""
    numbers = [number] if number else []
    for cell in cells:
        try:
            candidate = order_number(cell)
        except CellError:
            continue
        known = crypto.macs("order-number", _numbered(shop_id, candidate))
        if any(each[:TRACE_BYTES] in kept for each in known):
            numbers.append(candidate)
    return _all(shop_id, dict.fromkeys(numbers), (phone for cell in cells for phone in phones_in(cell)))


def of_body(shop_id: int, raw: bytes) -> list[bytes]:
    """Of a message's raw body: read as JSON where it is JSON, else as text."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return _all(shop_id, [], phones_in(raw.decode("utf-8", "replace")))
    texts = list(_texts(body))
    mobiles = (digits for text, _is_text in texts for digits in mobiles_in(text))
    others = (digits for text, is_text in texts if is_text for digits in phones_in(text))
    return _all(shop_id, _numbers(body), (digits for found in (mobiles, others) for digits in found))


def _all(shop_id: int, numbers: Iterable[str], phones: Iterable[str]) -> list[bytes]:
    known = dict.fromkeys(of_number(shop_id, number) for number in numbers)
    for digits in dict.fromkeys(phones):
        if len(known) >= MOST:
            break
        known[of_phone(digits)] = None
    return list(known)


def _numbers(body: Any) -> list[str]:
    """What an order of this body could be numbered, by any of the doors."""
    inner = body.get("order") if isinstance(body, dict) else None
    found = []
    for each in (body, inner):
        if isinstance(each, dict):
            for field in _NUMBER_FIELDS:
                value = each.get(field)
                if isinstance(value, str | int) and len(str(value)) <= _MAX_NUMBER:
                    found.append(str(value).lstrip("#").strip())
    return [number for number in dict.fromkeys(found) if number]


def _texts(value: Any) -> Iterator[tuple[str, bool]]:
    """Every text and whole number of a JSON value, and whether it was a text; no recursion over a hostile depth."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each, True
        elif isinstance(each, int) and not isinstance(each, bool):
            if 10**10 <= each < 10**11:
                yield str(each), False
        elif isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
