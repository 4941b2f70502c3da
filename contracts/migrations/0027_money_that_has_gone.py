"""Only money that has gone comes free again (P2.2): nothing falls away under a payment that is agreed to and neither made
nor dropped, no order is over while goods of it would, and what was paid in advance is never more than what was paid."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

GONE = """
-- Money that has gone for a payable, and claims that were used with it.
CREATE FUNCTION contracts_gone(of_payable bigint) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (SELECT coalesce(sum(l.amount), 0) FROM contracts_paymentline l
            JOIN contracts_paymentvoucher w ON w.payment_id = l.payment_id WHERE l.payable_id = of_payable)
         + (SELECT coalesce(sum(u.amount), 0) FROM contracts_setoffuse u JOIN contracts_payment q ON q.id = u.payment_id
            WHERE u.payable_id = of_payable AND (q.total = 0 OR EXISTS (
                SELECT FROM contracts_paymentvoucher w WHERE w.payment_id = q.id))
              AND NOT EXISTS (SELECT FROM contracts_paymentdrop d WHERE d.payment_id = q.id))
$$;
-- Whether a payment for it is agreed to and neither made nor dropped.
CREATE FUNCTION contracts_unmade(of_payable bigint) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM contracts_payment q
        WHERE q.total > 0 AND q.id IN (
            SELECT l.payment_id FROM contracts_paymentline l WHERE l.payable_id = of_payable
            UNION ALL SELECT u.payment_id FROM contracts_setoffuse u WHERE u.payable_id = of_payable)
          AND NOT EXISTS (SELECT FROM contracts_paymentvoucher w WHERE w.payment_id = q.id)
          AND NOT EXISTS (SELECT FROM contracts_paymentdrop d WHERE d.payment_id = q.id))
$$;
"""
NO_GONE = "DROP FUNCTION contracts_unmade(bigint); DROP FUNCTION contracts_gone(bigint);"

VOID_BEFORE = sql.function("0013_money_law", "ENDS", "contracts_payablevoid_law")
VOID = sql.changed(
    VOID_BEFORE,
    (
        "    IF NEW.amount > contracts_payable_left",
        """    IF contracts_unmade(NEW.payable_id) THEN
        PERFORM contracts_refuse_money(
            'a payment for this is agreed to and neither made nor dropped (P2.2)', 'void_unmade');
    END IF;
    IF NEW.paid > contracts_gone(NEW.payable_id) - (
            SELECT coalesce(sum(v.paid), 0) FROM contracts_payablevoid v WHERE v.payable_id = NEW.payable_id) THEN
        PERFORM contracts_refuse_money('no more comes free than has gone (P2.2)', 'advance_gone');
    END IF;
    IF NEW.amount > contracts_payable_left""",
    ),
)

SETOFF_BEFORE = sql.function("0019_attacked_law", "MONEY", "contracts_setoff_law")
SETOFF = sql.changed(
    SETOFF_BEFORE,
    (
        "    RETURN NEW;",
        """    IF NEW.kind = 'advance' THEN
        PERFORM pg_advisory_xact_lock(hashtext('contracts.account'), NEW.supplier_id::integer);
        IF NOT EXISTS (
                SELECT FROM contracts_payablevoid v JOIN contracts_payable p ON p.id = v.payable_id
                WHERE NEW.paper_type = 'payable_void' AND NEW.paper_id = v.id::text AND p.order_id = NEW.order_id
                  AND NEW.amount IN (v.paid, v.goods - v.amount))  -- with its part of the deposit, when it is whole
           AND NOT EXISTS (
                SELECT FROM contracts_payable p
                WHERE NEW.paper_type = 'purchase_order' AND NEW.paper_id = p.order_id::text AND p.order_id = NEW.order_id
                  AND p.kind = 'deposit' AND NOT contracts_unmade(p.id))
           OR NEW.amount > (SELECT coalesce(sum(contracts_gone(p.id)), 0) FROM contracts_payable p
                            WHERE p.order_id = NEW.order_id)
                         - (SELECT coalesce(sum(s.amount), 0) FROM contracts_setoff s
                            WHERE s.order_id = NEW.order_id AND s.kind = 'advance') THEN
            PERFORM contracts_refuse_money('no more comes free than has gone (P2.2)', 'advance_gone');
        END IF;
    END IF;
    RETURN NEW;""",
    ),
)

OVER = """
-- An order that is whole closes once nothing that stands ready is under such a payment; it is ended, or cancelled,
-- once nothing of it is.
CREATE FUNCTION contracts_order_unmade() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account bigint;
BEGIN
    SELECT supplier_id INTO account FROM contracts_purchaseorder WHERE id = NEW.order_id;
    PERFORM pg_advisory_xact_lock(hashtext('contracts.account'), account::integer);
    IF EXISTS (SELECT FROM contracts_payable p WHERE p.order_id = NEW.order_id AND contracts_unmade(p.id)
               AND (NEW.word <> 'closed' OR EXISTS (
                   SELECT FROM contracts_readyline y WHERE y.notice_id = p.ready_id AND y.quantity > (
                       SELECT coalesce(sum(s.quantity), 0) FROM contracts_readyless s WHERE s.line_id = y.id)))) THEN
        RAISE EXCEPTION 'a payment for this order is agreed to and neither made nor dropped (P2.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_unmade';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_unmade BEFORE INSERT ON contracts_orderevent
    FOR EACH ROW WHEN (NEW.word IN ('closed', 'ended', 'cancelled')) EXECUTE FUNCTION contracts_order_unmade();
"""
NOT_OVER = "DROP TRIGGER law_unmade ON contracts_orderevent; DROP FUNCTION contracts_order_unmade();"


class Migration(migrations.Migration):
    dependencies = [("contracts", "0026_attacked_again")]

    operations = [
        migrations.RunSQL(GONE, NO_GONE),
        migrations.RunSQL(VOID, VOID_BEFORE),
        migrations.RunSQL(SETOFF, SETOFF_BEFORE),
        migrations.RunSQL(OVER, NOT_OVER),
    ]
