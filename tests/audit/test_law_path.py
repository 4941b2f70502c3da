"""A session's temporary tables never stand before those of the law."""

from __future__ import annotations

import contextlib

import psycopg2
import pytest
from django.db import connection, connections, transaction
from django.db.utils import ProgrammingError

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C7.5")]


def test_every_trigger_function_has_a_fixed_search_path() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = 'public' AND p.prorettype = 'trigger'::regtype"
            " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
            " AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, public, pg_temp']"
        )
        assert cursor.fetchall() == []
        cursor.execute("SELECT count(*) FROM pg_proc WHERE proname = 'orders_progress_begin'")
        assert cursor.fetchone() == (1,)


def test_the_application_makes_no_temporary_tables() -> None:
    with pytest.raises(ProgrammingError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE orders_order (id bigint)")
    assert isinstance(refused.value.__cause__, psycopg2.errors.InsufficientPrivilege)


def test_rows_that_a_trigger_judges_are_written_by_who_sees_what_others_commit() -> None:
    """A trigger that waits for its lock would else look at what was there before it waited."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid"
            " AND NOT g.tgisinternal AND g.tgname <> 'law_insert_only' AND g.tgtype & 1 = 1 AND g.tgtype & 20 <> 0)"
            " AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname = 'law_sees_now')"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    "table",
    ["orders_order", "orders_orderline", "orders_orderevent", "audit_entry", "audit_seal", "audit_incident"],
)
def test_the_application_may_read_and_add_and_nothing_else(table: str) -> None:
    """Whatever became of the triggers: the login does not hold the right."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, pg_has_role(current_user, (SELECT tableowner FROM pg_tables"
                       " WHERE tablename = %s)::name, 'MEMBER')", [table])  # fmt: skip
        assert cursor.fetchone() == ("ecdept_app", False)
        cursor.execute(
            "SELECT array_agg(word) FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER'])"
            " word WHERE has_table_privilege(%s, word) OR (word <> 'DELETE' AND word <> 'TRUNCATE'"
            " AND word <> 'TRIGGER' AND has_any_column_privilege(%s, word))",
            [table, table],
        )
        assert cursor.fetchone() == (["SELECT", "INSERT"],)


def test_a_trail_that_is_refused_itself_is_not_recorded_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a database whose making was stopped before the application got its rights."""
    tried = []

    def incident(*_: object, **__: object) -> None:
        tried.append(1)
        with contextlib.closing(connections.create_connection("default")) as own, own.cursor() as cursor:
            cursor.execute("UPDATE audit_incident SET kind = 'x'")

    monkeypatch.setattr("office.audit.watch.incident", incident)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET verb = 'x'")
    assert tried == [1]
