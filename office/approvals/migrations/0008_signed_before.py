"""Once a rulebook was signed, none takes force without a signature any more (C14)."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION approvals_activation_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.activated_by_id IS NOT NULL OR NEW.run_id IS NOT NULL%s) AND NOT EXISTS (
        SELECT FROM approvals_run r CROSS JOIN LATERAL approvals_asked(r.id, false) asked
        WHERE r.id = NEW.run_id AND r.kind = 'rulebook.activation' AND r.state IN ('agreed', 'executed')
          AND asked.item ->> 'book' = NEW.book AND asked.item ->> 'sha256' = NEW.sha256
          AND (asked.item ->> 'from')::timestamptz = lower(NEW.effective)) THEN
        PERFORM approvals_refuse('rulebook_activation', 'this rulebook was not signed by an approval');
    END IF;
    RETURN NEW;
END $$;
"""
SIGNED = """
        OR EXISTS (SELECT FROM rulebook_version v WHERE v.run_id IS NOT NULL)"""


class Migration(migrations.Migration):
    dependencies = [("approvals", "0007_rows_asked_anew")]
    operations = [migrations.RunSQL(FUNCTION % SIGNED, FUNCTION % "")]
