"""A tax invoice is recorded with its amount and its seller, once; payments that name it do not exceed it together.

A voucher names only invoices that are recorded, of its own supplier, and each payment says what it takes of each.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

from office.audit.law import insert_only

LOCK = "PERFORM pg_advisory_xact_lock(hashtext('contracts.invoices'), 0);"

LAW = f"""
-- What of an invoice is not paid yet. A voucher of before invoices were recorded took all that it paid.
CREATE FUNCTION contracts_invoice_left(of_invoice bigint, but_voucher bigint DEFAULT 0) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT i.amount
         - (SELECT coalesce(sum(u.amount), 0) FROM contracts_invoiceuse u WHERE u.invoice_id = i.id)
         - (SELECT coalesce(sum(p.total), 0) FROM contracts_paymentvoucher v
            JOIN contracts_payment p ON p.id = v.payment_id AND p.supplier_id = i.supplier_id
            WHERE v.invoices @> ARRAY[i.number]::varchar[] AND v.id <> but_voucher
              AND NOT EXISTS (SELECT FROM contracts_invoiceuse u WHERE u.voucher_id = v.id))
    FROM contracts_invoice i WHERE i.id = of_invoice
$$;

CREATE FUNCTION contracts_invoice_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    s contracts_supplier;
BEGIN
    {LOCK}
    SELECT * INTO s FROM contracts_supplier WHERE id = NEW.supplier_id;
    IF (s.credit_code <> '' AND NEW.tax_id <> s.credit_code)
       OR (s.credit_code = '' AND regexp_replace(NEW.seller, '\\s', '', 'g') <> regexp_replace(s.name, '\\s', '', 'g')) THEN
        PERFORM contracts_refuse_money('an invoice is issued by its supplier', 'invoice_of_supplier');
    END IF;
    IF EXISTS (SELECT FROM contracts_invoice i
               WHERE i.number = NEW.number AND (i.code = NEW.code OR i.supplier_id = NEW.supplier_id)
                 AND NOT EXISTS (SELECT FROM contracts_invoiceend e WHERE e.invoice_id = i.id)) THEN
        PERFORM contracts_refuse_money('an invoice is recorded once', 'invoice_once');
    END IF;
    IF NEW.code = '' AND EXISTS (
            SELECT FROM contracts_paymentvoucher v JOIN contracts_payment p ON p.id = v.payment_id
            WHERE p.supplier_id <> NEW.supplier_id AND v.invoices @> ARRAY[NEW.number]::varchar[]) THEN
        PERFORM contracts_refuse_money('an invoice of another supplier', 'invoice_of_supplier');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_invoice BEFORE INSERT ON contracts_invoice
    FOR EACH ROW EXECUTE FUNCTION contracts_invoice_law();

CREATE FUNCTION contracts_invoiceend_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    {LOCK}
    IF EXISTS (SELECT FROM contracts_invoiceuse u WHERE u.invoice_id = NEW.invoice_id) THEN
        PERFORM contracts_refuse_money('an invoice that was paid stays', 'invoice_used');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_unused BEFORE INSERT ON contracts_invoiceend
    FOR EACH ROW EXECUTE FUNCTION contracts_invoiceend_law();

CREATE FUNCTION contracts_invoiceuse_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    paid contracts_payment; named varchar[]; i contracts_invoice;
BEGIN
    {LOCK}
    SELECT p.* INTO paid FROM contracts_paymentvoucher v JOIN contracts_payment p ON p.id = v.payment_id
    WHERE v.id = NEW.voucher_id;
    SELECT v.invoices INTO named FROM contracts_paymentvoucher v WHERE v.id = NEW.voucher_id;
    SELECT * INTO i FROM contracts_invoice WHERE id = NEW.invoice_id;
    IF i.supplier_id <> paid.supplier_id THEN
        PERFORM contracts_refuse_money('an invoice of another supplier', 'invoice_of_supplier');
    END IF;
    IF NOT i.number = ANY (named) OR EXISTS (SELECT FROM contracts_invoiceend e WHERE e.invoice_id = i.id) THEN
        PERFORM contracts_refuse_money('a payment takes of invoices that its voucher names', 'invoice_named');
    END IF;
    IF NEW.amount > contracts_invoice_left(i.id, NEW.voucher_id) OR NEW.amount > paid.total - (
            SELECT coalesce(sum(u.amount), 0) FROM contracts_invoiceuse u WHERE u.voucher_id = NEW.voucher_id) THEN
        PERFORM contracts_refuse_money('payments against an invoice do not exceed it', 'invoice_overpaid');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_bound BEFORE INSERT ON contracts_invoiceuse
    FOR EACH ROW EXECUTE FUNCTION contracts_invoiceuse_law();

CREATE FUNCTION contracts_voucher_invoices() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF cardinality(NEW.invoices) <> (SELECT count(*) FROM contracts_invoiceuse u WHERE u.voucher_id = NEW.id) THEN
        PERFORM contracts_refuse_money('a voucher names invoices that are recorded', 'voucher_invoices');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_invoices AFTER INSERT ON contracts_paymentvoucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_voucher_invoices();
"""
UNDO = """
DROP TRIGGER law_invoices ON contracts_paymentvoucher; DROP FUNCTION contracts_voucher_invoices();
DROP TRIGGER law_bound ON contracts_invoiceuse; DROP FUNCTION contracts_invoiceuse_law();
DROP TRIGGER law_unused ON contracts_invoiceend; DROP FUNCTION contracts_invoiceend_law();
DROP TRIGGER law_invoice ON contracts_invoice; DROP FUNCTION contracts_invoice_law();
DROP FUNCTION contracts_invoice_left(bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0019_attacked_law"),
        ("files", "0002_law"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=20, verbose_name="invoice number")),
                ("code", models.CharField(blank=True, max_length=12, verbose_name="invoice code")),
                ("seller", models.CharField(max_length=120, verbose_name="seller")),
                ("tax_id", models.CharField(max_length=20, verbose_name="seller’s tax number")),
                ("issued_on", models.DateField(verbose_name="issued on")),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, max_digits=12, verbose_name="price and tax"),
                ),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.storedfile",
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="contracts.supplier",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax invoice",
                "verbose_name_plural": "tax invoices",
                "indexes": [models.Index(fields=["number"], name="invoice_number")],
                "constraints": [
                    models.CheckConstraint(condition=Q(("amount__gt", 0)), name="invoice_some"),
                    models.CheckConstraint(
                        condition=Q(("code", ""), ("number__regex", r"^[0-9]{20}$"))
                        | Q(("code__regex", r"^([0-9]{10}|[0-9]{12})$"), ("number__regex", r"^[0-9]{8}$")),
                        name="invoice_numbered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceEnd",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=200)),
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
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="end",
                        to="contracts.invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax invoice struck out",
                "verbose_name_plural": "tax invoices struck out",
            },
        ),
        migrations.CreateModel(
            name="InvoiceUse",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12, verbose_name="amount")),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="contracts.invoice",
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="contracts.paymentvoucher",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment against a tax invoice",
                "verbose_name_plural": "payments against tax invoices",
                "constraints": [
                    models.UniqueConstraint(fields=("voucher", "invoice"), name="invoiceuse_once"),
                    models.CheckConstraint(condition=Q(("amount__gte", 0)), name="invoiceuse_not_negative"),
                ],
            },
        ),
        *[insert_only(f"contracts_{table}") for table in ("invoice", "invoiceend", "invoiceuse")],
        migrations.RunSQL(LAW, UNDO),
    ]
