"""Answers in a case are only added to; a book without a bound of fines lets other measures be decided."""

from django.db import migrations

from office.audit.law import insert_only

#: What was answered before there was a row for it.
KNOWN = """
INSERT INTO attendance_caseanswer (case_id, turn, text, at)
SELECT id, 1, statement, statement_at FROM attendance_case WHERE statement <> '';
"""
ANSWERS = """
CREATE FUNCTION attendance_case_answered() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM attendance_caseanswer a WHERE a.case_id = NEW.id AND a.text = NEW.statement
                   AND a.at = NEW.statement_at) THEN
        RAISE EXCEPTION 'what case % says was answered is no answer of the person', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'case_answer_is_one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_answered BEFORE UPDATE ON attendance_case
    FOR EACH ROW WHEN ((NEW.statement, NEW.statement_at) IS DISTINCT FROM (OLD.statement, OLD.statement_at))
    EXECUTE FUNCTION attendance_case_answered();
"""
ANSWERS_UNDO = """
DROP TRIGGER law_answered ON attendance_case; DROP FUNCTION attendance_case_answered();
"""
FINE = """
CREATE OR REPLACE FUNCTION attendance_fine_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    bound numeric;
BEGIN
    SELECT %s INTO bound
    FROM attendance_case c WHERE c.id = NEW.case_id;
    IF (NEW.fine <= bound) IS NOT TRUE THEN
        RAISE EXCEPTION 'a fine of %% is above the %% of the rulebook in force when case %% was opened (S4b)',
            NEW.fine, coalesce(bound::text, 'nothing'), NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_fine_of_the_book';
    END IF;
    IF NEW.fine_limit <> bound THEN
        RAISE EXCEPTION 'the bound of case %% is the %% of the rulebook (S4b), not %%', NEW.case_id, bound, NEW.fine_limit
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_fine_of_the_book';
    END IF;
    RETURN NEW;
END $$;
"""
BOUND = "attendance_limit('attendance.fine', c.opened_at)"


class Migration(migrations.Migration):
    dependencies = [("attendance", "0028_case_answers"), ("rulebook", "0004_version_run")]

    operations = [
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        insert_only("attendance_caseanswer"),
        migrations.RunSQL(ANSWERS, ANSWERS_UNDO),
        migrations.RunSQL(FINE % f"coalesce({BOUND}, 0)", FINE % BOUND),
    ]
