"""Only who was called says whether a call that was stated late was made; such a leave has lapsed from the beginning."""

from django.db import migrations

from office.audit.law import insert_only

LAW = """
CREATE FUNCTION attendance_call_word_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM attendance_leave l WHERE l.id = NEW.leave_id AND l.stated_late AND l.state = 'lapsed'
                   AND l.told_to_id = NEW.by_id) THEN
        RAISE EXCEPTION 'only who was called says whether the call of leave % was made', NEW.leave_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'call_word_fits';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER call_word_law BEFORE INSERT ON attendance_callword
    FOR EACH ROW EXECUTE FUNCTION attendance_call_word_law();

CREATE FUNCTION attendance_stated_late_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.stated_late <> OLD.stated_late OR NEW.stated_late AND NEW.state <> 'lapsed' THEN
        RAISE EXCEPTION 'leave % was stated late and has lapsed, or was not; either stands', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_stated_late_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_stated_late BEFORE UPDATE ON attendance_leave
    FOR EACH ROW EXECUTE FUNCTION attendance_stated_late_law();

CREATE FUNCTION attendance_late_slip_confirmed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM attendance_leave l WHERE l.id = NEW.leave_id AND l.stated_late AND NOT EXISTS (
               SELECT FROM attendance_callword w WHERE w.leave_id = l.id AND w.confirmed)) THEN
        RAISE EXCEPTION 'nobody confirmed the call of leave %', NEW.leave_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'late_slip_confirmed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_confirmed BEFORE INSERT ON attendance_lateslip
    FOR EACH ROW EXECUTE FUNCTION attendance_late_slip_confirmed();
"""
UNDO = """
DROP TRIGGER law_confirmed ON attendance_lateslip; DROP FUNCTION attendance_late_slip_confirmed();
DROP TRIGGER law_stated_late ON attendance_leave; DROP FUNCTION attendance_stated_late_law();
DROP TRIGGER call_word_law ON attendance_callword; DROP FUNCTION attendance_call_word_law();
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0033_late_call")]

    operations = [insert_only("attendance_callword"), migrations.RunSQL(LAW, UNDO)]
