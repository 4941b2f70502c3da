"""rotate_keys puts everything under the newest key; after that the old one is not needed."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from office import crypto
from office.audit.models import Entry, IndexKey
from orders.models import Batch, Order
from orders.selectors.customers import customer_of, find_order_ids
from tests.orders.ledger.arrange import NOW, book, booked, incoming, shop

pytestmark = pytest.mark.django_db
NEW = "n2:" + base64.b64encode(b"n" * 32).decode()


@pytest.fixture(autouse=True)
def fresh_index_key() -> Iterator[None]:
    crypto.forget_index_keys()
    yield
    crypto.forget_index_keys()


def rotate(**options: int) -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out, **options)
    return out.getvalue()


def under_old_keys() -> list[str]:
    """Tables that still hold a key wrapped under another key than the newest, whatever app they belong to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'kek' AND table_schema = 'public'"
        )
        tables = [row[0] for row in cursor.fetchall()]
        stale = []
        for table in tables:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {table} WHERE kek NOT IN ('', 'n2'))")
            if cursor.fetchone()[0]:
                stale.append(table)
    return stale


def test_after_a_rotation_only_the_new_key_is_needed(settings: Any) -> None:
    order = booked()
    book(*[incoming(f"N{i}", customer=incoming().customer) for i in range(3)])
    kek, wrapped = crypto.wrap(crypto.new_key())
    Batch.objects.create(
        shop=shop(), filename="a", created_at=NOW, erase_at=NOW, kek=kek, wrapped_key=wrapped
    )
    settings.ECDEPT_KEYS = f"{NEW},{os.environ['ECDEPT_KEYS']}"
    out = rotate(step=1)
    assert "customers 1\n" in out
    assert "imports 1\n" in out
    assert "index key 1\n" in out
    assert out.endswith("everything is under the key n2; older keys may leave ECDEPT_KEYS\n")
    assert under_old_keys() == []
    settings.ECDEPT_KEYS = NEW
    crypto.forget_index_keys()
    assert customer_of(Order.objects.get(pk=order.pk)).name == "张三丰"
    assert order.pk in find_order_ids("13812345678")
    assert book(incoming())[0].status == "duplicate"
    assert Entry.objects.filter(verb="audit.rotate_keys").count() == 1
    assert "customers 0\n" in rotate()
    assert Entry.objects.filter(verb="audit.rotate_keys").count() == 1


def test_a_missing_key_stops_the_rotation_and_is_named(settings: Any) -> None:
    booked()
    settings.ECDEPT_KEYS = NEW
    with pytest.raises(CommandError, match="the application's key"):
        rotate()


def test_the_index_key_is_made_once(settings: Any) -> None:
    crypto.mac("phone", b"1")
    wrapped = bytes(IndexKey.objects.get().wrapped)
    crypto.forget_index_keys()
    crypto.mac("phone", b"1")
    assert bytes(IndexKey.objects.get().wrapped) == wrapped
