"""The store of the index key (office.crypto): one random key per database, wrapped under the application's key; and its
replacement, in which no process ever misses a hash.

1. `announce`: a second key is made. Every process hears of it within crypto.INDEX_KEYS_TRUSTED and looks for hashes
   under both, but still writes under the first.
2. `exchange`: the second becomes the key of now, the first is retired. Again every process hears of it in time; until
   then some write under the one and some under the other, and all find both.
3. `walk`: batch by batch, the hashes under the retired key are made anew. How far it came is kept with the retired key.
4. `finish`: the retired key is destroyed.

Each step finds out from the table where it stands, so the whole may be stopped and started again anywhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from office import crypto
from office.audit import api as audit
from office.audit.models import IndexKey
from office.subjects import Subject

CURRENT, ANNOUNCED, RETIRED = IndexKey.Role.CURRENT, IndexKey.Role.ANNOUNCED, IndexKey.Role.RETIRED
#: Advisory lock of whoever rebuilds the hashes.
LOCK = 7_311_905_002


def load() -> crypto.IndexKeys:
    """This database's index keys, one made now if it has none. crypto.Unreadable without their application key."""
    rows = {row.purpose: row for row in IndexKey.objects.all()}
    if CURRENT not in rows:
        kek, wrapped = crypto.wrap(crypto.new_key())
        with transaction.atomic(), connection.cursor() as cursor:
            # Two processes may come here at once: the first one's key is everybody's.
            cursor.execute(
                "INSERT INTO audit_indexkey (purpose, wrapped, kek, created_at, progress) VALUES (%s, %s, %s, %s, '{}')"
                " ON CONFLICT (purpose) DO NOTHING",
                [CURRENT.value, wrapped, kek, timezone.now()],
            )
        rows = {row.purpose: row for row in IndexKey.objects.all()}
    other = rows.get(RETIRED) or rows.get(ANNOUNCED)
    now = rows[CURRENT]
    return crypto.IndexKeys(
        crypto.unwrap(now.kek, now.wrapped), crypto.unwrap(other.kek, other.wrapped) if other else None
    )


def make(**_: Any) -> None:
    """post_migrate: so that the key exists before two workers need it."""
    with connection.cursor() as cursor:
        if IndexKey._meta.db_table not in connection.introspection.table_names(cursor):
            return  # this app is not migrated yet
        columns = connection.introspection.get_table_description(cursor, IndexKey._meta.db_table)
    if "progress" not in {column.name for column in columns}:
        return  # not far enough
    crypto.forget_index_keys()
    load()


def reseal(limit: int) -> int:
    """A step of `rotate_keys`."""
    with transaction.atomic():
        stale = IndexKey.objects.select_for_update().exclude(kek=crypto.newest_key_id())[:limit]
        for row in stale:
            row.kek, row.wrapped = crypto.rewrap(row.kek, row.wrapped)
            row.save(update_fields=["kek", "wrapped"])
        return len(stale)


def announce(*, now: dt.datetime) -> dt.datetime:
    """A second key, unless one is there. Returns since when it is announced, or the first is retired."""
    with transaction.atomic():
        load()
        row = IndexKey.objects.select_for_update().exclude(purpose=CURRENT).first()
        if row is None:
            kek, wrapped = crypto.wrap(crypto.new_key())
            row = IndexKey.objects.create(
                purpose=ANNOUNCED, wrapped=wrapped, kek=kek, created_at=now, since=now
            )
            audit.record("audit.reindex_begun", subject=_subject(), by=None, now=now, clause="C13.5")
    crypto.forget_index_keys()
    return row.since or row.created_at


def exchange(*, now: dt.datetime) -> dt.datetime:
    """The announced key becomes the key of now, unless it is already. Returns since when the first one is retired."""
    with transaction.atomic():
        rows = {row.purpose: row for row in IndexKey.objects.select_for_update().order_by("purpose")}
        if ANNOUNCED in rows:
            IndexKey.objects.filter(purpose=CURRENT).update(purpose=RETIRED, since=now, progress={})
            IndexKey.objects.filter(purpose=ANNOUNCED).update(purpose=CURRENT, since=now)
            rows[RETIRED] = IndexKey.objects.get(purpose=RETIRED)
    crypto.forget_index_keys()
    return rows[RETIRED].since or now


def walk(limit: int) -> Generator[tuple[str, int], None, None]:
    """Makes anew what is under the retired key, up to `limit` things per transaction, from where the last walk was
    stopped; yields (kind, how many were changed) after each. crypto.Unreadable when an application key is missing."""
    for name, reindexer in sorted(crypto.reindexers.items()):
        while True:
            with transaction.atomic():
                retired = IndexKey.objects.select_for_update().get(purpose=RETIRED)
                last, changed = reindexer.step(retired.progress.get(name, 0), limit)
                if last is not None:
                    retired.progress[name] = last
                    retired.save(update_fields=["progress"])
            yield name, changed
            if last is None:
                break


def finish(*, done: dict[str, int], now: dt.datetime) -> None:
    """Destroys the retired key. `done` says how many of each kind were made anew in the last run."""
    with transaction.atomic():
        IndexKey.objects.filter(purpose=RETIRED).delete()
        audit.record(
            "audit.reindexed", subject=_subject(), by=None, now=now, data={"done": done}, clause="C13.5"
        )
    crypto.forget_index_keys()


def _subject() -> Subject:
    return Subject("key", "index", "index")
