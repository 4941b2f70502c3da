"""What was open to whoever has the application's login: rows that never change were changed by hand, and rows of money
came out of nothing.

Records that desks go by keep who and whose they are (supplier, contact, complaint, dispute, review, plans); none is
deleted. A number that is called back counts from when it was changed. Money is owed for an accepted order of that
supplier, for what was delivered or arrived of it.
"""

from django.db import migrations

REFUSED = (
    "USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_stays'"
)

#: table → columns that stay as they were written; no row of these is deleted.
STAYS = {
    "supplier": ("code", "created_at"),
    "suppliercontact": ("supplier_id", "created_at"),
    "contract": ("number", "supplier_id", "created_by_id", "created_at"),
    "complaint": (
        "number", "supplier_id", "line_id", "sale_id", "sale_label", "created_by_id", "created_at",
    ),
    "dispute": ("number", "supplier_id", "complaint_id", "order_id", "created_by_id", "created_at"),
    "demandplan": ("number", "created_by_id", "created_at"),
    "demandline": ("plan_id", "n"),
    "supplierreview": ("supplier_id", "score_id", "conditions", "clause", "opened_at"),
    "workplan": ("template", "created_by_id", "created_at"),
    "milestone": ("plan_id", "n"),
    "plandocument": ("plan_id", "n"),
    "doorletter": ("link_id", "kind", "way", "idempotency_id", "until", "at"),
}  # fmt: skip

STAYS_LAW = f"""
CREATE FUNCTION contracts_stays() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a row of % stays on record', TG_TABLE_NAME {REFUSED};
    END IF;
    IF EXISTS (SELECT FROM unnest(TG_ARGV) AS kept (name)
               WHERE to_jsonb(OLD) -> kept.name IS DISTINCT FROM to_jsonb(NEW) -> kept.name) THEN
        RAISE EXCEPTION 'what a row of % is about never changes', TG_TABLE_NAME {REFUSED};
    END IF;
    RETURN NEW;
END $$;
""" + "".join(
    f"CREATE TRIGGER law_stays BEFORE UPDATE OR DELETE ON contracts_{table} FOR EACH ROW EXECUTE FUNCTION"
    f" contracts_stays({', '.join(repr(each) for each in columns)});\n"
    for table, columns in STAYS.items()
)
STAYS_UNDO = (
    "".join(f"DROP TRIGGER law_stays ON contracts_{table};" for table in STAYS)
    + "DROP FUNCTION contracts_stays();"
)

PEOPLE = f"""
CREATE FUNCTION contracts_contact_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.phone IS DISTINCT FROM OLD.phone
       AND coalesce(NEW.reached_since <= coalesce(OLD.reached_since, OLD.created_at), true)
       OR NEW.phone = OLD.phone AND NEW.reached_since IS DISTINCT FROM OLD.reached_since THEN
        RAISE EXCEPTION 'a number counts from when it was changed (P2.1)' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_reached BEFORE UPDATE ON contracts_suppliercontact
    FOR EACH ROW EXECUTE FUNCTION contracts_contact_law();

CREATE FUNCTION contracts_review_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.decided_at IS NOT NULL OR TG_OP = 'UPDATE' AND OLD.decided_at IS NOT NULL THEN
        RAISE EXCEPTION 'a review is decided once (P0)' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_decided BEFORE INSERT OR UPDATE ON contracts_supplierreview
    FOR EACH ROW EXECUTE FUNCTION contracts_review_law();

CREATE FUNCTION contracts_demand_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    touched bigint[];
BEGIN
    IF TG_TABLE_NAME = 'contracts_demandplan' THEN
        IF OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at THEN
            RAISE EXCEPTION 'a closed demand plan stays closed (P1.3)' {REFUSED};
        END IF;
        RETURN NEW;
    END IF;
    touched := ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN OLD.plan_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.plan_id END];
    IF EXISTS (SELECT FROM contracts_demandplan p WHERE p.id = ANY (touched) AND p.closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the lines of a closed demand plan stay (P1.3)' {REFUSED};
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER law_closed BEFORE UPDATE ON contracts_demandplan
    FOR EACH ROW EXECUTE FUNCTION contracts_demand_law();
CREATE TRIGGER law_closed BEFORE INSERT OR UPDATE OR DELETE ON contracts_demandline
    FOR EACH ROW EXECUTE FUNCTION contracts_demand_law();

CREATE FUNCTION contracts_fresh_code() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.used_at IS NOT NULL OR NEW.tries <> 0 OR NEW.expires_at <= NEW.at
       OR EXISTS (SELECT FROM contracts_doorend e WHERE e.link_id = NEW.link_id) THEN
        RAISE EXCEPTION 'a code is made unused, for a link that opens' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_fresh BEFORE INSERT ON contracts_doorcode FOR EACH ROW EXECUTE FUNCTION contracts_fresh_code();

CREATE FUNCTION contracts_link_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    theirs bigint;
BEGIN
    SELECT supplier_id INTO theirs FROM contracts_suppliercontact WHERE id = NEW.contact_id;
    IF NEW.purpose <> 'papers' AND theirs IS DISTINCT FROM (CASE NEW.purpose
        WHEN 'order' THEN (SELECT supplier_id FROM contracts_purchaseorder WHERE id = NEW.paper_id)
        WHEN 'sample' THEN (SELECT supplier_id FROM contracts_sample WHERE id = NEW.paper_id)
        WHEN 'complaint' THEN (SELECT supplier_id FROM contracts_complaint WHERE id = NEW.paper_id) END) THEN
        RAISE EXCEPTION 'a link opens papers of its own supplier' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_own_paper BEFORE INSERT ON contracts_doorlink
    FOR EACH ROW EXECUTE FUNCTION contracts_link_law();
"""
PEOPLE_UNDO = """
DROP TRIGGER law_own_paper ON contracts_doorlink; DROP FUNCTION contracts_link_law();
DROP TRIGGER law_fresh ON contracts_doorcode; DROP FUNCTION contracts_fresh_code();
DROP TRIGGER law_closed ON contracts_demandline; DROP TRIGGER law_closed ON contracts_demandplan;
DROP FUNCTION contracts_demand_law();
DROP TRIGGER law_decided ON contracts_supplierreview; DROP FUNCTION contracts_review_law();
DROP TRIGGER law_reached ON contracts_suppliercontact; DROP FUNCTION contracts_contact_law();
"""

