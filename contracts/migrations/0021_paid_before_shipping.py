"""Under a contract that is paid before shipping (P2.2) no more pieces leave than stand ready and are paid for, the
deposit too; what is stated ready is owed for exactly those pieces; what was paid for and left is not taken off."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql
from office.audit.law import insert_only

COUNTS = """
-- Whether the order is paid before shipping, by the version under which it was issued.
CREATE FUNCTION contracts_prepaid(of_order bigint) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((SELECT v.terms ->> 'settlement' = 'on_shipment' FROM contracts_purchaseorder o
                     JOIN contracts_contractversion v ON v.id = o.version_id WHERE o.id = of_order), false)
$$;
-- Money that has gone and claims that were used with it. What is only agreed to, or owed no longer, is not paid.
CREATE FUNCTION contracts_paid(of_payable bigint) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.amount <= (
        SELECT coalesce(sum(l.amount), 0) FROM contracts_paymentline l
        JOIN contracts_paymentvoucher w ON w.payment_id = l.payment_id WHERE l.payable_id = p.id)
      + (SELECT coalesce(sum(u.amount), 0) FROM contracts_setoffuse u JOIN contracts_payment q ON q.id = u.payment_id
         WHERE u.payable_id = p.id AND (q.total = 0 OR EXISTS (
             SELECT FROM contracts_paymentvoucher w WHERE w.payment_id = q.id))
           AND NOT EXISTS (SELECT FROM contracts_paymentdrop d WHERE d.payment_id = q.id))
    FROM contracts_payable p WHERE p.id = of_payable
$$;
-- Of a line: pieces stated ready, those of them that are paid for, those that have left by such a notice.
CREATE FUNCTION contracts_ready(of_line bigint, OUT stated bigint, OUT paid bigint, OUT gone bigint) LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(sum(r.pieces), 0)::bigint, coalesce(sum(r.pieces) FILTER (WHERE r.paid), 0)::bigint,
        (SELECT coalesce(sum(n.quantity), 0)::bigint FROM contracts_deliveryline n WHERE n.line_id = of_line
         -- Before there were notices, a shipment was owed for by itself.
         AND NOT EXISTS (SELECT FROM contracts_payable p WHERE p.delivery_id = n.delivery_id))
    FROM (SELECT y.quantity - (SELECT coalesce(sum(s.quantity), 0) FROM contracts_readyless s WHERE s.line_id = y.id)
                     AS pieces,
                 contracts_paid(p.id) AND NOT EXISTS (
                     SELECT FROM contracts_payable e WHERE e.order_id = p.order_id AND e.kind = 'deposit'
                     AND NOT contracts_paid(e.id)) AS paid
          FROM contracts_readyline y JOIN contracts_payable p ON p.ready_id = y.notice_id
          WHERE y.line_id = of_line) r
$$;
"""
NO_COUNTS = """
DROP FUNCTION contracts_ready(bigint); DROP FUNCTION contracts_paid(bigint); DROP FUNCTION contracts_prepaid(bigint);
"""

GATES = """
CREATE FUNCTION contracts_readynotice_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    o contracts_purchaseorder;
BEGIN
    SELECT * INTO o FROM contracts_purchaseorder WHERE id = NEW.order_id FOR NO KEY UPDATE;
    IF o.state NOT IN ('producing', 'shipped') OR NOT contracts_prepaid(o.id) OR (NEW.contact_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM contracts_suppliercontact c WHERE c.id = NEW.contact_id AND c.supplier_id = o.supplier_id)) THEN
        RAISE EXCEPTION 'goods are stated ready by the two sides of an order that is made and paid before shipping (P2.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'ready_gate';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_readynotice
    FOR EACH ROW EXECUTE FUNCTION contracts_readynotice_law();

CREATE FUNCTION contracts_readyline_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_readynotice n JOIN contracts_orderline l ON l.order_id = n.order_id
                   WHERE n.id = NEW.notice_id AND l.id = NEW.line_id)
       OR EXISTS (SELECT FROM contracts_payable p WHERE p.ready_id = NEW.notice_id) THEN
        RAISE EXCEPTION 'a line of another order, or of a notice that is owed for already (P2.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'ready_gate';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_readyline
    FOR EACH ROW EXECUTE FUNCTION contracts_readyline_law();

CREATE FUNCTION contracts_shipped_paid() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    of_order bigint; known record;
BEGIN
    SELECT order_id INTO of_order FROM contracts_delivery WHERE id = NEW.delivery_id;
    IF contracts_prepaid(of_order) THEN
        PERFORM FROM contracts_purchaseorder WHERE id = of_order FOR NO KEY UPDATE;
        SELECT * INTO known FROM contracts_ready(NEW.line_id);
        IF known.gone + NEW.quantity > known.paid THEN
            RAISE EXCEPTION 'no more leaves than stands ready and is paid for (P2.2)'
                USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'shipped_paid';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_paid BEFORE INSERT ON contracts_deliveryline
    FOR EACH ROW EXECUTE FUNCTION contracts_shipped_paid();

