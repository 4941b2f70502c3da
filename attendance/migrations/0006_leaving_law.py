from django.db import migrations

AGREED_SQL = """
CREATE OR REPLACE FUNCTION attendance_leaving_agreed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a leaving is called off, never deleted'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_leaving_agreed';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.employee_id, NEW.reason, NEW.last_day, NEW.run_id, NEW.clause, NEW.began_at)
               IS DISTINCT FROM (OLD.employee_id, OLD.reason, OLD.last_day, OLD.run_id, OLD.clause, OLD.began_at)
           OR OLD.state <> 'running' THEN
            RAISE EXCEPTION 'a leaving stays as it was agreed to'
                USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'attendance_leaving_agreed';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM approvals_run r
        CROSS JOIN LATERAL approvals_asked(r.id, false) asked
        WHERE r.id = NEW.run_id AND r.kind LIKE 'attendance.%' AND r.state IN ('agreed', 'executed')
          AND asked.item ->> 'employee' = NEW.employee_id::text
          AND coalesce(asked.item ->> 'last_day', NEW.last_day::text) = NEW.last_day::text
    ) THEN
        RAISE EXCEPTION 'nobody agreed to this leaving'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_leaving_agreed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_agreed BEFORE INSERT OR UPDATE OR DELETE ON attendance_leaving
    FOR EACH ROW EXECUTE FUNCTION attendance_leaving_agreed();
"""


class Migration(migrations.Migration):
    """A leaving rests on an agreed run and stays as it was agreed."""

    dependencies = [("attendance", "0005_leaving"), ("approvals", "0003_activation_law")]

    operations = [
        migrations.RunSQL(
            sql=AGREED_SQL,
            reverse_sql="DROP TRIGGER law_agreed ON attendance_leaving; DROP FUNCTION attendance_leaving_agreed();",
        )
    ]
