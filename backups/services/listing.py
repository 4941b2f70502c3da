"""The list of erasures off site, within seconds of every erasure: a restore on another machine needs the newest.

What was sent last stands in the cache. Whatever else lies there may say more than ours (this is a new machine, or a
database from before): its lines are taken into our list first, so nothing that was ever promised is overwritten.
"""

from __future__ import annotations

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.cache import cache

from backups import stores
from backups.errors import Failed
from backups.rules import keeping
from backups.services import erasures
from backups.services.telling import tell_of_list

_KEY = "backups.list"
_LOOK_EVERY = timedelta(hours=6)


def send(*, now: datetime) -> bool:
    """Send the list when it has changed since, or is not there any more; whether it went. Not reached: told, and tried
    again later."""
    store, path = stores.offsite(), erasures.path()
    if store is None or not path.is_file():
        return False
    digest = stores.digest_of(path)
    known = _known()
    if known.get("sent") == [store.name, digest]:
        if not _lost(store, known, digest, now):
            return False
        known = {}  # whatever lies there now is looked at before it is written over
    wait = known.get("next")
    if wait and now < datetime.fromisoformat(wait):
        return False
    try:
        if known.get("sent") is None or known["sent"][0] != store.name:
            _take_in(store)
            digest = stores.digest_of(path)
        store.put(path, erasures.NAME, digest)
    except Failed as error:
        _not_sent(known, error, now)
        return False
    cache.set(_KEY, {"sent": [store.name, digest], "seen": now.isoformat()}, timeout=None)
    return True


def _known() -> dict[str, Any]:
    found = cache.get(_KEY)
    return found if isinstance(found, dict) else {}


def _lost(store: stores.Store, known: dict[str, Any], digest: str, now: datetime) -> bool:
    """Every few hours: whether what was sent is not there any more, or is another. Then people are told."""
    seen_at = known.get("seen")
    if seen_at and now - datetime.fromisoformat(seen_at) < _LOOK_EVERY:
        return False
    try:
        seen = store.head(erasures.NAME)
    except Failed:  # asked again a little later; of a store that is not reached the backups tell
        again = now - _LOOK_EVERY + keeping.wait_after(2)
        cache.set(_KEY, {**known, "seen": again.isoformat()}, timeout=None)
        return False
    if seen is None or seen.sha256 != digest:
        tell_of_list("backups.list_gone", "", now)
        return True
    cache.set(_KEY, {**known, "seen": now.isoformat()}, timeout=None)
    return False


def _take_in(store: stores.Store) -> None:
    """We do not know what lies there. Failed also when it is no list: then somebody has to look."""
    seen = store.head(erasures.NAME)
    if seen is None or seen.sha256 == stores.digest_of(erasures.path()):
        return
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / erasures.NAME
        store.get(erasures.NAME, there)
        erasures.take_in(there)


def _not_sent(known: dict[str, Any], error: Failed, now: datetime) -> None:
    attempts = int(known.get("attempts", 0)) + 1
    wait = (now + keeping.wait_after(attempts)).isoformat()
    cache.set(_KEY, {**known, "attempts": attempts, "next": wait}, timeout=None)
    if attempts == 1 or attempts % 5 == 0:
        tell_of_list("backups.list_unsent", str(error), now)
