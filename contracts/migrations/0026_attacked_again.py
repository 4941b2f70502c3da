"""Goods that never left are taken off although the deposit is not paid; no more stand ready than are ordered; nothing is
owed twice for goods that were paid before they left (P2.2); a payment takes all it pays of the invoices it names."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

LESS_BEFORE = sql.function("0021_paid_before_shipping", "GATES", "contracts_readyless_law")
LESS = sql.changed(
    LESS_BEFORE,
    ("OR (contracts_paid(", "OR (known.gone > 0 AND contracts_paid("),
)
LINE_BEFORE = sql.function("0021_paid_before_shipping", "GATES", "contracts_readyline_law")
LINE = sql.changed(
    LINE_BEFORE,
    (
        "    RETURN NEW;",
        """    IF EXISTS (SELECT FROM contracts_orderline l, contracts_ready(l.id) r
               WHERE l.id = NEW.line_id AND r.stated - r.gone + NEW.quantity > l.quantity) THEN
        RAISE EXCEPTION 'no more stands ready than is ordered (P2.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'ready_ordered';
    END IF;
    RETURN NEW;""",
    ),
)
# What the delivery says was paid before it left, but for what was claimed back.
PART_BEFORE = sql.function("0025_worth_of_an_arrival", "LAW", "contracts_part_law")
PART = sql.changed(
    PART_BEFORE,
    (
        "contracts_decided(arrived.id), 0);",
        """contracts_decided(arrived.id), 0)
            - (SELECT coalesce(sum(n.quantity), 0) FROM contracts_arrival w
               JOIN contracts_deliveryline n ON n.delivery_id = w.delivery_id
               WHERE w.id = arrived.arrival_id AND n.line_id = arrived.line_id)
            + coalesce(trunc((SELECT sum(s.amount) FROM contracts_setoff s WHERE s.kind = 'missing' AND (
                  (s.paper_type = 'arrival_line' AND s.paper_id = arrived.id::text)
                  OR (s.paper_type = 'acceptance' AND s.paper_id IN (
                      SELECT a.id::text FROM contracts_acceptance a WHERE a.arrived_id = arrived.id))
                  OR (s.paper_type = 'recount' AND s.paper_id IN (
                      SELECT a.id::text FROM contracts_recount a WHERE a.arrived_id = arrived.id))))
              / nullif(price, 0)), 0);""",
    ),
)

WHOLE = """
-- Looked at when the transaction ends. A voucher of before invoices were recorded counts as a whole until all its
-- invoices say what it took of them.
CREATE FUNCTION contracts_invoiceuse_whole() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    named integer; paid numeric; uses bigint; taken numeric;
BEGIN
    SELECT cardinality(v.invoices), p.total INTO named, paid
    FROM contracts_paymentvoucher v JOIN contracts_payment p ON p.id = v.payment_id WHERE v.id = NEW.voucher_id;
    SELECT count(*), sum(u.amount) INTO uses, taken FROM contracts_invoiceuse u WHERE u.voucher_id = NEW.voucher_id;
    IF uses <> named OR (taken <> paid AND EXISTS (
            SELECT FROM contracts_invoiceuse u
            WHERE u.voucher_id = NEW.voucher_id AND contracts_invoice_left(u.invoice_id) > 0)) THEN
        PERFORM contracts_refuse_money('a payment takes all it pays of the invoices it names', 'invoice_whole');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_whole AFTER INSERT ON contracts_invoiceuse
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_invoiceuse_whole();
"""
NOT_WHOLE = "DROP TRIGGER law_whole ON contracts_invoiceuse; DROP FUNCTION contracts_invoiceuse_whole();"


class Migration(migrations.Migration):
    dependencies = [("contracts", "0025_worth_of_an_arrival")]

    operations = [
        migrations.RunSQL(LESS, LESS_BEFORE),
        migrations.RunSQL(LINE, LINE_BEFORE),
        migrations.RunSQL(PART, PART_BEFORE),
        migrations.RunSQL(WHOLE, NOT_WHOLE),
    ]
