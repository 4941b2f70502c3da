from django.db import migrations

from office.approvals.law import authorised, executed
from office.audit.law import insert_only

INSERT_ONLY = (
    "headcountfigure",
    "jobdescription",
    "payscale",
    "candidatenote",
    "examscore",
    "engagement",
    "postchange",
    "reviewscore",
)

REVIEW_SQL = """
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
CREATE TRIGGER law_closed BEFORE UPDATE OR DELETE ON attendance_review
    FOR EACH ROW EXECUTE FUNCTION attendance_review_closed();
CREATE OR REPLACE FUNCTION attendance_kpi_published() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM attendance_kpitable t
               WHERE t.id = coalesce(NEW.table_id, OLD.table_id) AND t.published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a published table of key figures stays as it is'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'attendance_kpi_published';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER law_published BEFORE INSERT OR UPDATE OR DELETE ON attendance_kpi
    FOR EACH ROW EXECUTE FUNCTION attendance_kpi_published();
"""


class Migration(migrations.Migration):
    """What was agreed, scored or closed in hiring and reviews stands."""

    dependencies = [("attendance", "0009_hiring"), ("approvals", "0004_deputies_of_desks")]

    operations = [
        *(insert_only(f"attendance_{name}") for name in INSERT_ONLY),
        authorised(
            "attendance_headcountfigure",
            "hiring.headcount",
            {"position": "position", "planned": "planned"},
            rows=True,
        ),
        authorised(
            "attendance_engagement",
            "hiring.trial",
            {
                "candidate_id": "candidate",
                "number": "number",
                "position": "position",
                "starts_on": "starts_on",
            },
        ),
        authorised(
            "attendance_postchange",
            "hiring.change_of_post",
            {
                "employee_id": "employee",
                "change": "change",
                "before": "before",
                "after": "after",
                "starts_on": "starts_on",
            },
        ),
        executed("attendance_engagement"),
        executed("attendance_postchange"),
        migrations.RunSQL(
            sql=REVIEW_SQL,
            reverse_sql="DROP TRIGGER law_closed ON attendance_review; DROP FUNCTION attendance_review_closed();"
            "DROP TRIGGER law_published ON attendance_kpi; DROP FUNCTION attendance_kpi_published();",
        ),
    ]
