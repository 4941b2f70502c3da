"""The clauses of a version that are not its own are the library's, word for word, with its terms in place of the braces
(P6): a wording that was altered by hand would need nobody's agreement. A revision of the library is in the trail.

`_library.toml` is the library as it ships with this migration. A release that ships another wording puts the function
in the place of itself; a test compares the two."""

from __future__ import annotations

import tomllib
from pathlib import Path

from django.db import migrations

SHIPPED = Path(__file__).with_name("_library.toml")


def shipped(path: Path = SHIPPED) -> str:
    """The function that knows the library as this file has it."""

    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    rows = ",\n        ".join(
        f"({n}, {quoted(each['id'])}, {quoted(each['title'])}, {quoted(each['text'])})"
        for n, each in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["clauses"], 1)
    )
    return f"""
CREATE OR REPLACE FUNCTION contracts_shipped_clauses() RETURNS TABLE (n integer, id text, title text, body text)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    VALUES
        {rows}
$$;
"""


REFUSED = (
    "USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_p6'"
)

LAW = f"""
-- contracts/rules/wording.py, `said`: a term as the paper says it.
CREATE FUNCTION contracts_term_said(name text, value text) RETURNS text LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE
        WHEN name IN ('deposit_percent', 'withhold_percent') THEN trim_scale(value::numeric) || '%'
        WHEN name = 'settlement' THEN CASE value WHEN 'monthly_30' THEN '月结' WHEN 'on_shipment' THEN '余款于发货前付清' END
        WHEN name = 'report_standard' THEN CASE value
            WHEN 'national' THEN '国家标准，无国家标准的执行企业标准' WHEN 'enterprise' THEN '企业标准' END
        WHEN name = 'partial_delivery' THEN CASE value WHEN 'true' THEN '允许分批交货' ELSE '不得分批交货' END
        WHEN name = 'warehouse' THEN value
        ELSE value || CASE name WHEN 'balance_days' THEN '天' WHEN 'return_days' THEN '日' WHEN 'deemed_days' THEN '日'
            WHEN 'penalty_months' THEN '个月' WHEN 'rectification_hours' THEN '小时' WHEN 'reports_per_step' THEN '份' END
    END
$$;
-- The clauses of the library as a contract with these terms says them, as they are kept.
CREATE FUNCTION contracts_library_says(terms jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    clause record; term record; words text; found jsonb := '[]';
BEGIN
    FOR clause IN
        SELECT s.id, coalesce(r.title, s.title) AS title, coalesce(r.text, s.body) AS body
        FROM contracts_shipped_clauses() s
        LEFT JOIN LATERAL (SELECT t.title, t.text FROM contracts_clausetext t WHERE t.clause_id = s.id
                           ORDER BY t.n DESC LIMIT 1) r ON true
        ORDER BY s.n
    LOOP
        words := clause.body;
        -- The place of delivery last: nobody else's braces stand in what is filled in.
        FOR term IN SELECT e.key, e.value FROM jsonb_each_text(terms) e ORDER BY e.key = 'warehouse' LOOP
            words := replace(words, '{{' || term.key || '}}', contracts_term_said(term.key, term.value));
        END LOOP;
        found := found || jsonb_build_object('id', clause.id, 'title', clause.title, 'text', words);
    END LOOP;
    RETURN found;
END $$;

CREATE FUNCTION contracts_version_clauses() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT coalesce(jsonb_agg(c.said ORDER BY c.n), '[]') FROM jsonb_array_elements(NEW.clauses)
            WITH ORDINALITY AS c (said, n) WHERE c.said ->> 'id' NOT LIKE 'X%')
        IS DISTINCT FROM contracts_library_says(NEW.terms)
       OR EXISTS (SELECT FROM jsonb_array_elements(NEW.clauses) c WHERE c ->> 'id' IS NULL) THEN
        RAISE EXCEPTION 'a clause under a name of the library says what the library says (P6)' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_library BEFORE INSERT ON contracts_contractversion
    FOR EACH ROW EXECUTE FUNCTION contracts_version_clauses();

CREATE FUNCTION contracts_clausetext_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.n <> coalesce((SELECT max(t.n) FROM contracts_clausetext t WHERE t.clause_id = NEW.clause_id), 0) + 1
       OR NOT EXISTS (SELECT FROM contracts_shipped_clauses() s WHERE s.id = NEW.clause_id) THEN
        RAISE EXCEPTION 'a revision follows the last one of a clause of the library (P6)' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_follows BEFORE INSERT ON contracts_clausetext
    FOR EACH ROW EXECUTE FUNCTION contracts_clausetext_law();

-- Looked at when the transaction ends.
CREATE FUNCTION contracts_clausetext_trail() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit_entry e WHERE e.subject_type = 'clause_text' AND e.subject_id = NEW.clause_id
                   AND e.verb = 'contracts.revise_clause' AND e.at = NEW.at AND e.actor_id = NEW.by_id) THEN
        RAISE EXCEPTION 'a revision of the library is in the trail, at its time (P6)' {REFUSED};
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_trail AFTER INSERT ON contracts_clausetext
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_clausetext_trail();
"""
UNDO = """
DROP TRIGGER law_trail ON contracts_clausetext; DROP FUNCTION contracts_clausetext_trail();
DROP TRIGGER law_follows ON contracts_clausetext; DROP FUNCTION contracts_clausetext_law();
DROP TRIGGER law_library ON contracts_contractversion; DROP FUNCTION contracts_version_clauses();
DROP FUNCTION contracts_library_says(jsonb); DROP FUNCTION contracts_term_said(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0035_read_from_the_book"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(shipped(), "DROP FUNCTION contracts_shipped_clauses();"),
        migrations.RunSQL(LAW, UNDO),
    ]
