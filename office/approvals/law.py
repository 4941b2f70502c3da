"""What the database refuses by itself: rows of desks that nobody agreed to.

`authorised(...)` is an operation of a desk's migration. The desk's insert-only table has two columns, `run_id` (a
foreign key or a bigint, null) and `authority_clause` (text, "" when a run is named). A row is accepted when it names

- a run of one of the kinds that is agreed or executed, and equals what the run's paper asks for: the payload itself,
  or one of the payload's rows that was not refused (`rows=True`), each as often as the payload has it, or
- one of the clauses that act by themselves, such as C11.2b for a stock of zero.

Columns are compared as values of their own types: "12.50" in the payload and numeric 12.5 in the row are equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from django.db import migrations

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_WORD = re.compile(r"[A-Za-z0-9_.]+")

ROWS_SQL = """
CREATE OR REPLACE FUNCTION approvals_asked(run bigint, by_rows boolean)
    RETURNS TABLE (item jsonb, whole jsonb) LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT one.item, paper.payload
    FROM approvals_run r
    JOIN LATERAL (SELECT convert_from(p.payload, 'UTF8')::jsonb AS payload FROM approvals_paper p
                  -- OFFSET 0: the paper is read once, not anew for each of its rows.
                  WHERE p.run_id = r.id AND p.round = r.round OFFSET 0) paper ON true
    JOIN LATERAL (
        SELECT paper.payload AS item, 0::bigint AS place WHERE NOT by_rows
        UNION ALL
        SELECT entry.value, entry.place - 1
        FROM jsonb_array_elements(CASE WHEN by_rows THEN paper.payload -> 'rows' END)
             WITH ORDINALITY AS entry (value, place)
    ) one ON true
    WHERE r.id = run
      AND NOT EXISTS (SELECT FROM approvals_rowdecision d
                      JOIN approvals_vote v ON v.id = d.vote_id JOIN approvals_step s ON s.id = v.step_id
                      WHERE by_rows AND d.run_id = r.id AND d.round = r.round AND d.row = one.place AND s.current)
