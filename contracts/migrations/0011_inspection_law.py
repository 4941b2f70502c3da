"""What the database refuses of inspections: a verdict that its plan does not give, a rectification of what passed, goods
shipped or accepted while one is open (P3.2). A design is handed over marked, to the supplier that it is for (P3.6)."""

from django.db import migrations

from office.audit.law import insert_only

LAW = """
CREATE FUNCTION contracts_rectifying(asked_order bigint, asked_line bigint) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM contracts_rectification r JOIN contracts_orderline l ON l.id = r.line_id
        WHERE (l.order_id = asked_order OR l.id = asked_line)
          AND NOT EXISTS (SELECT FROM contracts_rectificationevent e WHERE e.rectification_id = r.id AND e.word = 'done'))
$$;

CREATE FUNCTION contracts_delivery_rectified() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF contracts_rectifying(NEW.order_id, NULL) THEN
        RAISE EXCEPTION 'nothing is shipped before it is put right (P3.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'delivery_rectified';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_rectified BEFORE INSERT ON contracts_delivery
    FOR EACH ROW EXECUTE FUNCTION contracts_delivery_rectified();

CREATE FUNCTION contracts_acceptance_rectified() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.accepted > 0 AND contracts_rectifying(NULL, (
            SELECT r.line_id FROM contracts_arrivalline r WHERE r.id = NEW.arrived_id)) THEN
        RAISE EXCEPTION 'nothing is accepted before it is put right (P3.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'acceptance_rectified';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_rectified BEFORE INSERT ON contracts_acceptance
    FOR EACH ROW EXECUTE FUNCTION contracts_acceptance_rectified();

CREATE FUNCTION contracts_inspection_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_orderline l JOIN contracts_purchaseorder o ON o.id = l.order_id
                   WHERE l.id = NEW.line_id AND o.state IN ('producing', 'shipped'))
       OR (NEW.step_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM contracts_productionstep s WHERE s.id = NEW.step_id AND s.line_id = NEW.line_id))
       OR (NEW.draw_id IS NULL AND NEW.by_id IS NULL)
       OR (NEW.draw_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM contracts_draw d WHERE d.id = NEW.draw_id
           AND d.chosen @> jsonb_build_array(jsonb_build_object('line', NEW.line_id, 'step', NEW.step_id)))) THEN
        RAISE EXCEPTION 'an inspection is of goods in production or delivered, drawn or named by a person'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'inspection_gate';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_inspection
    FOR EACH ROW EXECUTE FUNCTION contracts_inspection_law();

CREATE FUNCTION contracts_result_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    i contracts_inspection;
BEGIN
    SELECT * INTO i FROM contracts_inspection WHERE id = NEW.inspection_id;
    IF NEW.checked < i.sample OR NEW.checked > i.lot OR NEW.bad > NEW.checked OR NEW.passed <> (NEW.bad <= i.ac) THEN
        RAISE EXCEPTION 'the verdict on inspection % is not what its plan gives', i.id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'result_by_plan';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_by_plan BEFORE INSERT ON contracts_inspectionresult
    FOR EACH ROW EXECUTE FUNCTION contracts_result_law();

CREATE FUNCTION contracts_rectification_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_inspectionresult r JOIN contracts_inspection i ON i.id = r.inspection_id
                   WHERE r.id = NEW.result_id AND NOT r.passed AND i.line_id = NEW.line_id) THEN
        RAISE EXCEPTION 'only what failed is put right'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'rectification_of_failed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_failed BEFORE INSERT ON contracts_rectification
    FOR EACH ROW EXECUTE FUNCTION contracts_rectification_law();

CREATE FUNCTION contracts_rectification_event_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last text;
    supplier bigint;
BEGIN
    SELECT e.word INTO last FROM contracts_rectificationevent e WHERE e.rectification_id = NEW.rectification_id
    ORDER BY e.id DESC LIMIT 1;
    SELECT o.supplier_id INTO supplier FROM contracts_rectification r JOIN contracts_orderline l ON l.id = r.line_id
    JOIN contracts_purchaseorder o ON o.id = l.order_id WHERE r.id = NEW.rectification_id;
    IF (NEW.word, coalesce(last, 'refused')) NOT IN (('answered', 'refused'), ('refused', 'answered'), ('done', 'answered'))
       OR (NEW.word <> 'answered' AND NEW.by_id IS NULL)
       OR (NEW.by_id IS NULL AND NEW.contact_id IS NULL)
       OR (NEW.contact_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM contracts_suppliercontact c WHERE c.id = NEW.contact_id AND c.supplier_id = supplier)) THEN
        RAISE EXCEPTION 'rectification %: % does not follow %', NEW.rectification_id, NEW.word, last
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'rectification_event';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_event BEFORE INSERT ON contracts_rectificationevent
    FOR EACH ROW EXECUTE FUNCTION contracts_rectification_event_law();

CREATE FUNCTION contracts_handover_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (SELECT m.sha256 FROM files_storedfile m WHERE m.id = NEW.marked_id)
            = (SELECT f.sha256 FROM files_storedfile f WHERE f.id = NEW.original_id)
       OR NOT EXISTS (SELECT FROM contracts_suppliercontact c WHERE c.id = NEW.contact_id AND c.supplier_id = NEW.supplier_id)
       OR NEW.supplier_id <> coalesce((SELECT o.supplier_id FROM contracts_purchaseorder o WHERE o.id = NEW.order_id),
                                      (SELECT s.supplier_id FROM contracts_sample s WHERE s.id = NEW.sample_id)) THEN
        RAISE EXCEPTION 'a design is handed over marked, to the supplier that makes it (P3.6)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'handover_marked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_marked BEFORE INSERT ON contracts_handover
    FOR EACH ROW EXECUTE FUNCTION contracts_handover_law();
"""
UNDO = (
    "".join(
        f"DROP TRIGGER {trigger} ON contracts_{table}; DROP FUNCTION contracts_{function}();"
        for trigger, table, function in (
            ("law_marked", "handover", "handover_law"),
            ("law_event", "rectificationevent", "rectification_event_law"),
            ("law_failed", "rectification", "rectification_law"),
            ("law_by_plan", "inspectionresult", "result_law"),
            ("law_gate", "inspection", "inspection_law"),
            ("law_rectified", "acceptance", "acceptance_rectified"),
            ("law_rectified", "delivery", "delivery_rectified"),
        )
    )
    + "DROP FUNCTION contracts_rectifying(bigint, bigint);"
)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0010_inspections")]

    operations = [
        *(
            insert_only(f"contracts_{table}")
            for table in (
                "draw",
                "inspection",
                "inspectionresult",
                "rectification",
                "rectificationevent",
                "handover",
                "handoverfetch",
                "lossclaim",
                "lossline",
            )
        ),
        migrations.RunSQL(LAW, UNDO),
    ]
