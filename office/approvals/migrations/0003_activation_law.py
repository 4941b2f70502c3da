"""A rulebook that a person put in force, or that names a run, is what the general manager signed (C14)."""

from django.db import migrations

SQL = """
CREATE FUNCTION approvals_activation_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.activated_by_id IS NOT NULL OR NEW.run_id IS NOT NULL) AND NOT EXISTS (
        SELECT FROM approvals_run r CROSS JOIN LATERAL approvals_asked(r.id, false) asked
        WHERE r.id = NEW.run_id AND r.kind = 'rulebook.activation' AND r.state IN ('agreed', 'executed')
          AND asked.item ->> 'book' = NEW.book AND asked.item ->> 'sha256' = NEW.sha256
          AND (asked.item ->> 'from')::timestamptz = lower(NEW.effective)) THEN
        PERFORM approvals_refuse('rulebook_activation', 'this rulebook was not signed by an approval');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER activation_law BEFORE INSERT ON rulebook_version
    FOR EACH ROW EXECUTE FUNCTION approvals_activation_law();
"""
REVERSE = """
DROP TRIGGER activation_law ON rulebook_version;
DROP FUNCTION approvals_activation_law();
"""


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_law"), ("rulebook", "0004_version_run")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
