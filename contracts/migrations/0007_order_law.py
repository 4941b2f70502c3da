"""What the database refuses of purchase orders and samples: a word that the state does not allow, a move whose word was
never said, production before sample and first sample (P1.1, P1.4), an acceptance before the reports (P3.3)."""

from django.db import migrations

from office.approvals.law import authorised, executed
from office.audit.law import insert_only

SAMPLES = """
CREATE FUNCTION contracts_sample_said(word text, state text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT t.leads FROM (VALUES
        ('requested', 'requested', 'requested'),
        ('made', 'requested', 'made'),
        ('photographed', 'made', 'photographed'), ('photographed', 'photographed', 'photographed'),
        ('signed_off', 'photographed', 'signed_off'),
        ('refused', 'made', 'requested'), ('refused', 'photographed', 'requested'),
        ('given_up', 'requested', 'given_up'), ('given_up', 'made', 'given_up'), ('given_up', 'photographed', 'given_up')
    ) AS t (word, state, leads) WHERE t.word = $1 AND t.state = $2
$$;

CREATE FUNCTION contracts_sample_event() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    s contracts_sample;
BEGIN
    SELECT * INTO s FROM contracts_sample WHERE id = NEW.sample_id;
    IF contracts_sample_said(NEW.word, s.state) IS NULL
       OR (NEW.word = 'requested' AND EXISTS (SELECT FROM contracts_sampleevent e WHERE e.sample_id = s.id)) THEN
        RAISE EXCEPTION 'sample %: % is not said in the state %', s.number, NEW.word, s.state
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sample_event';
    END IF;
    IF NEW.word IN ('requested', 'signed_off', 'refused', 'given_up') AND NEW.by_id IS NULL THEN
        RAISE EXCEPTION 'sample %: % is ours to say', s.number, NEW.word
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sample_ours';
    END IF;
    IF NEW.word = 'photographed' AND NEW.file_id IS NULL THEN
        RAISE EXCEPTION 'sample %: no photo', s.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sample_photo';
    END IF;
    IF NEW.contact_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM contracts_suppliercontact c WHERE c.id = NEW.contact_id AND c.supplier_id = s.supplier_id) THEN
        RAISE EXCEPTION 'sample %: another supplier''s person', s.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sample_contact';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_event BEFORE INSERT ON contracts_sampleevent
    FOR EACH ROW EXECUTE FUNCTION contracts_sample_event();

CREATE FUNCTION contracts_sample_move() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last text;
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'INSERT' AND NEW.state <> 'requested') THEN
        RAISE EXCEPTION 'a sample begins as asked for and is never deleted'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sample_begin';
    ELSIF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF (NEW.number, NEW.supplier_id, NEW.sku, NEW.name, NEW.demands, NEW.requested_at)
            IS DISTINCT FROM (OLD.number, OLD.supplier_id, OLD.sku, OLD.name, OLD.demands, OLD.requested_at) THEN
        RAISE EXCEPTION 'sample %: what was asked for stays', OLD.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sample_asked';
    END IF;
    IF NEW.state <> OLD.state THEN
        SELECT e.word INTO last FROM contracts_sampleevent e WHERE e.sample_id = OLD.id ORDER BY e.id DESC LIMIT 1;
        IF contracts_sample_said(last, OLD.state) IS DISTINCT FROM NEW.state THEN
            RAISE EXCEPTION 'sample %: no move from % to % by %', OLD.number, OLD.state, NEW.state, last
                USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sample_move';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_move BEFORE INSERT OR UPDATE OR DELETE ON contracts_sample
    FOR EACH ROW EXECUTE FUNCTION contracts_sample_move();
"""
SAMPLES_UNDO = """
DROP TRIGGER law_move ON contracts_sample; DROP FUNCTION contracts_sample_move();
DROP TRIGGER law_event ON contracts_sampleevent; DROP FUNCTION contracts_sample_event();
DROP FUNCTION contracts_sample_said(text, text);
"""

