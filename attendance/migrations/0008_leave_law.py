"""What the database itself refuses about leave and its balances."""

from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import insert_only

LEAVE = """
CREATE FUNCTION attendance_leave_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'leave % is taken back or cancelled, never deleted', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_stays';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('requested', 'provisional')
           OR (NEW.told_at IS NULL) <> (NEW.state = 'requested') THEN
            RAISE EXCEPTION 'a leave begins by being asked for (S2a) or told (S2c)'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_begins_asked';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('requested', 'approved'), ('requested', 'rejected'), ('requested', 'withdrawn'),
        ('provisional', 'approved'), ('provisional', 'rejected'), ('provisional', 'withdrawn'),
        ('provisional', 'lapsed'), ('approved', 'cancelled')) THEN
        RAISE EXCEPTION 'leave %: no move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_move';
    END IF;
    IF (NEW.employee_id, NEW.kind, NEW.portion, NEW.starts_at, NEW.first_day, NEW.asked_at, NEW.told_at, NEW.told_to_id,
        NEW.told_what, NEW.recorded_by_id, NEW.version_id, NEW.paid, NEW.measure)
       IS DISTINCT FROM (OLD.employee_id, OLD.kind, OLD.portion, OLD.starts_at, OLD.first_day, OLD.asked_at, OLD.told_at,
        OLD.told_to_id, OLD.told_what, OLD.recorded_by_id, OLD.version_id, OLD.paid, OLD.measure) THEN
        RAISE EXCEPTION 'what leave % asked for stands', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_stays';
    END IF;
    IF NEW.ends_at > OLD.ends_at OR NEW.last_day > OLD.last_day THEN
        RAISE EXCEPTION 'leave % is not made longer: another is asked for', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_not_longer';
    END IF;
    IF NEW.ends_at < OLD.ends_at AND NOT (OLD.state IN ('approved', 'provisional') AND NEW.state = OLD.state) THEN
        RAISE EXCEPTION 'leave % is shortened by coming back only', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_stays';
    END IF;
    IF NEW.state = 'approved' AND OLD.state <> 'approved'
       AND NOT EXISTS (SELECT FROM attendance_leaveapproval a WHERE a.leave_id = NEW.id) THEN
        RAISE EXCEPTION 'leave % is approved by its chain only (S2b)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_approved_by_chain';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leave_law BEFORE INSERT OR UPDATE OR DELETE ON attendance_leave
    FOR EACH ROW EXECUTE FUNCTION attendance_leave_law();

CREATE FUNCTION attendance_approval_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM attendance_leave l JOIN approvals_run r ON r.id = NEW.run_id
        WHERE l.id = NEW.leave_id AND r.subject_type = 'leave' AND r.subject_id = l.id::text
          AND (l.employee_id, l.kind, l.starts_at) = (NEW.employee_id, NEW.kind, NEW.starts_at)
          AND l.ends_at <= NEW.ends_at) THEN
        RAISE EXCEPTION 'this approval is not about leave %', NEW.leave_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_approval_fits';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_law BEFORE INSERT ON attendance_leaveapproval
    FOR EACH ROW EXECUTE FUNCTION attendance_approval_law();

CREATE FUNCTION attendance_balance_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    has numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('attendance_balance', NEW.employee_id));
    IF NEW.sort IN ('reserve', 'expire', 'adjust') AND NEW.amount < 0 THEN
        SELECT coalesce(sum(m.amount), 0) INTO has FROM attendance_balancemovement m
        WHERE m.employee_id = NEW.employee_id AND m.kind = NEW.kind AND m.year = NEW.year;
        IF has + NEW.amount < 0 THEN
            RAISE EXCEPTION 'the balance of % would fall below nothing', NEW.kind
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'balance_not_overdrawn';
        END IF;
    END IF;
    IF NEW.leave_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM attendance_leave l
        WHERE l.id = NEW.leave_id AND l.employee_id = NEW.employee_id AND l.kind = NEW.kind) THEN
        RAISE EXCEPTION 'the movement names the leave of somebody else'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'balance_leave_fits';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER balance_law BEFORE INSERT ON attendance_balancemovement
    FOR EACH ROW EXECUTE FUNCTION attendance_balance_law();

-- Who decides in the place of whom while he is on approved leave (office.approvals asks).
CREATE OR REPLACE FUNCTION approvals_also_deputies(at timestamptz)
    RETURNS TABLE (absent_id bigint, person_id bigint) LANGUAGE sql STABLE AS $$
    SELECT l.employee_id, l.deputy_id FROM attendance_leave l
    WHERE l.state = 'approved' AND l.deputy_id IS NOT NULL AND l.starts_at <= at AND at < l.ends_at
$$;
"""

REVERSE = """
CREATE OR REPLACE FUNCTION approvals_also_deputies(at timestamptz)
    RETURNS TABLE (absent_id bigint, person_id bigint) LANGUAGE sql STABLE AS $$
    SELECT NULL::bigint, NULL::bigint WHERE false
$$;
DROP TRIGGER balance_law ON attendance_balancemovement; DROP FUNCTION attendance_balance_law();
DROP TRIGGER approval_law ON attendance_leaveapproval; DROP FUNCTION attendance_approval_law();
DROP TRIGGER leave_law ON attendance_leave; DROP FUNCTION attendance_leave_law();
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0007_leave"), ("approvals", "0004_deputies_of_desks")]

    operations = [
        *(
            insert_only(f"attendance_{table}")
            for table in ("leaveapproval", "leaveproof", "standin", "balancemovement", "priorservice")
        ),
        migrations.RunSQL(LEAVE, REVERSE),
        authorised(
            "attendance_leaveapproval",
            "attendance.leave",
            {
                "leave_id": "leave",
                "employee_id": "employee",
                "kind": "kind",
                "starts_at": "from",
                "ends_at": "until",
            },
        ),
    ]
