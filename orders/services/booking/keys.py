"""Which customer's key an order goes under: one key per complete phone number, else one per order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection

from office import crypto
from orders.keys import Key, open_key
from orders.selectors.customers import phone_hash


def keys_for(identities: Iterable[bytes | None], now: dt.datetime) -> list[tuple[int, Key]]:
    """(customer key id, key) for each identity given, in that order; None always makes a new customer.

    Known customers are locked FOR SHARE until the transaction ends, so that an erasure waits and forgets the new order
    too. Two workers that meet the same new number get the same key: the second waits for the first one's row.
    """
    wanted = list(identities)
    known: dict[bytes, tuple[int, Key]] = {}
    named = sorted({identity for identity in wanted if identity is not None})
    if named:
        known = _known(named)
    fresh = [identity for identity in named if identity not in known]
    secrets: list[tuple[bytes | None, Key, str, bytes]] = []
    owners: list[bytes | None] = [*fresh, *(None for identity in wanted if identity is None)]
    for identity, secret in zip(owners, crypto.new_keys(len(owners)), strict=True):
        secrets.append((identity, Key(secret), *crypto.wrap(secret)))
    ids = _insert(secrets, now)
    lost = [
        identity
        for (identity, *_), id_ in zip(secrets, ids, strict=True)
        if id_ is None and identity is not None
    ]
    if lost:
        known |= _known(lost)
    unnamed = []
    for (identity, key, _kek, _wrapped), id_ in zip(secrets, ids, strict=True):
        if identity is None and id_ is not None:
            unnamed.append((id_, key))
        elif identity is not None and id_ is not None:
            known[identity] = (id_, key)
    rest = iter(unnamed)
    return [next(rest) if identity is None else known[identity] for identity in wanted]


# All rows that two of these could meet at are locked in one order, so that they cannot block each other in a ring.
# Where a process that had not heard of the key in time made a second customer of one phone, the older one loses it.
_MOVE = (
    "WITH given AS (SELECT * FROM unnest(%s::bytea[], %s::bytea[]) AS g (was, now)),"
    " held AS (SELECT id, identity FROM orders_customerkey WHERE identity = ANY(%s) ORDER BY id FOR UPDATE)"
    " UPDATE orders_customerkey AS c SET identity ="
    " CASE WHEN given.now IN (SELECT identity FROM held) THEN NULL ELSE given.now END"
    " FROM given JOIN held ON held.identity = given.was WHERE c.id = held.id"
)


def under_key_of_now(phones: Iterable[str]) -> tuple[str, list[Any]] | None:
    """While the keyed hashes are made anew (office.crypto): the statement that gives the customers of these complete
    phones their hash under the key of now, to run before they are looked for. None at any other time."""
    pairs = [
        (other, phone_hash(digits))
        for digits in phones
        if (other := crypto.other_mac("phone", digits.encode()))
    ]
    if not pairs:
        return None
    was, now = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return _MOVE, [was, now, was + now]


def _known(identities: list[bytes]) -> dict[bytes, tuple[int, Key]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT identity, id, kek, wrapped FROM orders_customerkey WHERE identity = ANY(%s) ORDER BY id FOR SHARE",
            [identities],
        )
        return {bytes(row[0]): (row[1], open_key(row[2], row[3])) for row in cursor.fetchall()}


def _insert(rows: list[tuple[bytes | None, Key, str, bytes]], now: dt.datetime) -> list[int | None]:
    """The new ids in the order of the rows; None where another transaction was first with the same identity."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        # Identities come sorted, so two workers insert shared ones in one order and cannot block each other in a ring.
        cursor.execute(
            "WITH given AS (SELECT nextval('orders_customerkey_id_seq') AS id, g.* FROM unnest(%s::bytea[], %s::text[],"
            " %s::bytea[]) WITH ORDINALITY AS g (identity, kek, wrapped, n)), kept AS ("
            " INSERT INTO orders_customerkey (id, identity, kek, wrapped, created_at, erased_by_name, erased_reason,"
            " erased_note)"
            " SELECT id, identity, kek, wrapped, %s, '', '', '' FROM given ORDER BY n"
            " ON CONFLICT (identity) DO NOTHING RETURNING id)"
            " SELECT kept.id FROM given LEFT JOIN kept USING (id) ORDER BY given.n",
            [[row[0] for row in rows], [row[2] for row in rows], [row[3] for row in rows], now],
        )
        return [row[0] for row in cursor.fetchall()]
