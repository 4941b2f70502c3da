"""A session's temporary tables never stand before those of the law."""

from __future__ import annotations

import psycopg2
import pytest
from django.db import connection, transaction
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