ORDERS = """
CREATE FUNCTION contracts_order_said(word text, state text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT t.leads FROM (VALUES
        ('issued', 'draft', 'issued'),
        ('sent', 'issued', 'sent'),
        ('opened', 'sent', 'sent'), ('opened', 'returned', 'returned'),
        ('opened', 'deemed_accepted', 'deemed_accepted'), ('opened', 'producing', 'producing'),
        ('opened', 'shipped', 'shipped'),
        ('returned', 'sent', 'returned'), ('returned', 'deemed_accepted', 'returned'),
        ('deemed', 'sent', 'deemed_accepted'),
        ('first_sample_theirs', 'returned', 'returned'),
        ('first_sample_theirs', 'deemed_accepted', 'deemed_accepted'),
        ('first_sample_ours', 'returned', 'returned'),
        ('first_sample_ours', 'deemed_accepted', 'deemed_accepted'),
        ('first_sample_refused', 'returned', 'returned'),
        ('first_sample_refused', 'deemed_accepted', 'deemed_accepted'),
        ('production_started', 'returned', 'producing'), ('production_started', 'deemed_accepted', 'producing'),
        ('place_changed', 'returned', 'returned'), ('place_changed', 'deemed_accepted', 'deemed_accepted'),
        ('place_changed', 'producing', 'producing'), ('place_changed', 'shipped', 'shipped'),
        ('delay_judged', 'returned', 'returned'), ('delay_judged', 'deemed_accepted', 'deemed_accepted'),
        ('delay_judged', 'producing', 'producing'), ('delay_judged', 'shipped', 'shipped'),
        ('shipped', 'producing', 'shipped'), ('shipped', 'shipped', 'shipped'),
        ('closed', 'shipped', 'closed'),
        ('ended', 'shipped', 'closed'),
        ('cancelled', 'draft', 'cancelled'), ('cancelled', 'issued', 'cancelled'), ('cancelled', 'sent', 'cancelled'),
        ('cancelled', 'returned', 'cancelled'), ('cancelled', 'deemed_accepted', 'cancelled'),
        ('cancelled', 'producing', 'cancelled')
    ) AS t (word, state, leads) WHERE t.word = $1 AND t.state = $2
$$;

-- What is missing before a word may be said, "" for nothing.
CREATE FUNCTION contracts_order_lacks(o contracts_purchaseorder, said text, said_at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF said = 'issued' THEN
        IF o.version_id IS NULL OR NOT contracts_in_force(o.version_id, said_at) THEN
            RETURN 'a contract in force (P6)';
        END IF;
        IF NOT EXISTS (SELECT FROM contracts_orderline l WHERE l.order_id = o.id) THEN
            RETURN 'lines';
        END IF;
        IF EXISTS (SELECT FROM contracts_orderline l WHERE l.order_id = o.id AND NOT EXISTS (
                   SELECT FROM contracts_productionstep s WHERE s.line_id = l.id)) THEN
            RETURN 'process steps (P3.3)';
        END IF;
    ELSIF said = 'deemed' THEN
        IF o.opened_at IS NULL OR NOT EXISTS (
                SELECT FROM deadlines_deadline d WHERE d.rule = 'contracts.order_deemed'
                AND d.subject_type = 'purchase_order' AND d.subject_id = o.id::text AND d.due_at <= said_at) THEN
            RETURN 'the time of P7b';
        END IF;
    ELSIF said = 'production_started' THEN
        IF EXISTS (SELECT FROM contracts_orderline l LEFT JOIN contracts_sample s ON s.id = l.sample_id
                   WHERE l.order_id = o.id AND (s.state IS DISTINCT FROM 'signed_off' OR s.supplier_id <> o.supplier_id)) THEN
            RETURN 'a signed sample (P1.1)';
        END IF;
        IF (SELECT count(DISTINCT e.word) FROM contracts_orderevent e WHERE e.order_id = o.id
            AND e.word IN ('first_sample_theirs', 'first_sample_ours')
            AND e.id > coalesce((SELECT max(r.id) FROM contracts_orderevent r
                                 WHERE r.order_id = o.id AND r.word = 'first_sample_refused'), 0)) < 2 THEN
            RETURN 'the first sample (P1.4)';
        END IF;
    ELSIF said = 'shipped' THEN
        IF NOT EXISTS (SELECT FROM contracts_delivery d WHERE d.order_id = o.id) THEN
            RETURN 'a delivery';
        END IF;
    ELSIF said = 'closed' THEN
        IF EXISTS (SELECT FROM contracts_orderline l WHERE l.order_id = o.id AND l.quantity > (
                   SELECT coalesce(sum(a.accepted), 0) FROM contracts_acceptance a
                   JOIN contracts_arrivalline r ON r.id = a.arrived_id WHERE r.line_id = l.id)) THEN
            RETURN 'the acceptance of every piece (P7c)';
        END IF;
    ELSIF said = 'ended' THEN
        IF NOT EXISTS (SELECT FROM contracts_orderend n WHERE n.order_id = o.id AND n.mode = 'end') THEN
            RETURN 'the agreement to end it (P1.5)';
        END IF;
    ELSIF said = 'cancelled' AND o.state NOT IN ('draft', 'issued') THEN
        IF NOT EXISTS (SELECT FROM contracts_orderend n WHERE n.order_id = o.id AND n.mode = 'cancel') THEN
            RETURN 'the agreement to cancel it (P1.5)';
        END IF;
    END IF;
    RETURN '';
END $$;

CREATE FUNCTION contracts_order_event() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o contracts_purchaseorder;
    lacks text;
BEGIN
    SELECT * INTO o FROM contracts_purchaseorder WHERE id = NEW.order_id;
    IF contracts_order_said(NEW.word, o.state) IS NULL THEN
        RAISE EXCEPTION 'order %: % is not said in the state %', o.number, NEW.word, o.state
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_event';
    END IF;
    IF (NEW.word = 'deemed' AND (NEW.by_id IS NOT NULL OR NEW.contact_id IS NOT NULL))
       OR (NEW.word NOT IN ('deemed', 'closed', 'ended', 'cancelled') AND NEW.by_id IS NULL AND NEW.contact_id IS NULL)
       OR (NEW.word IN ('issued', 'sent', 'first_sample_ours', 'first_sample_refused', 'place_changed', 'delay_judged')
           AND NEW.by_id IS NULL)
       OR (NEW.word = 'opened' AND NEW.contact_id IS NULL) THEN
        RAISE EXCEPTION 'order %: % is not said by this side', o.number, NEW.word
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_side';
    END IF;
    IF NEW.word = 'returned' AND NEW.file_id IS NULL AND coalesce(NEW.data ->> 'signature', '') = '' THEN
        RAISE EXCEPTION 'order %: returned without a signature or a paper', o.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_countersigned';
    END IF;
    IF NEW.contact_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM contracts_suppliercontact c WHERE c.id = NEW.contact_id AND c.supplier_id = o.supplier_id) THEN
        RAISE EXCEPTION 'order %: another supplier''s person', o.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_contact';
    END IF;
    IF NEW.line_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM contracts_orderline l WHERE l.id = NEW.line_id AND l.order_id = o.id) THEN
        RAISE EXCEPTION 'order %: another order''s line', o.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_line';
    END IF;
    lacks := contracts_order_lacks(o, NEW.word, NEW.at);
    IF lacks <> '' THEN
        RAISE EXCEPTION 'order %: % waits for %', o.number, NEW.word, lacks
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_gate';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_event BEFORE INSERT ON contracts_orderevent
    FOR EACH ROW EXECUTE FUNCTION contracts_order_event();

CREATE FUNCTION contracts_order_move() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'INSERT' AND NEW.state <> 'draft') THEN
        RAISE EXCEPTION 'a purchase order begins as a draft and is never deleted'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_begin';
    ELSIF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF OLD.state <> 'draft' AND (NEW.number, NEW.supplier_id, NEW.version_id, NEW.note, NEW.sha256, NEW.issued_at,
                                 NEW.created_at)
            IS DISTINCT FROM (OLD.number, OLD.supplier_id, OLD.version_id, OLD.note, OLD.sha256, OLD.issued_at,
                              OLD.created_at) THEN
        RAISE EXCEPTION 'order %: what we signed stays as it is', OLD.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_signed';
    END IF;
    IF (OLD.sent_at IS NOT NULL AND (NEW.sent_at, NEW.contact_id) IS DISTINCT FROM (OLD.sent_at, OLD.contact_id))
       OR (OLD.opened_at IS NOT NULL AND NEW.opened_at IS DISTINCT FROM OLD.opened_at)
       OR (OLD.accepted_at IS NOT NULL AND NEW.accepted_at IS DISTINCT FROM OLD.accepted_at) THEN
        RAISE EXCEPTION 'order %: when it was sent, opened and accepted stays', OLD.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_times';
    END IF;
    IF OLD.opened_at IS NULL AND NEW.opened_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM contracts_orderevent e WHERE e.order_id = OLD.id AND e.word = 'opened' AND e.at = NEW.opened_at) THEN
        RAISE EXCEPTION 'order %: nobody opened it then', OLD.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_opened';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
            SELECT FROM contracts_orderevent e WHERE e.order_id = OLD.id
            AND contracts_order_said(e.word, OLD.state) = NEW.state
            -- The word of this move, not one that an earlier move rested on.
            AND e.id >= (SELECT max(l.id) FROM contracts_orderevent l WHERE l.order_id = OLD.id
                         AND l.word NOT IN ('opened', 'first_sample_theirs', 'first_sample_ours', 'first_sample_refused',
                                            'place_changed', 'delay_judged'))) THEN
        RAISE EXCEPTION 'order %: no move from % to %', OLD.number, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_move';
    END IF;
    IF NEW.state = 'issued' AND OLD.state = 'draft' AND (NEW.sha256 !~ '^[0-9a-f]{64}$' OR NEW.issued_at IS NULL)
       OR NEW.state = 'sent' AND (NEW.sent_at IS NULL OR NEW.contact_id IS NULL)
       OR NEW.state IN ('returned', 'deemed_accepted') AND NEW.accepted_at IS NULL THEN
        RAISE EXCEPTION 'order %: % without its facts', OLD.number, NEW.state
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_facts';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_move BEFORE INSERT OR UPDATE OR DELETE ON contracts_purchaseorder
    FOR EACH ROW EXECUTE FUNCTION contracts_order_move();

CREATE FUNCTION contracts_draft_only() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    touched bigint[];
BEGIN
    IF TG_TABLE_NAME = 'contracts_orderline' THEN
        touched := ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN OLD.order_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.order_id END];
        -- Which sample was signed for a line is known only later.
        IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'sample_id') = (to_jsonb(OLD) - 'sample_id') THEN
            IF EXISTS (SELECT FROM contracts_purchaseorder o WHERE o.id = NEW.order_id
                       AND o.state NOT IN ('draft', 'issued', 'sent', 'returned', 'deemed_accepted')) THEN
                RAISE EXCEPTION 'the sample of a line stays once it is produced (P1.1)'
                    USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_draft_only';
            END IF;
            RETURN NEW;
        END IF;
    ELSE
        SELECT array_agg(l.order_id) INTO touched FROM contracts_orderline l
        WHERE l.id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.line_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.line_id END);
    END IF;
    IF EXISTS (SELECT FROM contracts_purchaseorder o WHERE o.id = ANY (touched) AND o.state <> 'draft') THEN
        RAISE EXCEPTION 'lines and steps of an order that we signed stay as they are'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_draft_only';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER law_draft_only BEFORE INSERT OR UPDATE OR DELETE ON contracts_orderline
    FOR EACH ROW EXECUTE FUNCTION contracts_draft_only();
CREATE TRIGGER law_draft_only BEFORE INSERT OR UPDATE OR DELETE ON contracts_productionstep
    FOR EACH ROW EXECUTE FUNCTION contracts_draft_only();
"""
ORDERS_UNDO = """
DROP TRIGGER law_draft_only ON contracts_productionstep; DROP TRIGGER law_draft_only ON contracts_orderline;
DROP FUNCTION contracts_draft_only();
DROP TRIGGER law_move ON contracts_purchaseorder; DROP FUNCTION contracts_order_move();
DROP TRIGGER law_event ON contracts_orderevent; DROP FUNCTION contracts_order_event();
DROP FUNCTION contracts_order_lacks(contracts_purchaseorder, text, timestamptz);
DROP FUNCTION contracts_order_said(text, text);
"""