CREATE FUNCTION contracts_readyless_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    y contracts_readyline; of_order bigint; known record;
BEGIN
    SELECT * INTO y FROM contracts_readyline WHERE id = NEW.line_id;
    SELECT order_id INTO of_order FROM contracts_readynotice WHERE id = y.notice_id;
    PERFORM FROM contracts_purchaseorder WHERE id = of_order FOR NO KEY UPDATE;
    SELECT * INTO known FROM contracts_ready(y.line_id);
    IF NOT EXISTS (SELECT FROM contracts_payablevoid v JOIN contracts_payable p ON p.id = v.payable_id
                   WHERE v.id = NEW.void_id AND p.ready_id = y.notice_id)
       OR NEW.quantity + (SELECT coalesce(sum(s.quantity), 0) FROM contracts_readyless s WHERE s.line_id = y.id) > y.quantity
       OR known.stated - NEW.quantity < known.gone
       OR (contracts_paid((SELECT id FROM contracts_payable WHERE ready_id = y.notice_id))
           AND known.paid < known.gone + NEW.quantity) THEN
        RAISE EXCEPTION 'what has left, or never stood ready, is not taken off (P2.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'ready_less';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_readyless
    FOR EACH ROW EXECUTE FUNCTION contracts_readyless_law();

-- Looked at when the transaction ends: a void of goods names its pieces, and every notice is owed for.
CREATE FUNCTION contracts_void_adds_up() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.goods <> (SELECT coalesce(sum(s.quantity * l.unit_price), 0) FROM contracts_readyless s
                     JOIN contracts_readyline y ON y.id = s.line_id JOIN contracts_orderline l ON l.id = y.line_id
                     WHERE s.void_id = NEW.id)
       OR (NOT EXISTS (SELECT FROM contracts_readyless s WHERE s.void_id = NEW.id)
           AND EXISTS (SELECT FROM contracts_payable p WHERE p.id = NEW.payable_id AND p.kind <> 'deposit')) THEN
        PERFORM contracts_refuse_money('what goods fall away is said piece by piece (P2.2)', 'void_pieces');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_adds_up AFTER INSERT ON contracts_payablevoid
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_void_adds_up();

CREATE FUNCTION contracts_ready_owed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_payable p WHERE p.ready_id = NEW.id) THEN
        PERFORM contracts_refuse_money('what stands ready is owed for (P2.2)', 'ready_owed');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_owed AFTER INSERT ON contracts_readynotice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_ready_owed();
"""
NO_GATES = """
DROP TRIGGER law_owed ON contracts_readynotice; DROP FUNCTION contracts_ready_owed();
DROP TRIGGER law_adds_up ON contracts_payablevoid; DROP FUNCTION contracts_void_adds_up();
DROP TRIGGER law_gate ON contracts_readyless; DROP FUNCTION contracts_readyless_law();
DROP TRIGGER law_paid ON contracts_deliveryline; DROP FUNCTION contracts_shipped_paid();
DROP TRIGGER law_gate ON contracts_readyline; DROP FUNCTION contracts_readyline_law();
DROP TRIGGER law_gate ON contracts_readynotice; DROP FUNCTION contracts_readynotice_law();
"""

WORTH_BEFORE = sql.function("0019_attacked_law", "MONEY", "contracts_payable_law")
WORTH = sql.changed(
    WORTH_BEFORE,
    (
        """    ELSIF NEW.delivery_id IS NOT NULL THEN
        SELECT sum(n.quantity * l.unit_price) INTO worth FROM contracts_delivery d
        JOIN contracts_deliveryline n ON n.delivery_id = d.id JOIN contracts_orderline l ON l.id = n.line_id
        WHERE d.id = NEW.delivery_id AND d.order_id = o.id;
        worth := coalesce(worth, 0) - NEW.goods;""",
        """    ELSIF NEW.delivery_id IS NOT NULL THEN
        worth := -1;  -- paid before it leaves: owed for by a notice, not by the shipment
    ELSIF NEW.ready_id IS NOT NULL THEN
        SELECT sum(n.quantity * l.unit_price) INTO worth FROM contracts_readynotice d
        JOIN contracts_readyline n ON n.notice_id = d.id JOIN contracts_orderline l ON l.id = n.line_id
        WHERE d.id = NEW.ready_id AND d.order_id = o.id;
        worth := -abs(coalesce(worth, -1) - NEW.goods);""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0020_ready_to_ship")]

    operations = [
        *(insert_only(f"contracts_{table}") for table in ("readynotice", "readyline", "readyless")),
        migrations.RunSQL(COUNTS, NO_COUNTS),
        migrations.RunSQL(GATES, NO_GATES),
        migrations.RunSQL(WORTH, WORTH_BEFORE),
    ]
