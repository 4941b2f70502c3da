"""Statements that a connection plans once say letter for letter what they were given."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from office.statements import Insert, Statement, array_of, quoted, ready
from orders.models import CustomerIndex, Shop

pytestmark = pytest.mark.django_db
NAUGHTY = [
    "", "NULL", "null", "'", "''", '"', "\\", "\\'", "'; DROP TABLE orders_order; --", "{a,b}", "a,b", "%s %(x)s",
    "$1", "E'x'", "\\x41", "tab\tline\nreturn\r", " edges ", "床头柜 “×2”", "🙂", "\x1f", "\\\\'\"",
]  # fmt: skip
ECHO = Statement("test_echo", "SELECT %(one)s, %(many)s", {"one": "text", "many": "text[]"})


def echo(one: str, many: list[str]) -> tuple[str, list[str]]:
    with connection.cursor() as cursor:
        ready(cursor, [ECHO])
        cursor.execute(ECHO.call([one, array_of(many)]))
        row: tuple[str, list[str]] = cursor.fetchone()
    return row


@pytest.mark.parametrize("strings", ["on", "off"])
def test_every_text_comes_out_as_it_went_in(strings: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET standard_conforming_strings = {strings}")
        cursor.execute("SET escape_string_warning = off")
        try:
            for text in NAUGHTY:
                assert echo(text, [text, *NAUGHTY]) == (text, [text, *NAUGHTY])
        finally:
            cursor.execute("RESET standard_conforming_strings")


def test_a_nul_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="NUL"):
        echo("a\x00b", [])
    with pytest.raises(ValueError, match="NUL"):
        echo("a", ["\x00'); DROP TABLE orders_order; --"])


def test_rows_are_written_column_by_column_with_nulls_and_arrays() -> None:
    insert = Insert(CustomerIndex, "order_id, customer_key_id, phone, last4, grams")
    assert insert.prepare.startswith(
        "PREPARE add_orders_customerindex (bigint[], bigint[], bytea[], bytea[], text[])"
    )
    shops = Insert(
        Shop, "code, name, platform, active, restricted, currency, mapping, created_at, sealed_secret"
    )
    rows = [
        [
            quoted(f"C{n}"),
            quoted(text[:60]),
            quoted("api"),
            "t",
            "f",
            quoted("CNY"),
            quoted("{}"),
            "2026-11-23T02:00:00Z",
            "\\\\x00ff" if n % 2 else "NULL",
        ]
        for n, text in enumerate(NAUGHTY)
    ]
    with connection.cursor() as cursor:
        ready(cursor, [shops])
        cursor.execute(shops.call_for(rows))
    written = Shop.objects.order_by("pk").values_list("code", "name", "sealed_secret")
    assert [(code, name, secret and bytes(secret)) for code, name, secret in written] == [
        (f"C{n}", text, b"\x00\xff" if n % 2 else None) for n, text in enumerate(NAUGHTY)
    ]


def test_a_statement_is_prepared_once_and_outlives_a_rolled_back_transaction() -> None:
    once = Statement("test_once", "SELECT %(n)s + 1", {"n": "int"})
    with connection.cursor() as cursor:
        with transaction.atomic():
            ready(cursor, [once])
            transaction.set_rollback(True)
        ready(cursor, [once])
        cursor.execute(once.call(["41"]))
        assert cursor.fetchone() == (42,)
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = 'test_once'")
        assert cursor.fetchone() == (1,)
