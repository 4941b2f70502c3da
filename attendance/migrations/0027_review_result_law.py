"""A review is closed by its chain only (J1.7), and nobody decides on his own."""

from django.db import migrations

LAW = """
CREATE OR REPLACE FUNCTION attendance_review_closed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state = 'closed' OR TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a review that is closed stays as it is'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_review_closed';
    END IF;
    IF NEW.state = 'closed' AND NOT EXISTS (
        SELECT FROM approvals_run r WHERE r.kind = 'hiring.review_result' AND r.subject_type = 'review'
        AND r.subject_id = OLD.id::text AND r.state IN ('agreed', 'executed')
        AND NOT EXISTS (SELECT FROM approvals_vote v WHERE v.run_id = r.id
                        AND OLD.employee_id IN (v.person_id, v.on_behalf_of_id))) THEN
        RAISE EXCEPTION 'a review is closed by its chain only'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_review_by_chain';
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION attendance_review_closed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state = 'closed' OR TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a review that is closed stays as it is'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_review_closed';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0026_review_result"), ("approvals", "0004_deputies_of_desks")]

    operations = [migrations.RunSQL(LAW, BEFORE)]
