"""Once the raw punches are erased, the settled days keep the outcome and no instant of a punch (C13.5)."""

from django.db import migrations

REDUCE = """
CREATE FUNCTION attendance_settled_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    instants CONSTANT text[] := ARRAY['facts', 'came_at', 'left_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('attendance.erasing', true) = 'on'
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
       AND to_jsonb(OLD) - instants = to_jsonb(NEW) - instants
       AND NEW.facts ? 'reduced' AND NOT NEW.facts ?| ARRAY['punches', 'stray']
       AND to_jsonb(NEW) ->> 'came_at' IS NULL AND to_jsonb(NEW) ->> 'left_at' IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on % is refused: the row is law (C7.5)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'law_insert_only';
END $$;
DROP TRIGGER law_insert_only ON attendance_settledday;
CREATE TRIGGER law_insert_only BEFORE UPDATE OR DELETE ON attendance_settledday
    FOR EACH ROW EXECUTE FUNCTION attendance_settled_law();
DROP TRIGGER law_insert_only ON attendance_adjustment;
CREATE TRIGGER law_insert_only BEFORE UPDATE OR DELETE ON attendance_adjustment
    FOR EACH ROW EXECUTE FUNCTION attendance_settled_law();

-- Which shifts and leaves it was, without any instant, and by which clause the rest went.
CREATE FUNCTION attendance_reduced(facts jsonb, clause text) RETURNS jsonb LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'leaves', (SELECT jsonb_agg(jsonb_build_array(l -> 0, l -> 1, l -> 2))
                   FROM jsonb_array_elements(facts -> 'leaves') l),
        'shifts', (SELECT jsonb_agg(jsonb_build_array(s -> 0, s -> 1))
                   FROM jsonb_array_elements(facts -> 'shifts') s),
        'waived', facts -> 'waived', 'reduced', clause))
$$;

-- Whether somebody still has to look at what the day rests on.
CREATE OR REPLACE FUNCTION attendance_day_needed(person bigint, which date) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM attendance_unsettled u WHERE u.employee_id = person
                   AND u.day BETWEEN which - 1 AND which + 1)
        OR EXISTS (SELECT FROM attendance_case c, unnest(c.days) AS d WHERE c.employee_id = person
                   AND c.state IN ('open', 'proposed') AND d BETWEEN which - 1 AND which + 1)
        OR EXISTS (SELECT FROM attendance_wageline l WHERE l.employee_id = person AND l.state = 'proposed'
                   AND l.day BETWEEN which - 1 AND which + 1)
        OR EXISTS (SELECT FROM approvals_run r WHERE r.subject_type = 'attendance_day'
                   AND r.subject_id = person || '-' || to_char(which, 'YYYYMMDD')
                   AND r.state IN ('running', 'returned', 'agreed'))
$$;

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
          AND NOT attendance_day_needed(p.employee_id, (p.at AT TIME ZONE 'Asia/Shanghai')::date)
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

-- The days of which every punch is old: a shift reaches into the day after. Answers how many settled days and how many
-- correcting entries were reduced.
CREATE FUNCTION attendance_reduce_days(older_than timestamptz, most integer, clause text)
    RETURNS TABLE (days bigint, corrections bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    until CONSTANT date := (older_than AT TIME ZONE 'Asia/Shanghai')::date - 1;
    settled bigint;
    entries bigint;
BEGIN
    IF older_than > now() - interval '60 days' THEN
        RAISE EXCEPTION 'days of the last sixty days are not reduced'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'attendance_reduce_days';
    END IF;
    PERFORM set_config('attendance.erasing', 'on', true);
    WITH old AS (
        SELECT d.id FROM attendance_settledday d
        WHERE d.day < until AND NOT d.facts ? 'reduced' AND NOT attendance_day_needed(d.employee_id, d.day)
        ORDER BY d.day LIMIT most
    )
    UPDATE attendance_settledday d
       SET facts = attendance_reduced(d.facts, attendance_reduce_days.clause), came_at = NULL, left_at = NULL
      FROM old WHERE d.id = old.id;
    GET DIAGNOSTICS settled = ROW_COUNT;
    WITH old AS (
        SELECT a.id FROM attendance_adjustment a
        WHERE a.day < until AND NOT a.facts ? 'reduced' AND NOT attendance_day_needed(a.employee_id, a.day)
        ORDER BY a.day LIMIT most
    )
    UPDATE attendance_adjustment a SET facts = attendance_reduced(a.facts, attendance_reduce_days.clause)
      FROM old WHERE a.id = old.id;
    GET DIAGNOSTICS entries = ROW_COUNT;
    PERFORM set_config('attendance.erasing', 'off', true);
    RETURN QUERY SELECT settled, entries;
END $$;
"""
UNDO = """
DROP FUNCTION attendance_reduce_days(timestamptz, integer, text);
DROP TRIGGER law_insert_only ON attendance_settledday;
CREATE TRIGGER law_insert_only BEFORE UPDATE OR DELETE ON attendance_settledday
    FOR EACH ROW EXECUTE FUNCTION law_refuse();
DROP TRIGGER law_insert_only ON attendance_adjustment;
CREATE TRIGGER law_insert_only BEFORE UPDATE OR DELETE ON attendance_adjustment
    FOR EACH ROW EXECUTE FUNCTION law_refuse();
DROP FUNCTION attendance_settled_law();
DROP FUNCTION attendance_reduced(jsonb, text);
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0021_terminal"), ("approvals", "0004_deputies_of_desks")]

    operations = [migrations.RunSQL(REDUCE, UNDO)]
