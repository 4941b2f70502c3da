"""What the database itself refuses at the supplier's door and of complaints.

A visit needs a code of the same link that was just used and never ran out, and a link that is neither over nor ended; it
is never made longer. A code that ran out, was tried too often or is used up is never taken. A complaint moves only on
what its rows say: decided by a decision, answered by the answer to the newest decision, closed by the customer's yes
(P3.5). It is charged once, and what the newest decision says. A dispute goes to court only after talking (P4).
"""

from django.db import migrations

from office.audit.law import insert_only

LAW = """
CREATE FUNCTION contracts_visit_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a visit stays on record'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_visit_law';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.link_id, OLD.code_id, OLD.digest, OLD.at, OLD.expires_at)
            IS DISTINCT FROM (NEW.link_id, NEW.code_id, NEW.digest, NEW.at, NEW.expires_at)
            OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at) THEN
            RAISE EXCEPTION 'a visit is ended, and nothing else of it changes'
                USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'contracts_visit_law';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM contracts_doorcode c JOIN contracts_doorlink l ON l.id = c.link_id
        WHERE c.id = NEW.code_id AND l.id = NEW.link_id AND c.used_at = NEW.at AND c.used_at <= c.expires_at
          AND NEW.at < l.expires_at AND NEW.expires_at <= l.expires_at
          AND NOT EXISTS (SELECT FROM contracts_doorend e WHERE e.link_id = l.id)
    ) THEN
        RAISE EXCEPTION 'the door opens for a link in force and its code'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_visit_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_visit BEFORE INSERT OR UPDATE OR DELETE ON contracts_doorvisit
    FOR EACH ROW EXECUTE FUNCTION contracts_visit_law();

CREATE FUNCTION contracts_code_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (OLD.link_id, OLD.way, OLD.digest, OLD.at, OLD.expires_at, OLD.by_id)
            IS DISTINCT FROM (NEW.link_id, NEW.way, NEW.digest, NEW.at, NEW.expires_at, NEW.by_id)
        OR NEW.tries < OLD.tries OR OLD.used_at IS NOT NULL THEN
        RAISE EXCEPTION 'a code is counted and used up, and nothing else of it changes'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_code_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_code BEFORE UPDATE OR DELETE ON contracts_doorcode
    FOR EACH ROW EXECUTE FUNCTION contracts_code_law();

CREATE FUNCTION contracts_complaint_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE good boolean;
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'INSERT' AND NEW.state <> 'filed' THEN
        RAISE EXCEPTION 'a complaint begins as filed and stays on record'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'contracts_complaint_law';
    END IF;
    IF TG_OP = 'INSERT' OR NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    good := CASE OLD.state || '>' || NEW.state
        WHEN 'filed>withdrawn' THEN true
        WHEN 'filed>decided' THEN EXISTS (SELECT FROM contracts_complaintdecision d WHERE d.complaint_id = NEW.id)
        WHEN 'decided>answered' THEN EXISTS (
            SELECT FROM contracts_complaintanswer a
            WHERE a.decision_id = (SELECT d.id FROM contracts_complaintdecision d
                                   WHERE d.complaint_id = NEW.id ORDER BY d.n DESC LIMIT 1))
        WHEN 'answered>decided' THEN NOT EXISTS (
            SELECT FROM contracts_complaintanswer a
            WHERE a.decision_id = (SELECT d.id FROM contracts_complaintdecision d
                                   WHERE d.complaint_id = NEW.id ORDER BY d.n DESC LIMIT 1))
        WHEN 'decided>closed' THEN contracts_customer_accepts(NEW.id)
        WHEN 'answered>closed' THEN contracts_customer_accepts(NEW.id)
        ELSE false
    END;
    IF NOT good THEN
        RAISE EXCEPTION 'complaint % does not go from % to % (P5, P3.5)', NEW.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'contracts_complaint_law';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION contracts_customer_accepts(complaint bigint) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((SELECT w.accepted FROM contracts_complaintword w
                     WHERE w.complaint_id = complaint ORDER BY w.id DESC LIMIT 1), false)
$$;
CREATE TRIGGER law_moves BEFORE INSERT OR UPDATE OR DELETE ON contracts_complaint
    FOR EACH ROW EXECUTE FUNCTION contracts_complaint_law();

CREATE FUNCTION contracts_charge_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM contracts_complaintdecision d
        WHERE d.id = NEW.decision_id AND d.complaint_id = NEW.complaint_id AND d.charge = NEW.amount AND d.charge > 0
          AND d.n = (SELECT max(x.n) FROM contracts_complaintdecision x WHERE x.complaint_id = NEW.complaint_id)
    ) THEN
        RAISE EXCEPTION 'a complaint is charged as its newest decision says (P5)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'contracts_charge_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_charge BEFORE INSERT ON contracts_complaintcharge
    FOR EACH ROW EXECUTE FUNCTION contracts_charge_law();

CREATE FUNCTION contracts_answer_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM contracts_complaint c
        JOIN contracts_complaintdecision d ON d.complaint_id = c.id
        JOIN contracts_suppliercontact k ON k.supplier_id = c.supplier_id
        WHERE c.id = NEW.complaint_id AND d.id = NEW.decision_id AND k.id = NEW.contact_id AND d.liable <> 'carrier'
    ) THEN
        RAISE EXCEPTION 'a complaint is answered by the supplier it is against'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'contracts_answer_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_answer BEFORE INSERT ON contracts_complaintanswer
    FOR EACH ROW EXECUTE FUNCTION contracts_answer_law();

CREATE FUNCTION contracts_dispute_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'INSERT' AND NEW.stage <> 'talk'
        OR TG_OP = 'UPDATE' AND NEW.stage <> OLD.stage AND (
            (OLD.stage, NEW.stage) NOT IN (('talk', 'court'), ('talk', 'settled'), ('court', 'settled'))
            OR NEW.stage IS DISTINCT FROM (SELECT s.stage FROM contracts_disputestep s
                                           WHERE s.dispute_id = NEW.id ORDER BY s.id DESC LIMIT 1)) THEN
        RAISE EXCEPTION 'a dispute begins by talking; a court comes after it (P4)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'contracts_dispute_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_stage BEFORE INSERT OR UPDATE OR DELETE ON contracts_dispute
    FOR EACH ROW EXECUTE FUNCTION contracts_dispute_law();
"""

UNDO = """
DROP TRIGGER law_visit ON contracts_doorvisit; DROP FUNCTION contracts_visit_law();
DROP TRIGGER law_code ON contracts_doorcode; DROP FUNCTION contracts_code_law();
DROP TRIGGER law_moves ON contracts_complaint; DROP FUNCTION contracts_complaint_law();
DROP FUNCTION contracts_customer_accepts(bigint);
DROP TRIGGER law_charge ON contracts_complaintcharge; DROP FUNCTION contracts_charge_law();
DROP TRIGGER law_answer ON contracts_complaintanswer; DROP FUNCTION contracts_answer_law();
DROP TRIGGER law_stage ON contracts_dispute; DROP FUNCTION contracts_dispute_law();
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0008_door_complaints"), ("audit", "0005_fixed_path")]

    operations = [
        *(
            insert_only(f"contracts_{table}")
            for table in (
                "doorlink",
                "doorend",
                "complaintform",
                "complaintfile",
                "complaintdecision",
                "complaintanswer",
                "complaintword",
                "complaintcharge",
                "disputestep",
            )
        ),
        migrations.RunSQL(LAW, UNDO),
    ]
