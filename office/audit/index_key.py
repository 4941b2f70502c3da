"""The store of the index key (office.crypto): one random key per database, wrapped under the application's key."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from office import crypto
from office.audit.models import IndexKey

PURPOSE = "index"


def load() -> bytes:
    """This database's index key, made now if it has none. crypto.Unreadable when its application key is missing."""
    row = IndexKey.objects.filter(purpose=PURPOSE).first()
    if row is None:
        kek, wrapped = crypto.wrap(crypto.new_key())
        with transaction.atomic(), connection.cursor() as cursor:
            # Two processes may come here at once: the first one's key is everybody's.
            cursor.execute(
                "INSERT INTO audit_indexkey (purpose, wrapped, kek, created_at) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (purpose) DO NOTHING",
                [PURPOSE, wrapped, kek, timezone.now()],
            )
        row = IndexKey.objects.get(purpose=PURPOSE)
    return crypto.unwrap(row.kek, row.wrapped)


def make(**_: Any) -> None:
    """post_migrate: so that the key exists before two workers need it."""
    if IndexKey._meta.db_table not in connection.introspection.table_names():
        return  # this app is not migrated yet
    crypto.forget_index_key()
    load()


def reseal(limit: int) -> int:
    """A step of `rotate_keys`."""
    with transaction.atomic():
        stale = IndexKey.objects.select_for_update().exclude(kek=crypto.newest_key_id())[:limit]
        for row in stale:
            row.kek, row.wrapped = crypto.rewrap(row.kek, row.wrapped)
            row.save(update_fields=["kek", "wrapped"])
        return len(stale)
