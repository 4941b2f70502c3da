"""How an order moves at the desk, in prose and as data. Pure: values in, values out.

An order **waits** in the pool until somebody **accepts** it (C7.1). The holder tries to reach the customer; each
try is a contact record, and the first one stops the ten-minute clock (C7.2). With a record the order is
**contacted**: reached or not, it may be tried again. A reached customer's order is **confirmed**; an order that turns
out not to be one is **invalid**, and that is its end: no clock runs on, and a wrong judgement is mended by a
replacement order, which is a new fact. A confirmed order is **handed over** to product operations (C7.3), who
**take** it by name, and it is **closed** when it has been delivered and followed to its end (M5.3).

An accepted or contacted order goes back to the pool when its holder leaves his shift, stays idle past the breach, or
gives it back. A confirmed one goes back only when a supervisor says so, because its confirmation then no longer
stands and the customer has to be asked again; it does not go back by itself, since nobody wants to be called twice.
Until it is handed over an order may be **cancelled**. Cancelled, invalid and closed are ends.

A historical order is booked closed; every other order begins waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WAITING = "waiting"
ACCEPTED = "accepted"
CONTACTED = "contacted"
CONFIRMED = "confirmed"
INVALID = "invalid"
HANDED_OVER = "handed_over"
TAKEN = "taken"
CLOSED = "closed"
CANCELLED = "cancelled"

STATES = (WAITING, ACCEPTED, CONTACTED, CONFIRMED, INVALID, HANDED_OVER, TAKEN, CLOSED, CANCELLED)

#: state → the states it may move to. The trigger on orders_orderprogress holds the same table.
MOVES: Mapping[str, frozenset[str]] = {
    WAITING: frozenset({ACCEPTED, CANCELLED}),
    ACCEPTED: frozenset({CONTACTED, WAITING, CANCELLED}),
    CONTACTED: frozenset({CONFIRMED, INVALID, WAITING, CANCELLED}),
    CONFIRMED: frozenset({HANDED_OVER, WAITING, CANCELLED}),
    INVALID: frozenset(),
    HANDED_OVER: frozenset({TAKEN}),
    TAKEN: frozenset({CLOSED}),
    CLOSED: frozenset(),
    CANCELLED: frozenset(),
}

#: States in which a new row may begin; closed only for a historical order.
BEGINNINGS = frozenset({WAITING, CLOSED})
HELD = (ACCEPTED, CONTACTED, CONFIRMED)
#: What counts towards the open limit: accepted and not yet confirmed.
IN_HAND = (ACCEPTED, CONTACTED)
ENDS = (INVALID, CLOSED, CANCELLED)
#: Handed over, or past that: what happens now is an event after the sale.
OUT_OF_HAND = (HANDED_OVER, TAKEN, CLOSED)
OPEN = (WAITING, ACCEPTED, CONTACTED, CONFIRMED, HANDED_OVER, TAKEN)

# Keys of the rulebook.
ACCEPT = "orders.accept"
CONTACT = "orders.contact"
HANDOFF = "orders.handoff"  # one book has it …
FOLLOWUP = "orders.followup"  # … the other this
TAKEOVER = "orders.takeover"
#: Not a clause's clock: the time set for the next try. `due_rule` names it so that lists can count down to it.
NEXT_TRY = "next_try"

#: The next try of a customer who was not reached may be no later than this; the book is silent on it.
NEXT_TRY_WITHIN = timedelta(hours=24)
#: Heartbeats closer together than this are one stretch of watching (the desk beats every 30 s).
WATCH_JOINS = timedelta(seconds=90)
#: How long a customer shown to somebody who does not hold the order stays shown to him.
SHOWN_FOR = timedelta(minutes=10)


def may_move(old: str, new: str) -> bool:
    """Whether the state table has the move. Staying is always allowed: other columns move then."""
    return old == new or new in MOVES.get(old, frozenset())


@dataclass(frozen=True, slots=True)
class Due:
    """Until when the next act is awaited, and by which rule."""

    at: datetime
    rule: str


def next_due(running: Mapping[str, datetime], next_try_at: datetime | None) -> Due | None:
    """The earliest of the running clocks (rule → due instant) and the next try; None when neither waits."""
    candidates = [Due(at, rule) for rule, at in running.items()]
    if next_try_at is not None:
        candidates.append(Due(next_try_at, NEXT_TRY))
    return min(candidates, key=lambda due: (due.at, due.rule), default=None)


def is_idle(*, due: Due, moved_at: datetime, allowed: timedelta, now: datetime) -> bool:
    """C7.2: the contact (or the promised next try) is overdue by `allowed`, and the holder did nothing that long."""
    return due.rule in (CONTACT, NEXT_TRY) and due.at + allowed <= now and moved_at + allowed <= now
