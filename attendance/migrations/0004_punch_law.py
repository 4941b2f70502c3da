from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import FUNCTION_SQL, insert_only

PUNCH_SQL = (
    FUNCTION_SQL
    + """
CREATE OR REPLACE FUNCTION attendance_punch_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('attendance.erasing', true) = 'on'
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a punch is never edited; what is wrong is corrected beside it (S2d)'
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'law_insert_only';
END $$;
CREATE TRIGGER law_insert_only BEFORE UPDATE OR DELETE ON attendance_punch
    FOR EACH ROW EXECUTE FUNCTION attendance_punch_law();
CREATE TRIGGER law_insert_only_truncate BEFORE TRUNCATE ON attendance_punch
    FOR EACH STATEMENT EXECUTE FUNCTION law_refuse();

-- The only way out: runs as the owner, takes what is old and settled, and nothing younger than sixty days whoever asks.
CREATE OR REPLACE FUNCTION attendance_erase_punches(older_than timestamptz, most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    IF older_than > now() - interval '60 days' THEN
        RAISE EXCEPTION 'punches of the last sixty days are not erased'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'attendance_erase_punches';
    END IF;
    PERFORM set_config('attendance.erasing', 'on', true);
    WITH old AS (
        SELECT p.id FROM attendance_punch p
        WHERE p.at < older_than
          AND NOT EXISTS (SELECT FROM attendance_unsettled u WHERE u.employee_id = p.employee_id
                          AND u.day BETWEEN (p.at AT TIME ZONE 'Asia/Shanghai')::date - 1
                                        AND (p.at AT TIME ZONE 'Asia/Shanghai')::date + 1)
          AND EXISTS (SELECT FROM attendance_settledday d WHERE d.employee_id = p.employee_id
                      AND d.day BETWEEN (p.at AT TIME ZONE 'Asia/Shanghai')::date - 1
                                    AND (p.at AT TIME ZONE 'Asia/Shanghai')::date + 1)
        ORDER BY p.at LIMIT most
    )
    DELETE FROM attendance_punch p USING old WHERE p.id = old.id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM set_config('attendance.erasing', 'off', true);
    RETURN gone;
END $$;
"""
)
PUNCH_UNDO = """
DROP FUNCTION attendance_erase_punches(timestamptz, integer);
DROP TRIGGER law_insert_only ON attendance_punch;
DROP TRIGGER law_insert_only_truncate ON attendance_punch;
DROP FUNCTION attendance_punch_law();
"""

MONTH_SQL = """
CREATE OR REPLACE FUNCTION attendance_days_open() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('attendance.months', 0));
    IF EXISTS (SELECT FROM fresh d JOIN attendance_monthclose m ON m.month = date_trunc('month', d.day)::date) THEN
        RAISE EXCEPTION 'a day of a closed month stays as it is; what became known later is entered in an open month'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_month_closed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER law_month_open AFTER INSERT ON attendance_settledday
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION attendance_days_open();

CREATE OR REPLACE FUNCTION attendance_adjusts() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('attendance.months', 0));
    IF EXISTS (SELECT FROM attendance_monthclose m WHERE m.month = NEW.month)
       OR NOT EXISTS (SELECT FROM attendance_monthclose m WHERE m.month = date_trunc('month', NEW.day)::date) THEN
        RAISE EXCEPTION 'a correcting entry is of a closed month and stands in an open one'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_adjusts';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_adjusts BEFORE INSERT ON attendance_adjustment
    FOR EACH ROW EXECUTE FUNCTION attendance_adjusts();

CREATE OR REPLACE FUNCTION attendance_lines_open() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('attendance.months', 0));
    -- A rotation of keys seals the same amounts anew; the digest of the closed month is over what they say.
    IF TG_OP = 'UPDATE' AND OLD.sealed IS NOT NULL AND NEW.sealed IS NOT NULL
       AND to_jsonb(OLD) - 'sealed' = to_jsonb(NEW) - 'sealed' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR EXISTS (SELECT FROM attendance_monthclose m WHERE m.month = NEW.month)
       OR (TG_OP = 'UPDATE' AND (OLD.employee_id, OLD.day, OLD.month) <> (NEW.employee_id, NEW.day, NEW.month)) THEN
        RAISE EXCEPTION 'the wage lines of a closed month stay as they are'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_month_closed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_month_open BEFORE INSERT OR UPDATE OR DELETE ON attendance_wageline
    FOR EACH ROW EXECUTE FUNCTION attendance_lines_open();

CREATE OR REPLACE FUNCTION attendance_month_ends() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('attendance.months', 0));
    IF EXISTS (SELECT FROM attendance_wageline l WHERE l.month = NEW.month AND l.state = 'proposed')
       OR EXISTS (SELECT FROM attendance_unsettled u WHERE date_trunc('month', u.day)::date = NEW.month) THEN
        RAISE EXCEPTION 'a month is closed when its days are settled and its wage lines decided'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_month_ends';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_month_ends BEFORE INSERT ON attendance_monthclose
    FOR EACH ROW EXECUTE FUNCTION attendance_month_ends();
"""
MONTH_UNDO = """
DROP TRIGGER law_month_ends ON attendance_monthclose; DROP FUNCTION attendance_month_ends();
DROP TRIGGER law_month_open ON attendance_wageline; DROP FUNCTION attendance_lines_open();
DROP TRIGGER law_adjusts ON attendance_adjustment; DROP FUNCTION attendance_adjusts();
DROP TRIGGER law_month_open ON attendance_settledday; DROP FUNCTION attendance_days_open();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0003_punches_months"),
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
    ]

    operations = [
        migrations.RunSQL(sql=PUNCH_SQL, reverse_sql=PUNCH_UNDO),
        insert_only("attendance_correctedpunch"),
        authorised(
            "attendance_correctedpunch",
            "attendance.correction",
            {"at": "at", "direction": "direction"},
            rows=True,
            whole={"employee_id": "employee"},
        ),
        insert_only("attendance_adjustment"),
        insert_only("attendance_monthclose"),
        migrations.RunSQL(sql=MONTH_SQL, reverse_sql=MONTH_UNDO),
    ]
