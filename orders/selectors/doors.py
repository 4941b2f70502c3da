"""The shops as the doors for machines know them: read once, trusted only while the database says they are unchanged.

Every message must be judged by the shops and secrets as they are now, in whichever process they were changed, and yet
not ask for them each time. So a process remembers the shops with a *mark* of the table, and the transaction that books
compares the mark. When it differs, nothing is booked and the message is judged anew. Whatever the remembered shops
would refuse is also judged anew before it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection

from orders.models import Shop

#: Platforms whose webhooks have a door of their own; every other shop sends through the API.
HOOK_PLATFORMS = (Shop.Platform.SHOPIFY, Shop.Platform.WOOCOMMERCE)

#: Differs as soon as any shop is made, changed or gone: every version of a row has its own transaction and place.
MARK_SQL = "(SELECT coalesce(sum(hashtextextended(xmin::text || ctid::text, id)), 0)::text FROM orders_shop)"
_FIELDS = [field.attname for field in Shop._meta.concrete_fields if field.attname != "mapping"]
_READ = f"SELECT {MARK_SQL}, {', '.join(_FIELDS)} FROM orders_shop WHERE active ORDER BY id"  # noqa: S608  own names


class ShopsChanged(Exception):
    """The shops are not what they were when the message was judged. Nothing was done."""


class Doors(NamedTuple):
    """All active shops, without their mapping. `mark` is None when they were read for this very message."""

    mark: str | None
    shops: tuple[Shop, ...]

    def by_code(self, code: str) -> Shop | None:
        return next((shop for shop in self.shops if shop.code == code), None)

    def hooks(self, platform: str) -> list[Shop]:
        """Shops of a platform that have a secret, by id."""
        return [shop for shop in self.shops if shop.platform == platform and shop.sealed_secret]

    def api(self) -> list[Shop]:
        """Shops that may send through the API and have a secret, by id."""
        return [shop for shop in self.shops if shop.platform not in HOOK_PLATFORMS and shop.sealed_secret]


_remembered: Doors | None = None


def doors_now() -> Doors:
    """The shops as the database has them now."""
    global _remembered
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        rows = cursor.fetchall()
    shops = tuple(Shop.from_db(connection.alias, _FIELDS, row[1:]) for row in rows)
    _remembered = Doors(rows[0][0], shops) if rows else None
    return Doors(None, shops)


def doors() -> Iterator[Doors]:
    """By which to judge a message: the remembered shops, and when those will not do the shops as they are now."""
    if _remembered is not None:
        yield _remembered
    yield doors_now()


def check_mark(mark: str | None) -> None:
    """Raises ShopsChanged."""
    if mark is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {MARK_SQL}")
        if cursor.fetchone()[0] != mark:
            raise ShopsChanged
