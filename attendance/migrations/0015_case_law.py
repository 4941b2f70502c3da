"""What the database itself refuses about cases and about who has read the rules."""

from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import insert_only

CASES = """
CREATE FUNCTION attendance_case_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ('decided', 'closed') THEN
        RAISE EXCEPTION 'case % stands as it is', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_stays';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('open', 'proposed'), ('open', 'closed'), ('proposed', 'open'), ('proposed', 'decided')) THEN
        RAISE EXCEPTION 'case %: no move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_move';
    END IF;
    IF (NEW.employee_id, NEW.sort, NEW.clause, NEW.facts, NEW.opened_by_id, NEW.opened_at, NEW.reply_due_at)
       IS DISTINCT FROM (OLD.employee_id, OLD.sort, OLD.clause, OLD.facts, OLD.opened_by_id, OLD.opened_at,
                         OLD.reply_due_at) THEN
        RAISE EXCEPTION 'how case % began stands', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_stays';
    END IF;
    IF NEW.state = 'decided'
       AND NOT EXISTS (SELECT FROM attendance_casedecision d WHERE d.case_id = NEW.id) THEN
        RAISE EXCEPTION 'case % is decided by its chain only', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_decided_by_chain';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER case_law BEFORE UPDATE OR DELETE ON attendance_case
    FOR EACH ROW EXECUTE FUNCTION attendance_case_law();

CREATE FUNCTION attendance_decision_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM attendance_case c JOIN approvals_run r ON r.id = NEW.run_id
        WHERE c.id = NEW.case_id AND c.employee_id = NEW.employee_id
          AND r.subject_type = 'case' AND r.subject_id = c.id::text
          AND (c.statement_at IS NOT NULL OR c.reply_due_at <= NEW.at)) THEN
        RAISE EXCEPTION 'the person of case % is heard before it is decided', NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_heard_first';
    END IF;
    IF EXISTS (SELECT FROM approvals_vote v WHERE v.run_id = NEW.run_id
               AND NEW.employee_id IN (v.person_id, v.on_behalf_of_id)) THEN
        RAISE EXCEPTION 'nobody decides on his own case'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'case_not_ones_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_law BEFORE INSERT ON attendance_casedecision
    FOR EACH ROW EXECUTE FUNCTION attendance_decision_law();

CREATE FUNCTION attendance_read_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM rulebook_version v WHERE v.id = NEW.book_version_id AND v.sha256 = NEW.sha256) THEN
        RAISE EXCEPTION 'this is not the text of the version'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'acknowledged_text';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER read_law BEFORE INSERT ON attendance_acknowledgement
    FOR EACH ROW EXECUTE FUNCTION attendance_read_law();
"""

REVERSE = """
DROP TRIGGER read_law ON attendance_acknowledgement; DROP FUNCTION attendance_read_law();
DROP TRIGGER decision_law ON attendance_casedecision; DROP FUNCTION attendance_decision_law();
DROP TRIGGER case_law ON attendance_case; DROP FUNCTION attendance_case_law();
"""


class Migration(migrations.Migration):
    dependencies = [("attendance", "0014_cases"), ("approvals", "0004_deputies_of_desks")]

    operations = [
        *(
            insert_only(f"attendance_{table}")
            for table in ("caseevidence", "casefile", "casedecision", "acknowledgement")
        ),
        migrations.RunSQL(CASES, REVERSE),
        authorised(
            "attendance_casedecision",
            ["attendance.discipline", "attendance.dismissal", "attendance.absence_case"],
            {
                "case_id": "case",
                "employee_id": "employee",
                "measure": "measure",
                "fine": "fine",
                "fine_limit": "fine_limit",
                "grounds": "grounds",
            },
        ),
    ]
