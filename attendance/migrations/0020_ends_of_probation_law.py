"""Who has not passed probation leaves by the very agreement that says so; a probation is made longer by one."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("attendance.migrations.0006_leaving_law").AGREED_SQL.split("CREATE TRIGGER")[0]
AGREED = BEFORE.replace(
    "r.kind LIKE 'attendance.%'",
    "(r.kind LIKE 'attendance.%' OR r.kind = 'hiring.change_of_post' AND asked.item ->> 'change' = 'not_passed')",
)

PROBATION = """
CREATE FUNCTION attendance_probation_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'running'
       OR (NEW.employee_id, NEW.position, NEW.starts_on) IS DISTINCT FROM (OLD.employee_id, OLD.position, OLD.starts_on)
       OR NEW.ends_on <> OLD.ends_on AND NOT EXISTS (
            SELECT FROM attendance_postchange c
             WHERE c.employee_id = NEW.employee_id AND c.change = 'extension' AND c.starts_on = OLD.ends_on + 1) THEN
        RAISE EXCEPTION 'a probation stays as it was agreed to, and is made longer by agreement'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_probation_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_probation BEFORE UPDATE OR DELETE ON attendance_probation
    FOR EACH ROW EXECUTE FUNCTION attendance_probation_law();
"""
UNDO = "DROP TRIGGER law_probation ON attendance_probation; DROP FUNCTION attendance_probation_law();"


class Migration(migrations.Migration):
    dependencies = [("attendance", "0019_ends_of_probation")]

    operations = [
        migrations.RunSQL(AGREED, BEFORE),
        migrations.RunSQL(PROBATION, UNDO),
    ]