COMPLAINTS = f"""
CREATE FUNCTION contracts_complaint_rows() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    c contracts_complaint;
BEGIN
    SELECT * INTO c FROM contracts_complaint WHERE id = NEW.complaint_id FOR NO KEY UPDATE;
    IF TG_TABLE_NAME = 'contracts_complaintdecision' THEN
        IF c.state NOT IN ('filed', 'answered') OR NEW.by_id = c.created_by_id
           OR NEW.n <> coalesce((SELECT max(d.n) FROM contracts_complaintdecision d WHERE d.complaint_id = c.id), 0) + 1 THEN
            RAISE EXCEPTION 'complaint % is decided in turn, by somebody else than who filed it (P5)', c.number {REFUSED};
        END IF;
    ELSIF TG_TABLE_NAME = 'contracts_complaintanswer' THEN
        IF c.state <> 'decided' OR NEW.decision_id <> (
                SELECT d.id FROM contracts_complaintdecision d WHERE d.complaint_id = c.id ORDER BY d.n DESC LIMIT 1) THEN
            RAISE EXCEPTION 'complaint % waits for no answer to this (P5)', c.number {REFUSED};
        END IF;
    ELSIF TG_TABLE_NAME = 'contracts_complaintword' THEN
        IF c.state NOT IN ('decided', 'answered') THEN
            RAISE EXCEPTION 'complaint % has nothing that the customer could accept (P3.5)', c.number {REFUSED};
        END IF;
    ELSIF c.state IN ('closed', 'withdrawn') OR (NEW.contact_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM contracts_suppliercontact k WHERE k.id = NEW.contact_id AND k.supplier_id = c.supplier_id)) THEN
        RAISE EXCEPTION 'complaint % is over, or another supplier''s', c.number {REFUSED};
    END IF;
    RETURN NEW;
END $$;
""" + "".join(
    f"CREATE TRIGGER law_in_turn BEFORE INSERT ON contracts_complaint{table}"
    " FOR EACH ROW EXECUTE FUNCTION contracts_complaint_rows();\n"
    for table in ("decision", "answer", "word", "file")
)
COMPLAINTS_UNDO = (
    "".join(
        f"DROP TRIGGER law_in_turn ON contracts_complaint{table};"
        for table in ("decision", "answer", "word", "file")
    )
    + "DROP FUNCTION contracts_complaint_rows();"
)

