"""Law triggers and grants: what the database itself refuses.

`insert_only(table)` gives the SQL of a migration that refuses row UPDATE and DELETE and statement TRUNCATE on a table.
After each migration run the owner grants the application login what it may do: everything on ordinary tables, SELECT
and INSERT only on tables that carry the law trigger; and has each table whose rows a trigger judges refuse transactions
that do not see what others have committed meanwhile. Plain SQL, because a trigger library's can be switched off by any
session.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections, migrations

TRIGGER = "law_insert_only"

FUNCTION_SQL = """
CREATE OR REPLACE FUNCTION law_refuse() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the row is law (C7.5)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'law_insert_only';
END $$;
"""


def fixed_path(*functions: str) -> migrations.RunSQL:
    """The migration operation that lets trigger functions ("name()") see the tables of this database only: a session's
    temporary table of the same name would otherwise stand before the real one."""
    return migrations.RunSQL(
        sql="".join(
            f"ALTER FUNCTION {each} SET search_path = pg_catalog, public, pg_temp;" for each in functions
        ),
        reverse_sql="".join(f"ALTER FUNCTION {each} RESET search_path;" for each in functions),
    )


def insert_only(table: str) -> migrations.RunSQL:
    """The migration operation that makes `table` insert-only for every role but a superuser who disables triggers."""
    return migrations.RunSQL(
        sql=f"""
        {FUNCTION_SQL}
        CREATE TRIGGER {TRIGGER} BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION law_refuse();
        CREATE TRIGGER {TRIGGER}_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION law_refuse();
        """,
        reverse_sql=f"DROP TRIGGER {TRIGGER} ON {table}; DROP TRIGGER {TRIGGER}_truncate ON {table};",
    )


GRANTS_SQL = """
DO $$
DECLARE t record;
BEGIN
    IF current_user = 'ecdept_app' OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ecdept_app') THEN
        RETURN;
    END IF;
    -- The application needs no tables of its own session, which could stand before those of the law.
    IF EXISTS (SELECT FROM pg_database WHERE datname = current_database()
               AND pg_get_userbyid(datdba) = current_user) THEN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    END IF;
    GRANT USAGE ON SCHEMA public TO ecdept_app;
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ecdept_app;
    FOR t IN
        SELECT c.oid, c.relname,
               EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname = 'law_insert_only') AS law
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_get_userbyid(c.relowner) = current_user
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM ecdept_app', t.relname);
        IF t.relname = 'django_migrations' THEN
            EXECUTE format('GRANT SELECT ON %I TO ecdept_app', t.relname);
        ELSIF t.law THEN
            EXECUTE format('GRANT SELECT, INSERT ON %I TO ecdept_app', t.relname);
            IF t.relname = 'audit_entry' AND current_setting('server_version_num')::int >= 170000 THEN
                -- The sealer locks the trail when an era opens. The right changes no row.
                EXECUTE format('GRANT MAINTAIN ON %I TO ecdept_app', t.relname);
            END IF;
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO ecdept_app', t.relname);
        END IF;
    END LOOP;
END $$;
"""


#: A trigger that waits for its lock and then reads looks, in REPEATABLE READ, at what was there before it waited: two
#: transactions would each take all of one invoice, or of what is left of a payable.
SEES_NOW_SQL = """
DO $$
DECLARE t record;
BEGIN
    IF NOT has_schema_privilege('public', 'CREATE') THEN
        RETURN;
    END IF;
    CREATE OR REPLACE FUNCTION law_sees_now() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $f$
    BEGIN
        IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
            RAISE EXCEPTION '% on % is refused: the transaction does not see what others commit (READ COMMITTED does)',
                TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'law_sees_now';
        END IF;
        RETURN NULL;
    END $f$;
    FOR t IN
        SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND pg_get_userbyid(c.relowner) = current_user
          AND EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal
                      AND g.tgname NOT IN ('law_insert_only', 'law_sees_now')
                      AND g.tgtype & 1 = 1 AND g.tgtype & (4 | 16) <> 0)  -- each row, INSERT or UPDATE
          AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname = 'law_sees_now')
    LOOP
        EXECUTE format('CREATE TRIGGER law_sees_now BEFORE INSERT OR UPDATE ON %I'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION law_sees_now()', t.relname);
    END LOOP;
END $$;
"""


def grant(app_config: AppConfig, using: str, **_: Any) -> None:
    """post_migrate of the audit app: sent after all migrations of a run."""
    with connections[using].cursor() as cursor:
        cursor.execute(SEES_NOW_SQL)
        cursor.execute(GRANTS_SQL)