GOODS = """
CREATE FUNCTION contracts_delivery_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_purchaseorder o WHERE o.id = NEW.order_id AND o.state IN ('producing', 'shipped')) THEN
        RAISE EXCEPTION 'nothing is shipped before it is produced (P1.1), nor after the order has ended'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'delivery_gate';
    END IF;
    IF (NEW.by_id IS NULL AND NEW.contact_id IS NULL) OR (NEW.contact_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM contracts_suppliercontact c JOIN contracts_purchaseorder o ON o.supplier_id = c.supplier_id
            WHERE c.id = NEW.contact_id AND o.id = NEW.order_id)) THEN
        RAISE EXCEPTION 'shipped by nobody of the two sides'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'delivery_side';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_delivery FOR EACH ROW EXECUTE FUNCTION contracts_delivery_law();

CREATE FUNCTION contracts_delivery_line_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_delivery d JOIN contracts_orderline l ON l.order_id = d.order_id
                   WHERE d.id = NEW.delivery_id AND l.id = NEW.line_id) THEN
        RAISE EXCEPTION 'a line of another order'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'deliveryline_of_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_deliveryline
    FOR EACH ROW EXECUTE FUNCTION contracts_delivery_line_law();

CREATE FUNCTION contracts_arrival_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_delivery d JOIN contracts_purchaseorder o ON o.id = d.order_id
                   WHERE d.id = NEW.delivery_id AND o.state = 'shipped') THEN
        RAISE EXCEPTION 'goods arrive of an order that was shipped and has not ended'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'arrival_gate';
    END IF;
    -- P7a: to the warehouse that the order names, or to another that both agreed to beforehand.
    IF NOT EXISTS (SELECT FROM contracts_deliveryline n JOIN contracts_orderline l ON l.id = n.line_id
                   WHERE n.delivery_id = NEW.delivery_id AND l.warehouse = NEW.warehouse)
       AND NOT EXISTS (SELECT FROM contracts_delivery d JOIN contracts_orderevent e ON e.order_id = d.order_id
                       WHERE d.id = NEW.delivery_id AND e.word = 'place_changed'
                         AND e.data ->> 'warehouse' = NEW.warehouse AND e.at <= NEW.at) THEN
        RAISE EXCEPTION 'the order names another warehouse (P7a)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'arrival_place';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_arrival FOR EACH ROW EXECUTE FUNCTION contracts_arrival_law();

CREATE FUNCTION contracts_arrival_line_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_arrival a JOIN contracts_delivery d ON d.id = a.delivery_id
                   JOIN contracts_orderline l ON l.order_id = d.order_id
                   WHERE a.id = NEW.arrival_id AND l.id = NEW.line_id) THEN
        RAISE EXCEPTION 'a line of another order'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'arrivalline_of_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_arrivalline
    FOR EACH ROW EXECUTE FUNCTION contracts_arrival_line_law();

CREATE FUNCTION contracts_acceptance_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    r contracts_arrivalline;
BEGIN
    SELECT * INTO r FROM contracts_arrivalline WHERE id = NEW.arrived_id;
    IF EXISTS (SELECT FROM contracts_orderline l JOIN contracts_purchaseorder o ON o.id = l.order_id
               WHERE l.id = r.line_id AND o.state <> 'shipped') THEN
        RAISE EXCEPTION 'nothing is accepted of an order that has ended'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'acceptance_gate';
    END IF;
    IF NEW.accepted + NEW.refused = 0 OR NEW.accepted + NEW.refused + (
            SELECT coalesce(sum(a.accepted + a.refused), 0) FROM contracts_acceptance a WHERE a.arrived_id = r.id) > r.counted THEN
        RAISE EXCEPTION 'more or less is decided than was counted'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'acceptance_counted';
    END IF;
    IF NEW.accepted + (SELECT coalesce(sum(a.accepted), 0) FROM contracts_acceptance a
                       JOIN contracts_arrivalline x ON x.id = a.arrived_id WHERE x.line_id = r.line_id)
            > (SELECT l.quantity FROM contracts_orderline l WHERE l.id = r.line_id) THEN
        RAISE EXCEPTION 'more is accepted than was ordered'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'acceptance_ordered';
    END IF;
    -- P3.3: without the reports on every step nothing is accepted.
    IF NEW.accepted > 0 AND EXISTS (
            SELECT FROM contracts_productionstep s WHERE s.line_id = r.line_id AND s.reports > (
                SELECT count(*) FROM contracts_stepreport g WHERE g.step_id = s.id AND g.passed)) THEN
        RAISE EXCEPTION 'a process step has no passing report (P3.3)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'acceptance_reports';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_acceptance FOR EACH ROW EXECUTE FUNCTION contracts_acceptance_law();

CREATE FUNCTION contracts_report_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_productionstep s JOIN contracts_orderline l ON l.id = s.line_id
                   JOIN contracts_purchaseorder o ON o.id = l.order_id
                   WHERE s.id = NEW.step_id AND o.state IN ('producing', 'shipped')
                     AND (NEW.contact_id IS NULL OR EXISTS (
                          SELECT FROM contracts_suppliercontact c WHERE c.id = NEW.contact_id AND c.supplier_id = o.supplier_id))) THEN
        RAISE EXCEPTION 'a report on what is not in production'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'report_gate';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_stepreport FOR EACH ROW EXECUTE FUNCTION contracts_report_law();
"""
GOODS_UNDO = "".join(
    f"DROP TRIGGER law_gate ON contracts_{table}; DROP FUNCTION contracts_{function}_law();"
    for table, function in (
        ("stepreport", "report"),
        ("acceptance", "acceptance"),
        ("arrivalline", "arrival_line"),
        ("arrival", "arrival"),
        ("deliveryline", "delivery_line"),
        ("delivery", "delivery"),
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0006_order_life"),
        ("approvals", "0007_rows_asked_anew"),
        ("deadlines", "0003_fewer_indexes"),
    ]

    operations = [
        *(insert_only(f"contracts_{table}") for table in ("sampleevent", "stepreport", "orderend")),
        migrations.RunSQL(SAMPLES, SAMPLES_UNDO),
        migrations.RunSQL(ORDERS, ORDERS_UNDO),
        migrations.RunSQL(GOODS, GOODS_UNDO),
        authorised(
            "contracts_orderend",
            "contracts.cancel_order",
            {"order_id": "order", "mode": "mode", "ground": "ground", "reason": "reason"},
        ),
        executed("contracts_orderend"),
    ]
