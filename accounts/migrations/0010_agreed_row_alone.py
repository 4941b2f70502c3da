"""Of a request of many accounts the one row that is asked for is handed on, not each of them with the whole paper beside
it. The same rows count as before: those of an agreed run that were not refused (approvals_asked)."""

from django.db import migrations

AGREED = """
CREATE OR REPLACE FUNCTION accounts_agreed(run bigint, account bigint) RETURNS SETOF jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT entry.value
    FROM approvals_run r
    JOIN LATERAL (SELECT convert_from(p.payload, 'UTF8')::jsonb AS payload FROM approvals_paper p
                  WHERE p.run_id = r.id AND p.round = r.round OFFSET 0) paper ON true
    CROSS JOIN LATERAL jsonb_array_elements(paper.payload -> 'rows') WITH ORDINALITY AS entry (value, place)
    WHERE r.id = accounts_agreed.run AND r.kind IN ('accounts.change', 'accounts.import')
      AND r.state IN ('agreed', 'executed') AND entry.value ->> 'account' = accounts_agreed.account::text
      AND NOT EXISTS (SELECT FROM approvals_rowdecision d
                      JOIN approvals_vote v ON v.id = d.vote_id JOIN approvals_step s ON s.id = v.step_id
                      WHERE d.run_id = r.id AND d.round = r.round AND d.row = entry.place - 1 AND s.current)
$$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION accounts_agreed(run bigint, account bigint) RETURNS SETOF jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT asked.item FROM approvals_run r CROSS JOIN LATERAL approvals_asked(r.id, true) asked
    WHERE r.id = run AND r.kind IN ('accounts.change', 'accounts.import') AND r.state IN ('agreed', 'executed')
      AND asked.item ->> 'account' = account::text
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_grants_of_leavers"), ("approvals", "0010_paper_read_once")]

    operations = [migrations.RunSQL(AGREED, BEFORE)]
