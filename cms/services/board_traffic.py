"""How many messages may come in an hour: from one address by the form, from one website by its signed door. The cache
holds a keyed hash of whose they are for that hour, and nothing else of it."""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache

from cms.services import board
from office import crypto

HOUR = 3600


def address_waits(network: str, now: datetime) -> bool:
    """Counts a message of the form; true when it is one too many."""
    return _counted(network) > board.limit("per_hour", now)


def sender_waits(sender_id: int, now: datetime) -> bool:
    """Counts a signed message of a website; true when it is one too many. A book that an older release put in force
    names no such number, and then every signed message is taken as before."""
    try:
        most = board.limit("sender_per_hour", now)
    except KeyError:
        return False
    return _counted(f"sender:{sender_id}") > most


def _counted(whose: str) -> int:
    """How many came in this hour, with this one."""
    key = f"board:{crypto.mac('board-address', whose.encode()).hex()[:32]}"
    cache.add(key, 0, HOUR)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ended between the two
        return 1
