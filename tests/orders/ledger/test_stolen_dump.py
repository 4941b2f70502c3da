"""A dump of the database without the application's key shows no customer, in no spelling."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from django.db import connection

from orders.models import Order
from orders.selectors.customers import seal_for
from orders.services.erasure import erase_customer
from orders.services.events import record_event
from tests.orders.ledger.arrange import NOW, ZHANG, book, booked, incoming
from tests.people import person

pytestmark = pytest.mark.django_db

SECRETS = [
    ZHANG.name,
    ZHANG.phone,
    ZHANG.address,
    "世纪大道",
    "zhang_1",
    "请快一点",
    "门卫处",
    "李四光",
    "13711112222",
]


def spellings(secret: str) -> Iterator[str]:
    """The text itself, its hex and its base64 (any alignment), in UTF-8, UTF-16 and GB18030."""
    yield secret
    yield secret.encode("unicode_escape").decode()
    for encoding in ("utf-8", "utf-16-le", "gb18030"):
        raw = secret.encode(encoding)
        yield raw.hex()
        for shift in range(3):
            # What surrounds it changes the first and the last group of base64 only.
            yield base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")[4 if shift else 0 : -4]


def dump() -> str:
    """Every row of every table, as pg_dump would print it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        text: list[str] = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text.extend(row[0] for row in cursor.fetchall())
    return "\n".join(text)


def test_a_stolen_dump_shows_no_customer() -> None:
    order = booked(facts={"备注": "放门卫处", "收货人": ZHANG.name, "未知列": ZHANG.address})
    book(incoming(facts={"物流": "已送至世纪大道"}))
    book(incoming(customer=ZHANG.__class__("李四光", "13711112222", "北京市")))
    record_event(
        order=order, kind="after_sales", source="desk", content={"text": "张三丰来电"}, by=None, now=NOW
    )
    from orders.models import Note

    Note.objects.create(
        order=order, by=person("li_lei"), at=NOW, sealed_text=seal_for(order, "张三丰 13812345678")
    )
    found = dump()
    assert "TB1001" in found  # the dump is one
    for secret in SECRETS:
        for spelling in spellings(secret):
            assert len(spelling) < 4 or spelling not in found, secret


def test_the_phone_cannot_be_looked_up_by_plain_hashing() -> None:
    import hashlib

    booked()
    found = dump()
    for digest in ("md5", "sha1", "sha256"):
        assert hashlib.new(digest, ZHANG.phone.encode()).hexdigest()[:32] not in found


@pytest.mark.clause("C7.5")
def test_the_contract_cannot_be_guessed_without_the_customers_key() -> None:
    """The same terms show as the same only under one customer's key; once it is erased nothing compares with them."""
    first = booked()
    [again] = book(incoming(), code="JD01")
    assert bytes(Order.objects.get(pk=again.order_id or 0).terms) == bytes(first.terms)
    erase_customer(order_id=first.pk, reason="request", by=person("chen_manager"), now=NOW)
    assert bytes(booked("TB2").terms) != bytes(first.terms)
