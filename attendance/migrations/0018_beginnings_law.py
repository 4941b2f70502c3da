"""What the database refuses besides: things that begin in the middle, and things taken back that stay taken back."""

from django.db import migrations

LAW = """
CREATE FUNCTION attendance_case_begins() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.statement <> '' OR NEW.reply_due_at <= NEW.opened_at THEN
            RAISE EXCEPTION 'a case begins open, and the person has time to answer'
                USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'case_begins_open';
        END IF;
    ELSIF OLD.statement <> '' AND (NEW.statement = '' OR NEW.statement_at < OLD.statement_at) THEN
        RAISE EXCEPTION 'what the person of case % answered is not taken away', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'case_answer_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_begins BEFORE INSERT OR UPDATE ON attendance_case
    FOR EACH ROW EXECUTE FUNCTION attendance_case_begins();

CREATE FUNCTION attendance_swap_begins() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.state <> 'asked' OR NEW.run_id IS NOT NULL THEN
        RAISE EXCEPTION 'a swap begins by being asked for, and stays'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'swap_begins_asked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_begins BEFORE INSERT OR DELETE ON attendance_swap
    FOR EACH ROW EXECUTE FUNCTION attendance_swap_begins();

CREATE FUNCTION attendance_deputy_agreed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'who stands in during leave % was agreed to', OLD.id
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'leave_deputy_agreed';
END $$;
CREATE TRIGGER law_deputy BEFORE UPDATE ON attendance_leave
    FOR EACH ROW WHEN (OLD.state NOT IN ('requested', 'provisional')
                       AND (NEW.deputy_id, NEW.deputy_by_id) IS DISTINCT FROM (OLD.deputy_id, OLD.deputy_by_id))
    EXECUTE FUNCTION attendance_deputy_agreed();

CREATE FUNCTION attendance_kpi_table_stays() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a published table of key figures stays as it is'
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
              CONSTRAINT = 'attendance_kpi_published';
END $$;
CREATE TRIGGER law_published BEFORE UPDATE OR DELETE ON attendance_kpitable
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION attendance_kpi_table_stays();

CREATE FUNCTION attendance_wage_stays() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- A rotation of keys seals the same amount anew.
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'sealed' = to_jsonb(NEW) - 'sealed' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a wage that was entered stays; another one is entered after it'
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'attendance_wage_stays';
END $$;
CREATE TRIGGER law_stays BEFORE UPDATE OR DELETE ON attendance_wagebase
    FOR EACH ROW EXECUTE FUNCTION attendance_wage_stays();

CREATE FUNCTION attendance_key_revoked() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a secret address that was taken back stays so'
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'roster_key_revoked';
END $$;
CREATE TRIGGER law_revoked BEFORE UPDATE ON attendance_rosterkey
    FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL
                       OR (NEW.employee_id, NEW.digest) IS DISTINCT FROM (OLD.employee_id, OLD.digest))
    EXECUTE FUNCTION attendance_key_revoked();

CREATE FUNCTION attendance_month_over() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.closed_at < (NEW.month + interval '1 month') AT TIME ZONE 'Asia/Shanghai' THEN
        RAISE EXCEPTION 'a month is closed when it is over'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'attendance_month_ends';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_month_over BEFORE INSERT ON attendance_monthclose
    FOR EACH ROW EXECUTE FUNCTION attendance_month_over();

CREATE FUNCTION attendance_vacancy_agreed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state <> 'asked'
       OR TG_OP = 'UPDATE' AND NEW.state = 'open' AND OLD.state <> 'open' AND NOT EXISTS (
            SELECT FROM approvals_run r WHERE r.kind = 'hiring.vacancy' AND r.subject_type = 'vacancy'
            AND r.subject_id = NEW.id::text AND r.state IN ('agreed', 'executed')) THEN
        RAISE EXCEPTION 'people are looked for when it was agreed to'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'vacancy_agreed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_agreed BEFORE INSERT OR UPDATE ON attendance_vacancy
    FOR EACH ROW EXECUTE FUNCTION attendance_vacancy_agreed();

CREATE FUNCTION attendance_hired_agreed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM attendance_engagement e
                   WHERE e.candidate_id = NEW.id AND e.employee_id = NEW.employee_id) THEN
        RAISE EXCEPTION 'nobody agreed to take candidate %', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'candidate_hired_agreed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_hired BEFORE INSERT OR UPDATE ON attendance_candidate
    FOR EACH ROW WHEN (NEW.stage = 'hired') EXECUTE FUNCTION attendance_hired_agreed();
"""
TRIGGERS = (
    ("law_begins", "case", "case_begins"),
    ("law_begins", "swap", "swap_begins"),
    ("law_deputy", "leave", "deputy_agreed"),
    ("law_published", "kpitable", "kpi_table_stays"),
    ("law_stays", "wagebase", "wage_stays"),
    ("law_revoked", "rosterkey", "key_revoked"),
    ("law_month_over", "monthclose", "month_over"),
    ("law_agreed", "vacancy", "vacancy_agreed"),
    ("law_hired", "candidate", "hired_agreed"),
)
UNDO = "".join(
    f"DROP TRIGGER {trigger} ON attendance_{table}; DROP FUNCTION attendance_{function}();"
    for trigger, table, function in TRIGGERS
)


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0016_rota_sort"),
        ("attendance", "0017_fine_of_the_book"),
        ("approvals", "0004_deputies_of_desks"),
    ]

    operations = [migrations.RunSQL(LAW, UNDO)]
