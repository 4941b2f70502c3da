"""The cache: Valkey, and while that does not answer, the memory of this process.

Only limits count on it: how often somebody tried to sign in or wrote to the message board, and that a code of a second
factor is used once. Passwords are guarded in the database (axes), so a lost broker must not lock the department out;
what is counted meanwhile is counted by each process for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

#: A request waits so long for Valkey, once; then nobody asks it again for a while. Seconds.
PATIENCE, AWAY = 1.0, 5.0


class Cache(RedisCache):
    """`LOCATION` is the server's address."""

    _back_at: ClassVar[float] = 0.0

    def __init__(self, server: str, params: Mapping[str, Any]) -> None:
        options = {
            "socket_timeout": PATIENCE,
            "socket_connect_timeout": PATIENCE,
            "retry": Retry(NoBackoff(), 1),  # a connection that the server closed
        }
        super().__init__(server, {**params, "OPTIONS": options})
        self._own = LocMemCache("without-the-server", dict(params))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask(super().add, self._own.add, key, value, timeout, version))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(super().get, self._own.get, key, default, version)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask(super().set, self._own.set, key, value, timeout, version)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask(super().delete, self._own.delete, key, version))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return int(self._ask(super().incr, self._own.incr, key, delta, version))

    def _ask(self, server: Callable[..., Any], own: Callable[..., Any], *arguments: Any) -> Any:
        if time.monotonic() >= Cache._back_at:
            try:
                return server(*arguments)
            except RedisError:
                Cache._back_at = time.monotonic() + AWAY
        return own(*arguments)
