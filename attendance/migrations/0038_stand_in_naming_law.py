"""Who stands in during a leave that was agreed to is named anew by somebody else than the two, while it lasts."""

from django.db import migrations

from office.audit.law import insert_only

LAW = """
CREATE FUNCTION attendance_stand_in_naming_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM attendance_leave l WHERE l.id = NEW.leave_id AND l.state = 'approved'
                   AND NEW.at < l.ends_at AND NEW.by_id <> l.employee_id
                   AND NEW.deputy_id IS DISTINCT FROM l.employee_id) THEN
        RAISE EXCEPTION 'of leave % nobody names a stand-in like this', NEW.leave_id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'stand_in_naming_fits';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER naming_law BEFORE INSERT ON attendance_standinnaming
    FOR EACH ROW EXECUTE FUNCTION attendance_stand_in_naming_law();

CREATE OR REPLACE FUNCTION attendance_deputy_agreed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state = 'approved' AND NEW.state = 'approved' AND EXISTS (
        SELECT FROM attendance_standinnaming n
        WHERE n.leave_id = OLD.id AND n.deputy_id IS NOT DISTINCT FROM NEW.deputy_id
          AND (NEW.deputy_id IS NULL OR n.by_id = NEW.deputy_by_id)
          AND n.id = (SELECT max(m.id) FROM attendance_standinnaming m WHERE m.leave_id = OLD.id)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'who stands in during leave % was agreed to', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'leave_deputy_agreed';
END $$;
"""
UNDO = """
CREATE OR REPLACE FUNCTION attendance_deputy_agreed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'who stands in during leave % was agreed to', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'leave_deputy_agreed';
END $$;
DROP TRIGGER naming_law ON attendance_standinnaming; DROP FUNCTION attendance_stand_in_naming_law();
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0037_stand_in_naming")]

    operations = [insert_only("attendance_standinnaming"), migrations.RunSQL(LAW, UNDO)]
