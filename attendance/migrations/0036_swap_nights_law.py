"""Nights with the hotline stand in a swap as shifts do: what was asked stays, unless it was given back."""

from django.db import migrations

LAW = """
CREATE OR REPLACE FUNCTION attendance_swap_law() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.asker_id, NEW.asked_at) IS DISTINCT FROM (OLD.asker_id, OLD.asked_at)
       -- Given back by the deciders it may be changed, to be asked again: what was asked before is in the papers.
       OR ((NEW.give_id, NEW.take_id, NEW.give_night_id, NEW.take_night_id, NEW.colleague_id, NEW.reason)
           IS DISTINCT FROM
           (OLD.give_id, OLD.take_id, OLD.give_night_id, OLD.take_night_id, OLD.colleague_id, OLD.reason)
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
BEFORE = """
CREATE OR REPLACE FUNCTION attendance_swap_law() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (NEW.asker_id, NEW.asked_at) IS DISTINCT FROM (OLD.asker_id, OLD.asked_at)
       -- Given back by the deciders it may be changed, to be asked again: what was asked before is in the papers.
       OR ((NEW.give_id, NEW.take_id, NEW.colleague_id, NEW.reason)
           IS DISTINCT FROM (OLD.give_id, OLD.take_id, OLD.colleague_id, OLD.reason)
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


class Migration(migrations.Migration):
    dependencies = [("attendance", "0035_swap_nights")]

    operations = [migrations.RunSQL(LAW, BEFORE)]
