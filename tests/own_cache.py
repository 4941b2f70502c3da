"""The cache of this worker: the server is everybody's, and `cache.clear()` would empty it for all of them."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache


def forget() -> None:
    """What this worker's tests have left in the cache is gone."""
    kept: Any = cache
    client = kept._cache.get_client(None, write=True)
    mine = list(client.scan_iter(match=f"{kept.key_prefix}:*", count=1000))
    if mine:
        client.delete(*mine)