$$;
"""


def authorised(
    table: str,
    kinds: str | Sequence[str],
    columns: Mapping[str, str],
    *,
    rows: bool = False,
    whole: Mapping[str, str] | None = None,
    clauses: Sequence[str] = (),
    run_column: str = "run_id",
    clause_column: str = "authority_clause",
) -> migrations.RunSQL:
    """The migration operation that lets into `table` only what was agreed.

    `columns`: {column: path in the payload, or in one of its rows when `rows`}, a path's parts joined by dots ("price",
    "period.from"). `whole`: with `rows`, {column: path in the payload itself} for what all rows share. `clauses`: the
    clauses that a row may name in place of a run. The migration depends on the latest of approvals.
    """
    names = [table, run_column, clause_column, *columns, *(whole or {})]
    words = [*([kinds] if isinstance(kinds, str) else kinds), *clauses]
    paths = [part for path in [*columns.values(), *(whole or {}).values()] for part in path.split(".")]
    wrong = [name for name in names if not _NAME.fullmatch(name)]
    wrong += [word for word in [*words, *paths] if not _WORD.fullmatch(word)]
    if wrong or not columns:
        raise ValueError(f"not names of columns, kinds, clauses or paths: {wrong}")
    kind_list = _array([kinds] if isinstance(kinds, str) else kinds)
    pairs = [(column, f"asked.item #> {_array(path.split('.'))}") for column, path in columns.items()]
    pairs += [(column, f"asked.whole #> {_array(path.split('.'))}") for column, path in (whole or {}).items()]
    built = ", ".join(f"'{column}', {value}" for column, value in pairs)
    wanted = ", ".join(f"want.{column}" for column, _value in pairs)
    given = ", ".join(f"given.{column}" for column, _value in pairs)
    function = f"{table}_authorised"
    return migrations.RunSQL(
        sql=f"""
        {ROWS_SQL}
        CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public, pg_temp AS $$
        DECLARE
            wrong text;
        BEGIN
            SELECT given.{clause_column} INTO wrong FROM fresh given
            WHERE (given.{run_column} IS NULL) = (coalesce(given.{clause_column}, '') = '')
               OR (given.{run_column} IS NULL AND given.{clause_column} <> ALL ({_array(clauses)}))
            LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'a row of {table} names neither an agreed run nor a clause that acts by itself'
                    USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                          CONSTRAINT = '{function}';
            END IF;
            WITH named AS MATERIALIZED (
                SELECT DISTINCT {run_column} AS run FROM fresh WHERE {run_column} IS NOT NULL
            ), allowed AS MATERIALIZED (
                SELECT named.run, jsonb_build_array({wanted}) AS facts, count(*) AS times
                FROM named
                JOIN approvals_run r ON r.id = named.run AND r.kind = ANY ({kind_list})
                     AND r.state IN ('agreed', 'executed')
                CROSS JOIN LATERAL approvals_asked(named.run, {str(rows).lower()}) asked
                CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, jsonb_build_object({built})) want
                GROUP BY 1, 2
            ), present AS MATERIALIZED (
                SELECT given.{run_column} AS run, jsonb_build_array({given}) AS facts, count(*) AS times
                FROM {table} given JOIN named ON named.run = given.{run_column}
                GROUP BY 1, 2
            )
            SELECT present.run::text INTO wrong
            FROM present LEFT JOIN allowed ON allowed.run = present.run AND allowed.facts = present.facts
            WHERE allowed.run IS NULL OR present.times > allowed.times
            LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'a row of {table} is not what run % agreed to', wrong
                    USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                          CONSTRAINT = '{function}';
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER law_authorised AFTER INSERT ON {table}
            REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {function}();
        """,  # noqa: S608 - every name and word has been checked above
        reverse_sql=f"DROP TRIGGER law_authorised ON {table}; DROP FUNCTION {function}();",
    )


def executed(table: str, *, run_column: str = "run_id") -> migrations.RunSQL:
    """The migration operation that refuses rows whose run is not carried out yet: for what only the named executor
    brings about. Beside `authorised`, which lets in what is agreed to."""
    wrong = [name for name in (table, run_column) if not _NAME.fullmatch(name)]
    if wrong:
        raise ValueError(f"not names of a table and a column: {wrong}")
    function = f"{table}_executed"
    return migrations.RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            IF EXISTS (SELECT FROM approvals_run r WHERE r.id = NEW.{run_column} AND r.state <> 'executed') THEN
                RAISE EXCEPTION 'a row of {table} comes when its run is carried out'
                    USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                          CONSTRAINT = '{function}';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER law_executed BEFORE INSERT ON {table}
            FOR EACH ROW WHEN (NEW.{run_column} IS NOT NULL) EXECUTE FUNCTION {function}();
        """,
        reverse_sql=f"DROP TRIGGER law_executed ON {table}; DROP FUNCTION {function}();",
    )


def dated(table: str, *, run_column: str = "run_id", at_column: str = "at") -> migrations.RunSQL:
    """The migration operation that refuses rows whose time is not that at which their run was carried out, so that
    nothing is dated back to before anybody agreed. Beside `executed`."""
    wrong = [name for name in (table, run_column, at_column) if not _NAME.fullmatch(name)]
    if wrong:
        raise ValueError(f"not names of a table and its columns: {wrong}")
    function = f"{table}_dated"
    return migrations.RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, public, pg_temp AS $$
        BEGIN
            IF EXISTS (SELECT FROM approvals_run r
                       WHERE r.id = NEW.{run_column} AND r.executed_at <> NEW.{at_column}) THEN
                RAISE EXCEPTION 'a row of {table} is dated when its run was carried out'
                    USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                          CONSTRAINT = '{function}';
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER law_dated BEFORE INSERT ON {table}
            FOR EACH ROW WHEN (NEW.{run_column} IS NOT NULL) EXECUTE FUNCTION {function}();
        """,
        reverse_sql=f"DROP TRIGGER law_dated ON {table}; DROP FUNCTION {function}();",
    )


def _array(words: Sequence[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in words) + "]::text[]"
