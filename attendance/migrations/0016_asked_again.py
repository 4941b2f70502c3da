"""What came back from the deciders may be changed, and nothing else: leave and swaps."""

from django.db import migrations

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
"""
SWAP = """
CREATE OR REPLACE FUNCTION attendance_swap_law() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.give_id, NEW.asker_id, NEW.asked_at) IS DISTINCT FROM (OLD.give_id, OLD.asker_id, OLD.asked_at)
       -- Given back by the deciders it may be changed, to be asked again: what was asked before is in the papers.
       OR ((NEW.take_id, NEW.colleague_id, NEW.reason) IS DISTINCT FROM (OLD.take_id, OLD.colleague_id, OLD.reason)
           AND NOT EXISTS (SELECT FROM approvals_run r WHERE r.id = OLD.run_id AND r.kind = 'attendance.swap'
                           AND r.subject_id = OLD.id::text AND r.state = 'returned'))
       OR OLD.ended_at IS NOT NULL
       OR (NEW.state = 'done' AND NOT EXISTS (
            SELECT FROM approvals_run r WHERE r.id = NEW.run_id AND r.kind = 'attendance.swap'
            AND r.subject_id = NEW.id::text AND r.state IN ('agreed', 'executed'))) THEN
        RAISE EXCEPTION 'a swap is what was asked, and done only when it was agreed to'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'attendance_swap_law';
    END IF;
    RETURN NEW;
END $$;
"""
SWAP_BEFORE = """
CREATE OR REPLACE FUNCTION attendance_swap_law() RETURNS trigger LANGUAGE plpgsql
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
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0015_case_law"), ("approvals", "0004_deputies_of_desks")]

    operations = [migrations.RunSQL(LEAVE, LEAVE_BEFORE), migrations.RunSQL(SWAP, SWAP_BEFORE)]
