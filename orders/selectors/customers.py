"""Reading customers: an order's recipient, found by phone, last four digits or name, and what may be shown masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from office import crypto
from office.errors import Conflict
from orders.keys import Key, open_key
from orders.models import CustomerIndex, CustomerKey, Order, OrderEvent
from orders.people import complete_phone, folded, is_masked, last_four, name_grams

#: Bytes of a keyed hash in an index.
MAC_BYTES = 16
FOUND_LIMIT = 500


@dataclass(frozen=True, slots=True)
class CustomerData:
    """Whom the goods go to. `erased`: the person was forgotten, everything else is empty."""

    name: str = ""
    phone: str = ""
    address: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    erased: bool = False

    @property
    def empty(self) -> bool:
        return not (self.name or self.phone or self.address or self.extra)


def key_of(customer_key_id: int) -> Key | None:
    """The customer's key; None once erased. crypto.Unreadable when the application's key is missing."""
    row = CustomerKey.objects.filter(pk=customer_key_id).values_list("kek", "wrapped").first()
    if row is None or row[1] is None:
        return None
    return open_key(row[0], row[1])


def customer_of(order: Order) -> CustomerData:
    """The recipient of an order in the clear. Who may see it is the caller's question (`unmask_customer`)."""
    return customers_of([order])[order.pk]


def customer_under(key: Key | None, order: Order) -> CustomerData:
    """The recipient of an order whose customer's key (None: erased) is at hand."""
    if key is None:
        return CustomerData(erased=True)
    return customer_data(key.open_customer(order.pk, order.sealed))


def customers_of(orders: list[Order]) -> dict[int, CustomerData]:
    """Recipients by order id, with one query for the keys."""
    rows = CustomerKey.objects.filter(
        pk__in={order.customer_key_id for order in orders}, wrapped__isnull=False
    )
    keys = {row.pk: open_key(row.kek, row.wrapped) for row in rows if row.wrapped is not None}
    found = {}
    for order in orders:
        found[order.pk] = customer_under(keys.get(order.customer_key_id), order)
    return found


def customer_data(blob: Mapping[str, Any]) -> CustomerData:
    """What the sealed blob of an order says."""
    return CustomerData(
        str(blob.get("name", "")),
        str(blob.get("phone", "")),
        str(blob.get("address", "")),
        {str(key): str(value) for key, value in (blob.get("extra") or {}).items()},
    )


def masked(customer: CustomerData) -> CustomerData:
    """What may be seen before the customer is unmasked: the first character of the name, the ends of the phone, the
    beginning of the address; of the rest only which parts there are."""
    return CustomerData(
        name=customer.name if is_masked(customer.name) else _first(customer.name, 1),
        phone=customer.phone if is_masked(customer.phone) else _ends(customer.phone),
        address=customer.address if is_masked(customer.address) else _first(customer.address, 6),
        extra=dict.fromkeys(customer.extra, "***"),
        erased=customer.erased,
    )


def _first(text: str, count: int) -> str:
    return text[:count] + "***" if text else ""


def _ends(phone: str) -> str:
    if len(phone) < 8:
        return "***" if phone else ""
    return f"{phone[:3]}****{phone[-4:]}"


def phone_hash(digits: str) -> bytes:
    """The keyed hash (32 bytes) of a complete phone: whole, a customer's identity; cut, the index."""
    return crypto.mac("phone", digits.encode())


def index_hashes(
    name: str, phone: str, identity: bytes | None
) -> tuple[bytes | None, bytes | None, list[bytes]]:
    """(phone, last four digits, name bigrams) of one recipient, keyed: the columns of CustomerIndex. `identity` is the
    `phone_hash` of a complete phone, else None."""
    tail = last_four(phone)
    return (
        identity[:MAC_BYTES] if identity else None,
        crypto.mac_of_few("last4", tail.encode())[:MAC_BYTES] if tail else None,
        [_gram_hash(gram) for gram in name_grams(name)],
    )


def _gram_hash(gram: str) -> bytes:
    return crypto.mac_of_few("name", gram.encode("utf-8", "replace"))[:MAC_BYTES]


def _cut(hashes: list[bytes]) -> list[bytes]:
    return [each[:MAC_BYTES] for each in hashes]


def find_order_ids(text: str) -> list[int]:
    """Orders, newest first, whose recipient has this phone, these last four digits or a name with these characters.

    At most 500. Names need two characters or more, unless the whole name is one.
    """
    digits = complete_phone(text)
    if digits:
        rows = CustomerIndex.objects.filter(phone__in=_cut(crypto.macs("phone", digits.encode())))
    elif len(folded(text)) == 4 and last_four(text):
        rows = CustomerIndex.objects.filter(last4__in=_cut(crypto.macs("last4", last_four(text).encode())))
    else:
        grams = name_grams(text)
        if not grams:
            return []
        # Per gram its hash under each key; a row is under one of them.
        hashes = [_cut(crypto.macs("name", gram.encode("utf-8", "replace"))) for gram in grams]
        under = [list(one) for one in zip(*hashes, strict=True)]
        rows = CustomerIndex.objects.filter(reduce(or_, (Q(grams__contains=one) for one in under)))
    return list(rows.order_by("-order_id").values_list("order_id", flat=True)[:FOUND_LIMIT])


def seal_for(order: Order, text: str) -> bytes:
    """A note under the key of the order's customer. Conflict (`erased`) when that customer was erased."""
    key = key_of(order.customer_key_id)
    if key is None:
        raise Conflict(
            _("This customer was erased; nothing more is kept about this order's customer."), code="erased"
        )
    return key.seal_text(order.pk, text)


def open_for(order: Order, blob: bytes | memoryview | None) -> str:
    """The text again; "" for nothing, and for an erased customer."""
    if blob is None:
        return ""
    key = key_of(order.customer_key_id)
    return "" if key is None else key.open_text(order.pk, blob)


@dataclass(frozen=True, slots=True)
class EventData:
    """An event beside an order, opened; `content` is empty once the customer was erased."""

    event: OrderEvent
    content: Mapping[str, Any]
    erased: bool


def events_of(order: Order) -> list[EventData]:
    """The events of an order, oldest first, with what they say."""
    return events_under(key_of(order.customer_key_id), order)


def events_under(key: Key | None, order: Order) -> list[EventData]:
    """`events_of` with the customer's key at hand."""
    return [
        EventData(event, {} if key is None else key.open_event(order.pk, event.sealed), key is None)
        for event in order.events.order_by("id")
    ]
