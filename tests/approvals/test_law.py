"""`law.authorised`: a desk's insert-only rows are what an agreed run says, as often as it says it, or name a clause."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import environ
import psycopg2
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from office.approvals import api as approvals
from office.approvals import law
from office.approvals.models import Run
from tests.approvals.cast import NOW, Shelf, ask, everybody, toy_book, toys
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = """CREATE TABLE toy_prices (id bigserial PRIMARY KEY, run_id bigint, authority_clause text NOT NULL DEFAULT '',
           sku text NOT NULL, price numeric(14, 2), starts_at timestamptz, shop text)"""
ROWS = [
    {"sku": "A", "price": "12.5", "starts": "2026-12-01T00:00:00+08:00"},
    {"sku": "B", "price": "3.00", "starts": None},
    {"sku": "C", "price": "4.00", "starts": None},
]


def owner(*statements: str) -> None:
    parts = environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"])
    own = psycopg2.connect(
        dbname=settings.DATABASES["default"]["NAME"],
        user=parts["USER"],
        password=parts["PASSWORD"],
        host=parts["HOST"].replace("%2F", "/").replace("%2f", "/"),
        port=parts["PORT"] or None,
    )
    with own, own.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    own.close()


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    operation = law.authorised(
        "toy_prices",
        "toy.price",
        {"sku": "sku", "price": "price", "starts_at": "starts"},
        rows=True,
        whole={"shop": "shop.code"},
        clauses=["C11.2b"],
    )
    assert isinstance(operation.sql, str)
    owner(TABLE, operation.sql, "GRANT SELECT, INSERT ON toy_prices TO ecdept_app",
          "GRANT USAGE ON SEQUENCE toy_prices_id_seq TO ecdept_app")  # fmt: skip
    toy_book()
    everybody()
    try:
        with toys() as found:
            yield found
    finally:
        connection.close()
        owner("DROP TABLE toy_prices", "DROP FUNCTION toy_prices_authorised()")


def insert(*rows: tuple[Any, ...]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for row in rows:
            cursor.execute(
                "INSERT INTO toy_prices (run_id, authority_clause, sku, price, starts_at, shop)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                row,
            )


def agreed(refuse: tuple[int, ...] = ()) -> Run:
    run = ask(payload={"rows": ROWS, "shop": {"code": "TM01"}})
    return approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW, refuse_rows=refuse)


def test_only_what_was_agreed_gets_in(shelf: Shelf) -> None:
    waiting = ask(payload={"rows": ROWS, "shop": {"code": "TM01"}})
    good = (waiting.pk, "", "A", "12.50", "2026-11-30 16:00+00", "TM01")
    with pytest.raises(IntegrityError, match="not what run"):
        insert(good)
    approvals.approve(run_id=waiting.pk, by=person("chen_manager"), now=NOW, refuse_rows=[2])
    insert(good)
    for wrong in (
        good,  # a second time
        (waiting.pk, "", "A", "12.51", "2026-11-30 16:00+00", "TM01"),
        (waiting.pk, "", "B", "3.00", "2026-11-30 16:00+00", "TM01"),
        (waiting.pk, "", "B", "3.00", None, "JD01"),
        (waiting.pk, "", "C", "4.00", None, "TM01"),  # the refused row
        (waiting.pk + 1000, "", "B", "3.00", None, "TM01"),
    ):
        with pytest.raises(IntegrityError, match="not what run"):
            insert(wrong)
    insert((waiting.pk, "", "B", "3", None, "TM01"))


def test_another_kinds_run_is_no_authority(shelf: Shelf) -> None:
    run = ask("toy.either", payload={"rows": ROWS, "shop": {"code": "TM01"}})
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    with pytest.raises(IntegrityError, match="not what run"):
        insert((run.pk, "", "B", "3.00", None, "TM01"))


def test_a_clause_that_acts_by_itself_is_an_authority_and_no_other(shelf: Shelf) -> None:
    run = agreed()
    insert((None, "C11.2b", "Z", None, None, None))
    for wrong in (
        (None, "C11.3", "Z", None, None, None),
        (None, "", "Z", None, None, None),
        (run.pk, "C11.2b", "B", "3.00", None, "TM01"),
    ):
        with pytest.raises(IntegrityError, match="names neither"):
            insert(wrong)


def test_names_that_are_none_are_refused_before_any_sql() -> None:
    for table, columns in (
        ("toy; DROP", {"a": "b"}),
        ("toy", {"a": "b'c"}),
        ("toy", {"A b": "c"}),
        ("toy", {}),
    ):
        with pytest.raises(ValueError, match="not names"):
            law.authorised(table, "toy.price", columns)
