"""The bound of a fine (S4b) is what the book says that was in force when the case was opened, and no number of ours."""

from django.db import migrations, models

FINE = r"""
CREATE FUNCTION attendance_limit(rule text, moment timestamptz) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    -- The value of a limit in the book in force, else in the book that it includes.
    SELECT replace(coalesce(
        substring(v.source from pattern), substring(v.base_source from pattern)), '_', '')::numeric
    FROM rulebook_version v,
         concat('\[rules\."', replace(rule, '.', '\.'), '"\][^[]*\nvalue *= *"?([0-9][0-9._]*)') AS pattern
    WHERE v.effective @> moment
$$;

CREATE FUNCTION attendance_fine_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    bound numeric;
BEGIN
    SELECT attendance_limit('attendance.fine', c.opened_at) INTO bound
    FROM attendance_case c WHERE c.id = NEW.case_id;
    IF (NEW.fine <= bound) IS NOT TRUE THEN
        RAISE EXCEPTION 'a fine of % is above the % of the rulebook in force when case % was opened (S4b)',
            NEW.fine, coalesce(bound::text, 'nothing'), NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_fine_of_the_book';
    END IF;
    IF NEW.fine_limit <> bound THEN
        RAISE EXCEPTION 'the bound of case % is the % of the rulebook (S4b), not %', NEW.case_id, bound, NEW.fine_limit
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_fine_of_the_book';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fine_law BEFORE INSERT ON attendance_casedecision
    FOR EACH ROW EXECUTE FUNCTION attendance_fine_law();
"""
UNDO = """
DROP TRIGGER fine_law ON attendance_casedecision; DROP FUNCTION attendance_fine_law();
DROP FUNCTION attendance_limit(text, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0016_asked_again"), ("rulebook", "0004_version_run")]

    operations = [
        migrations.RemoveConstraint("casedecision", "case_fine_bounded"),
        migrations.AddConstraint(
            "casedecision",
            models.CheckConstraint(
                condition=models.Q(("fine__gte", 0), ("fine__lte", models.F("fine_limit"))),
                name="case_fine_bounded",
            ),
        ),
        migrations.RunSQL(FINE, UNDO),
    ]
