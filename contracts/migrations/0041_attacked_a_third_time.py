"""What was open in the law since 0035: goods paid without invoices while the law was made to look at another moment, or
before the payment had its lines (P2.2); a contract whose clauses say nothing (P6); a supplier's word on the first sample
by a paper that nobody is named for (P1.4)."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

PAID_BEFORE = sql.function("0035_read_from_the_book", "INVOICED", "contracts_voucher_invoiced")
# Nothing is left to another trigger: `SET CONSTRAINTS` has it look when something else is the case.
PAID = sql.changed(
    PAID_BEFORE,
    (
        "    -- Where something is left of an invoice that is named, it is for law_whole to say that it has to be taken.\n",
        "",
    ),
    (
        """IF covered < needed AND NOT EXISTS (SELECT FROM contracts_invoiceuse u WHERE u.voucher_id = NEW.id
                                        AND contracts_invoice_left(u.invoice_id) > 0) THEN
""",
        """IF covered < needed THEN
        IF EXISTS (SELECT FROM contracts_invoiceuse u WHERE u.voucher_id = NEW.id
                   AND contracts_invoice_left(u.invoice_id) > 0) THEN
            PERFORM contracts_refuse_money('a payment takes all it pays of the invoices it names', 'invoice_whole');
        END IF;
""",
    ),
)

MADE = """
-- What a payment pays is known when it is made. Their names come after law_money, which has the account to itself.
CREATE FUNCTION contracts_payment_not_made() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM contracts_paymentvoucher v WHERE v.payment_id = NEW.payment_id) THEN
        PERFORM contracts_refuse_money('nothing is added to a payment that was made (P2.2)', 'payment_made');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_not_made BEFORE INSERT ON contracts_paymentline
    FOR EACH ROW EXECUTE FUNCTION contracts_payment_not_made();
CREATE TRIGGER law_not_made BEFORE INSERT ON contracts_setoffuse
    FOR EACH ROW EXECUTE FUNCTION contracts_payment_not_made();
"""
NOT_MADE = """
DROP TRIGGER law_not_made ON contracts_setoffuse; DROP TRIGGER law_not_made ON contracts_paymentline;
DROP FUNCTION contracts_payment_not_made();
"""

CLAUSES_BEFORE = sql.function("0036_clauses_of_the_library", "LAW", "contracts_version_clauses")
# A term that the paper cannot say would put nothing in the place of every clause.
CLAUSES = sql.changed(
    CLAUSES_BEFORE,
    (
        "BEGIN\n",
        r"""BEGIN
    IF EXISTS (SELECT FROM jsonb_each_text(NEW.terms) t WHERE contracts_term_said(t.key, t.value) IS NULL)
       OR EXISTS (SELECT FROM jsonb_object_keys(NEW.book) AS says (name) WHERE NOT NEW.terms ? says.name)
       OR jsonb_typeof(NEW.terms -> 'warehouse') IS DISTINCT FROM 'string'
       OR NEW.terms ->> 'warehouse' !~ '\S' OR char_length(NEW.terms ->> 'warehouse') > 120 THEN
        RAISE EXCEPTION 'a version says each term of a contract, and no other (P6)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_p6';
    END IF;
""",
    ),
)

EVENT_BEFORE = sql.replaced("0040_said_at_the_door", "EVENT")
EVENT = sql.changed(EVENT_BEFORE, ("btrim(NEW.text) = ''", r"NEW.text !~ '\S'"))


class Migration(migrations.Migration):
    dependencies = [("contracts", "0040_said_at_the_door")]

    operations = [
        migrations.RunSQL(PAID, PAID_BEFORE),
        migrations.RunSQL(MADE, NOT_MADE),
        migrations.RunSQL(CLAUSES, CLAUSES_BEFORE),
        migrations.RunSQL(EVENT, EVENT_BEFORE),
    ]
