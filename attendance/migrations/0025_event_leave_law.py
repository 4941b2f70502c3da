"""Accounts of one event; a leave that nobody proved lapses only when somebody decided so."""

from django.db import migrations

from office.audit.law import insert_only

LEAVE = """
CREATE OR REPLACE FUNCTION attendance_leave_law() RETURNS trigger LANGUAGE plpgsql
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
        ('provisional', 'lapsed'), ('approved', 'cancelled'), ('approved', 'lapsed')) THEN
        RAISE EXCEPTION 'leave %: no move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_move';
    END IF;
    IF (NEW.employee_id, NEW.asked_at, NEW.told_at, NEW.told_to_id, NEW.told_what, NEW.recorded_by_id, NEW.version_id)
       IS DISTINCT FROM (OLD.employee_id, OLD.asked_at, OLD.told_at, OLD.told_to_id, OLD.told_what, OLD.recorded_by_id,
        OLD.version_id) THEN
        RAISE EXCEPTION 'who asked for leave % or told it, and when, stands', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_stays';
    END IF;
    IF NEW.state = 'lapsed' AND OLD.state = 'provisional' AND NEW.slip_at IS NOT NULL THEN
        RAISE EXCEPTION 'the slip of leave % is there', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_lapsed_no_slip';
    END IF;
    IF NEW.state = 'lapsed' AND OLD.state = 'approved' AND NOT EXISTS (
        SELECT FROM attendance_proofruling p WHERE p.leave_id = NEW.id AND NOT p.accepted) THEN
        RAISE EXCEPTION 'leave % was agreed to: only somebody who decides that it is not proven lets it lapse', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_unproven_by_somebody';
    END IF;
    -- Given back by the deciders it may be changed, to be asked again: what was asked before is in the papers.
    IF OLD.state = NEW.state AND OLD.state IN ('requested', 'provisional') AND EXISTS (
        SELECT FROM approvals_run r WHERE r.kind = 'attendance.leave' AND r.subject_type = 'leave'
        AND r.subject_id = OLD.id::text AND r.state = 'returned') THEN
        RETURN NEW;
    END IF;
    IF (NEW.kind, NEW.portion, NEW.starts_at, NEW.first_day, NEW.paid, NEW.measure)
       IS DISTINCT FROM (OLD.kind, OLD.portion, OLD.starts_at, OLD.first_day, OLD.paid, OLD.measure) THEN
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
"""
LEAVE_BEFORE = """
CREATE OR REPLACE FUNCTION attendance_leave_law() RETURNS trigger LANGUAGE plpgsql
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
    IF (NEW.employee_id, NEW.asked_at, NEW.told_at, NEW.told_to_id, NEW.told_what, NEW.recorded_by_id, NEW.version_id)
       IS DISTINCT FROM (OLD.employee_id, OLD.asked_at, OLD.told_at, OLD.told_to_id, OLD.told_what, OLD.recorded_by_id,
        OLD.version_id) THEN
        RAISE EXCEPTION 'who asked for leave % or told it, and when, stands', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'leave_stays';
    END IF;
    -- Given back by the deciders it may be changed, to be asked again: what was asked before is in the papers.
    IF OLD.state = NEW.state AND OLD.state IN ('requested', 'provisional') AND EXISTS (
        SELECT FROM approvals_run r WHERE r.kind = 'attendance.leave' AND r.subject_type = 'leave'
        AND r.subject_id = OLD.id::text AND r.state = 'returned') THEN
        RETURN NEW;
    END IF;
    IF (NEW.kind, NEW.portion, NEW.starts_at, NEW.first_day, NEW.paid, NEW.measure)
       IS DISTINCT FROM (OLD.kind, OLD.portion, OLD.starts_at, OLD.first_day, OLD.paid, OLD.measure) THEN
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
"""
BALANCE = """
CREATE OR REPLACE FUNCTION attendance_balance_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    has numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('attendance_balance', NEW.employee_id));
    IF NEW.sort IN ('reserve', 'expire', 'adjust') AND NEW.amount < 0 THEN
        SELECT coalesce(sum(m.amount), 0) INTO has FROM attendance_balancemovement m
        WHERE m.employee_id = NEW.employee_id AND m.kind = NEW.kind AND m.year = NEW.year
          AND m.event_on IS NOT DISTINCT FROM NEW.event_on;
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
"""
BALANCE_BEFORE = """
CREATE OR REPLACE FUNCTION attendance_balance_law() RETURNS trigger LANGUAGE plpgsql
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
"""
RULING = """
CREATE FUNCTION attendance_proof_ruling_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM attendance_leave l WHERE l.id = NEW.leave_id AND l.state = 'approved'
                   AND l.employee_id <> NEW.by_id AND l.proof_due_at <= NEW.at) THEN
        RAISE EXCEPTION 'nothing is to be decided about a document of leave %, or not by this person', NEW.leave_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'proof_ruling_fits';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proof_ruling_law BEFORE INSERT ON attendance_proofruling
    FOR EACH ROW EXECUTE FUNCTION attendance_proof_ruling_law();
"""
RULING_UNDO = """
DROP TRIGGER proof_ruling_law ON attendance_proofruling; DROP FUNCTION attendance_proof_ruling_law();
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0024_event_leave")]

    operations = [
        insert_only("attendance_proofruling"),
        migrations.RunSQL(LEAVE, LEAVE_BEFORE),
        migrations.RunSQL(BALANCE, BALANCE_BEFORE),
        migrations.RunSQL(RULING, RULING_UNDO),
    ]
