"""A scan is added to a tax invoice after it was recorded, and stays; a payment takes of the invoices it names what it pays
and what claims for losses take the place of, since goods are invoiced in full although less is paid for them (P2.2)."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from contracts.migrations import _sql as sql
from office.audit.law import insert_only

SCANS = """
CREATE FUNCTION contracts_invoicescan_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account bigint;
BEGIN
    SELECT supplier_id INTO account FROM contracts_invoice WHERE id = NEW.invoice_id;
    PERFORM pg_advisory_xact_lock(hashtext('contracts.account'), account::integer);
    IF EXISTS (SELECT FROM contracts_invoiceend e WHERE e.invoice_id = NEW.invoice_id)
       OR (SELECT count(*) FROM contracts_invoicescan s WHERE s.invoice_id = NEW.invoice_id) >= 5 THEN
        PERFORM contracts_refuse_money('a few scans are added to an invoice that counts', 'invoice_scans');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_counts BEFORE INSERT ON contracts_invoicescan
    FOR EACH ROW EXECUTE FUNCTION contracts_invoicescan_law();
"""
NO_SCANS = "DROP TRIGGER law_counts ON contracts_invoicescan; DROP FUNCTION contracts_invoicescan_law();"

COVERS = """
-- What a payment takes of invoices at most.
CREATE FUNCTION contracts_payment_covers(of_payment bigint) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.total + (SELECT coalesce(sum(u.amount), 0) FROM contracts_setoffuse u
                      JOIN contracts_setoff s ON s.id = u.set_off_id JOIN contracts_payable o ON o.id = u.payable_id
                      WHERE u.payment_id = p.id AND o.kind = 'balance'
                        AND s.kind IN ('late', 'material', 'complaint', 'penalty'))
    FROM contracts_payment p WHERE p.id = of_payment
$$;
"""
NO_COVERS = "DROP FUNCTION contracts_payment_covers(bigint);"

USE_BEFORE = sql.function("0020_invoices", "LAW", "contracts_invoiceuse_law")
USE = sql.changed(
    USE_BEFORE, ("NEW.amount > paid.total - (", "NEW.amount > contracts_payment_covers(paid.id) - (")
)
WHOLE_BEFORE = sql.function("0026_attacked_again", "WHOLE", "contracts_invoiceuse_whole")
WHOLE = sql.changed(
    WHOLE_BEFORE,
    ("cardinality(v.invoices), p.total INTO", "cardinality(v.invoices), contracts_payment_covers(p.id) INTO"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0028_papers_of_claims"),
        ("files", "0002_law"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="InvoiceScan",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="contracts.invoice",
                    ),
                ),
            ],
            options={"verbose_name": "scan of a tax invoice", "verbose_name_plural": "scans of tax invoices"},
        ),
        insert_only("contracts_invoicescan"),
        migrations.RunSQL(SCANS, NO_SCANS),
        migrations.RunSQL(COVERS, NO_COVERS),
        migrations.RunSQL(USE, USE_BEFORE),
        migrations.RunSQL(WHOLE, WHOLE_BEFORE),
    ]