MONEY = """
CREATE FUNCTION contracts_payable_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o contracts_purchaseorder; worth numeric;
BEGIN
    SELECT * INTO o FROM contracts_purchaseorder WHERE id = NEW.order_id;
    IF o.supplier_id <> NEW.supplier_id OR o.accepted_at IS NULL THEN
        PERFORM contracts_refuse_money('money is owed for an accepted order of that supplier (P2.1)', 'payable_of_order');
    END IF;
    IF NEW.kind = 'deposit' THEN
        SELECT sum(l.quantity * l.unit_price) INTO worth FROM contracts_orderline l WHERE l.order_id = o.id;
        worth := coalesce(worth, 0) - NEW.amount + NEW.goods;
    ELSIF NEW.delivery_id IS NOT NULL THEN
        SELECT sum(n.quantity * l.unit_price) INTO worth FROM contracts_delivery d
        JOIN contracts_deliveryline n ON n.delivery_id = d.id JOIN contracts_orderline l ON l.id = n.line_id
        WHERE d.id = NEW.delivery_id AND d.order_id = o.id;
        worth := coalesce(worth, 0) - NEW.goods;
    ELSE
        -- What arrived is judged by its acceptances and recounts; here only whose arrival it is.
        SELECT CASE WHEN count(*) = 0 THEN -1 ELSE 0 END INTO worth FROM contracts_arrival a
        JOIN contracts_delivery d ON d.id = a.delivery_id WHERE a.id = NEW.arrival_id AND d.order_id = o.id;
    END IF;
    IF worth < 0 THEN
        PERFORM contracts_refuse_money('no more is owed than the goods are worth (P2.2)', 'payable_worth');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_worth BEFORE INSERT ON contracts_payable FOR EACH ROW EXECUTE FUNCTION contracts_payable_law();

CREATE FUNCTION contracts_setoff_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.supplier_id <> (SELECT o.supplier_id FROM contracts_purchaseorder o WHERE o.id = NEW.order_id) THEN
        PERFORM contracts_refuse_money('a claim is about an order of its own supplier', 'setoff_of_order');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_own_order BEFORE INSERT ON contracts_setoff
    FOR EACH ROW EXECUTE FUNCTION contracts_setoff_law();

CREATE FUNCTION contracts_creditnote_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_setoff s
                   WHERE s.id = NEW.set_off_id AND s.supplier_id = NEW.supplier_id AND s.amount = NEW.amount) THEN
        PERFORM contracts_refuse_money('a credit note is over the claim that it is the paper of', 'creditnote_of_claim');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_claim BEFORE INSERT ON contracts_creditnote
    FOR EACH ROW EXECUTE FUNCTION contracts_creditnote_law();
"""
MONEY_UNDO = """
DROP TRIGGER law_claim ON contracts_creditnote; DROP FUNCTION contracts_creditnote_law();
DROP TRIGGER law_own_order ON contracts_setoff; DROP FUNCTION contracts_setoff_law();
DROP TRIGGER law_worth ON contracts_payable; DROP FUNCTION contracts_payable_law();
"""

ORDERS = """
CREATE FUNCTION contracts_order_times() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'draft' AND NEW.buyer_id <> OLD.buyer_id
       OR NEW.accepted_at IS NOT NULL AND OLD.accepted_at IS NULL AND NOT EXISTS (
           SELECT FROM contracts_orderevent e WHERE e.order_id = OLD.id AND e.word IN ('returned', 'deemed')
           AND e.at = NEW.accepted_at)
       OR NEW.sent_at IS NOT NULL AND OLD.sent_at IS NULL AND NOT EXISTS (
           SELECT FROM contracts_orderevent e WHERE e.order_id = OLD.id AND e.word = 'sent' AND e.at = NEW.sent_at) THEN
        RAISE EXCEPTION 'order %: nobody sent or accepted it then', OLD.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_said';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_times BEFORE UPDATE ON contracts_purchaseorder
    FOR EACH ROW EXECUTE FUNCTION contracts_order_times();

-- Whoever wrote down the supplier's answer does not find it right himself (P3.2).
CREATE FUNCTION contracts_two_persons() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.word = 'done' AND NEW.by_id = (
            SELECT e.by_id FROM contracts_rectificationevent e WHERE e.rectification_id = NEW.rectification_id
            ORDER BY e.id DESC LIMIT 1) THEN
        RAISE EXCEPTION 'whoever wrote down the answer does not judge it (P3.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'rectification_two_persons';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_two_persons BEFORE INSERT ON contracts_rectificationevent
    FOR EACH ROW EXECUTE FUNCTION contracts_two_persons();

-- Two who decide at once about the same goods wait for each other: what each of them sees would be left else.
CREATE FUNCTION contracts_order_alone() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'contracts_acceptance' THEN
        PERFORM FROM contracts_purchaseorder o JOIN contracts_orderline l ON l.order_id = o.id
        JOIN contracts_arrivalline r ON r.line_id = l.id WHERE r.id = NEW.arrived_id FOR NO KEY UPDATE OF o;
    ELSE
        PERFORM FROM contracts_purchaseorder o WHERE o.id = NEW.order_id FOR NO KEY UPDATE;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_alone BEFORE INSERT ON contracts_acceptance
    FOR EACH ROW EXECUTE FUNCTION contracts_order_alone();
CREATE TRIGGER law_alone BEFORE INSERT ON contracts_delivery FOR EACH ROW EXECUTE FUNCTION contracts_order_alone();
CREATE TRIGGER law_alone BEFORE INSERT ON contracts_orderevent FOR EACH ROW EXECUTE FUNCTION contracts_order_alone();
"""
ORDERS_UNDO = """
DROP TRIGGER law_two_persons ON contracts_rectificationevent; DROP FUNCTION contracts_two_persons();
DROP TRIGGER law_alone ON contracts_orderevent; DROP TRIGGER law_alone ON contracts_delivery;
DROP TRIGGER law_alone ON contracts_acceptance; DROP FUNCTION contracts_order_alone();
DROP TRIGGER law_times ON contracts_purchaseorder; DROP FUNCTION contracts_order_times();
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0018_account_of_payments")]

    operations = [
        migrations.RunSQL(STAYS_LAW, STAYS_UNDO),
        migrations.RunSQL(PEOPLE, PEOPLE_UNDO),
        migrations.RunSQL(COMPLAINTS, COMPLAINTS_UNDO),
        migrations.RunSQL(MONEY, MONEY_UNDO),
        migrations.RunSQL(ORDERS, ORDERS_UNDO),
    ]
