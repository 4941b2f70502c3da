"""What a supplier's person says of an order is said at the door, and nowhere else: each such event has a proof that
only the application makes. Whatever binds the supplier (P7b, P1.4) asks for it, and so do money (P2.2) and
`verify_ledger`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from contracts.models import DoorProof, OrderEvent, PurchaseOrder
from office import crypto
from office.errors import Conflict

PURPOSE = "contracts.door_word"
_ROW = ("id", "order_id", "line_id", "word", "contact_id", "by_id", "text", "file_id", "data", "at")
_WORDS = """
SELECT o.number, (SELECT coalesce(array_agg(p.mac), '{}') FROM contracts_doorproof p WHERE p.event_id = e.id),
       e.id, e.order_id, e.line_id, e.word, e.contact_id, e.by_id, e.text, e.file_id, e.data::text::json, e.at
FROM contracts_orderevent e JOIN contracts_purchaseorder o ON o.id = e.order_id
WHERE e.contact_id IS NOT NULL ORDER BY e.id
"""


def prove(event: OrderEvent) -> None:
    """Beside the event, in its transaction; nothing for one of our own."""
    if event.contact_id is not None:
        DoorProof.objects.create(event=event, mac=crypto.mac("contracts.door_word", _said(event)).hex())


def unproven(events: Iterable[OrderEvent]) -> set[int]:
    """Which of the supplier's own words nobody said at its door; one query."""
    theirs = {each.pk: each for each in events if each.contact_id is not None}
    given: dict[int, set[str]] = {pk: set() for pk in theirs}
    if theirs:
        for event_id, mac in DoorProof.objects.filter(event__in=theirs).values_list("event_id", "mac"):
            given[event_id].add(mac)
    return {pk for pk, each in theirs.items() if given[pk].isdisjoint(_macs(each))}


def require_proven(*orders: PurchaseOrder, clause: str) -> None:
    """Raises Conflict (`unproven`) when one of them bears a word of the supplier that was not said at its door."""
    said = OrderEvent.objects.filter(order__in=orders, contact__isnull=False).select_related("order")
    wrong = unproven(said)
    if wrong:
        first = min(wrong)
        raise Conflict(
            _(
                "Purchase order {order} bears a word of the supplier that nobody said at its door (event {number}). "
                "Nothing goes on until the administrator has found out how it came there."
            ).format(order=next(each.order.number for each in said if each.pk == first), number=first),
            code="unproven",
            clause=clause,
        )


def count(cursor: Any) -> int:
    """How many such words there are, for `verify_ledger`."""
    cursor.execute("SELECT count(*) FROM contracts_orderevent WHERE contact_id IS NOT NULL")
    return int(cursor.fetchone()[0])


def findings(cursor: Any) -> Iterator[str]:
    """One line for each without a proof, as the cursor's snapshot has them."""
    cursor.execute(_WORDS)
    try:
        for number, proofs, *row in cursor.fetchall():
            each = OrderEvent(**dict(zip(_ROW, row, strict=True)))
            if set(proofs).isdisjoint(_macs(each)):
                yield f"purchase order {number}: {each.word!r} (event {each.pk}) was not said at the door"
    except crypto.Unreadable as error:  # another installation's database
        yield f"what suppliers said at the door is not proven: {error}"
    if not connection.in_atomic_block:  # in a thread of its own, where the key may have been read anew
        connection.close()


def prove_anew(after: int, limit: int) -> tuple[int | None, int]:
    """A step of `rotate_keys --reindex`: another proof under the key of now for what the other one proves."""
    rows = list(OrderEvent.objects.filter(contact__isnull=False, pk__gt=after).order_by("pk")[:limit])
    if not rows:
        return None, 0
    given = set(DoorProof.objects.filter(event__in=rows).values_list("event_id", "mac"))
    made = []
    for each in rows:
        now, *other = _macs(each)
        if (each.pk, now) not in given and any((each.pk, mac) in given for mac in other):
            made.append(DoorProof(event=each, mac=now))
    DoorProof.objects.bulk_create(made)
    return rows[-1].pk, len(made)


def _macs(event: OrderEvent) -> list[str]:
    return [each.hex() for each in crypto.macs("contracts.door_word", _said(event))]


def _said(event: OrderEvent) -> bytes:
    """All that stands in the row, as it is read back: no other row has the same proof."""
    row = [
        event.pk, event.order_id, event.line_id, event.word, event.contact_id, event.by_id, event.text, event.file_id,
        event.data, event.at.astimezone(UTC).isoformat(timespec="microseconds"),
    ]  # fmt: skip
    return json.dumps(row, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
