from django.db import migrations

from office.audit.law import insert_only

LAW = """
-- What a shift, a night of the hotline or a declaration says stays; drafts may go, the others are published once and
-- taken out once.
CREATE FUNCTION attendance_roster_law() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    loose text[] := ARRAY['published_at', 'removed_at', 'removed_by_id', 'removed_reason'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF TG_TABLE_NAME = 'attendance_restwaiver' OR (to_jsonb(OLD) ->> 'published_at') IS NOT NULL THEN
            RAISE EXCEPTION 'what was published is taken out, not deleted' USING ERRCODE = 'integrity_constraint_violation',
                TABLE = TG_TABLE_NAME, CONSTRAINT = 'attendance_roster_law';
        END IF;
        RETURN OLD;
    END IF;
    IF (to_jsonb(OLD) - loose) IS DISTINCT FROM (to_jsonb(NEW) - loose) THEN
        RAISE EXCEPTION 'what it says stays: take it out and add another' USING ERRCODE = 'integrity_constraint_violation',
            TABLE = TG_TABLE_NAME, CONSTRAINT = 'attendance_roster_law';
    END IF;
    IF OLD.removed_at IS NOT NULL THEN
        RAISE EXCEPTION 'it was taken out already' USING ERRCODE = 'integrity_constraint_violation',
            TABLE = TG_TABLE_NAME, CONSTRAINT = 'attendance_roster_law';
    END IF;
    IF (to_jsonb(OLD) ->> 'published_at') IS NOT NULL
       AND (to_jsonb(OLD) ->> 'published_at') IS DISTINCT FROM (to_jsonb(NEW) ->> 'published_at') THEN
        RAISE EXCEPTION 'it was published already' USING ERRCODE = 'integrity_constraint_violation',
            TABLE = TG_TABLE_NAME, CONSTRAINT = 'attendance_roster_law';
    END IF;
    RETURN NEW;
END $$;
"""
TABLES = ("attendance_shift", "attendance_hotlinespan", "attendance_restwaiver")

SWAP = """
-- Who swaps which shifts stays; a swap that has ended stays ended.
CREATE FUNCTION attendance_swap_law() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.give_id, NEW.take_id, NEW.asker_id, NEW.colleague_id, NEW.reason, NEW.asked_at)
       IS DISTINCT FROM (OLD.give_id, OLD.take_id, OLD.asker_id, OLD.colleague_id, OLD.reason, OLD.asked_at)
       OR OLD.ended_at IS NOT NULL
       OR (NEW.state = 'done' AND NOT EXISTS (
            SELECT FROM approvals_run r WHERE r.id = NEW.run_id AND r.kind = 'attendance.swap'
            AND r.subject_id = NEW.id::text AND r.state IN ('agreed', 'executed'))) THEN
        RAISE EXCEPTION 'a swap is what was asked, and done only when it was agreed to'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'attendance_swap_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_swap BEFORE UPDATE ON attendance_swap FOR EACH ROW EXECUTE FUNCTION attendance_swap_law();
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0012_roster"), ("approvals", "0003_activation_law")]

    operations = [
        insert_only("attendance_publication"),
        migrations.RunSQL(LAW, "DROP FUNCTION attendance_roster_law();"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER law_roster BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
                " EXECUTE FUNCTION attendance_roster_law();",
                f"DROP TRIGGER law_roster ON {table};",
            )
            for table in TABLES
        ),
        migrations.RunSQL(
            SWAP, "DROP TRIGGER law_swap ON attendance_swap; DROP FUNCTION attendance_swap_law();"
        ),
    ]
