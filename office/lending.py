"""Database connections that threads lend each other: the one used last is lent first.

Each thread of the web server has a connection of its own, and behind each stands a process of the database with caches
of its own. Work that goes round the threads finds all of them cold; the same work through one connection finds at hand
what it needs: plans, tables' descriptions, the processor's own caches.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

#: Seconds within which a connection that was used needs no asking whether it is still there.
_JUST_USED = 1.0
#: Seconds after which one that nobody needed is given up.
_IDLE = 60.0


class Lender:
    """Lends as many connections as are in use at once."""

    def __init__(self) -> None:
        self._free: list[tuple[float, BaseDatabaseWrapper]] = []
        self._guard = threading.Lock()
        self._pid = os.getpid()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Inside, `django.db.connection` of this thread is the one that is lent. Not inside a transaction."""
        own, other = connections[DEFAULT_DB_ALIAS], self._take()
        connections[DEFAULT_DB_ALIAS] = other
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = own
            self._give(other)

    def _take(self) -> BaseDatabaseWrapper:
        with self._guard:
            if self._pid != os.getpid():  # after a fork: those of the parent
                self._free, self._pid = [], os.getpid()
            used, found = self._free.pop() if self._free else (0.0, None)
        if found is None:
            found = connections.create_connection(DEFAULT_DB_ALIAS)
            found.inc_thread_sharing()
            return found
        found.close_if_unusable_or_obsolete()
        found.health_check_done = time.monotonic() - used < _JUST_USED  # type: ignore[attr-defined]  # Django's own
        return found

    def _give(self, connection: BaseDatabaseWrapper) -> None:
        now, idle = time.monotonic(), []
        with self._guard:
            self._free.append((now, connection))
            while self._free and now - self._free[0][0] > _IDLE:
                idle.append(self._free.pop(0)[1])
        for each in idle:
            each.close()
