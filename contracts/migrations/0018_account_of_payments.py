"""A payment names the version of the account that it goes to (P2.1): nobody agrees to one account and pays to another.

It is made only to the account that counts at that instant, and its voucher is taken only while that account counts; once
there is another, only with the bank's slip, for a day not after the change. A fully digital invoice is one supplier's.
"""

import django.db.models.deletion
from django.db import migrations, models

from office.approvals.law import authorised

COLUMNS = {"supplier_id": "supplier", "total": "total", "set_off": "set_off"}
AGREED = authorised("contracts_payment", "contracts.payment", {**COLUMNS, "bank_details_id": "bank_details"})
AGREED_BEFORE = authorised("contracts_payment", "contracts.payment", COLUMNS)
DROP = "DROP TRIGGER law_authorised ON contracts_payment;"

LOCK = "PERFORM pg_advisory_xact_lock(hashtext('contracts.account'), NEW.supplier_id::integer);"

LAW = f"""
CREATE FUNCTION contracts_account_of(of_supplier bigint) RETURNS bigint LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT b.id FROM contracts_bankdetails b WHERE b.supplier_id = of_supplier ORDER BY b.at DESC, b.id DESC LIMIT 1
$$;

CREATE FUNCTION contracts_bankdetails_alone() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    {LOCK}
    RETURN NEW;
END $$;
CREATE TRIGGER law_alone BEFORE INSERT ON contracts_bankdetails
    FOR EACH ROW EXECUTE FUNCTION contracts_bankdetails_alone();

CREATE FUNCTION contracts_payment_account() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    {LOCK}
    IF (NEW.total > 0 AND NEW.bank_details_id IS NULL)
       OR NEW.bank_details_id <> contracts_account_of(NEW.supplier_id) THEN
        PERFORM contracts_refuse_money('money goes to the account that counts now (P2.1)', 'payment_account');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_account BEFORE INSERT ON contracts_payment
    FOR EACH ROW EXECUTE FUNCTION contracts_payment_account();

CREATE FUNCTION contracts_voucher_account() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    paid contracts_payment; changed date;
BEGIN
    SELECT * INTO paid FROM contracts_payment WHERE id = NEW.payment_id;
    PERFORM pg_advisory_xact_lock(hashtext('contracts.account'), paid.supplier_id::integer);
    IF NEW.at < paid.at OR NEW.paid_on < (paid.at AT TIME ZONE 'Asia/Shanghai')::date OR NEW.paid_on > NEW."on" THEN
        PERFORM contracts_refuse_money('nothing is paid before it was agreed to, nor tomorrow', 'voucher_day');
    END IF;
    IF paid.bank_details_id IS DISTINCT FROM contracts_account_of(paid.supplier_id) THEN
        SELECT min((b.at AT TIME ZONE 'Asia/Shanghai')::date) INTO changed FROM contracts_bankdetails b
        WHERE b.supplier_id = paid.supplier_id AND b.id > paid.bank_details_id;
        IF changed IS NULL OR NEW.file_id IS NULL OR NEW.paid_on > changed THEN
            PERFORM contracts_refuse_money('the supplier has another account by now (P2.1)', 'voucher_account');
        END IF;
    END IF;
    IF EXISTS (SELECT FROM unnest(NEW.invoices) AS given (number) WHERE length(given.number) = 20) THEN
        PERFORM pg_advisory_xact_lock(hashtext('contracts.invoices'), 0);
        IF EXISTS (SELECT FROM contracts_paymentvoucher v JOIN contracts_payment p ON p.id = v.payment_id
                   WHERE p.supplier_id <> paid.supplier_id AND v.invoices && ARRAY(
                       SELECT given.number FROM unnest(NEW.invoices) AS given (number)
                       WHERE length(given.number) = 20)) THEN
            PERFORM contracts_refuse_money('an invoice of another supplier', 'voucher_invoice');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_voucher BEFORE INSERT ON contracts_paymentvoucher
    FOR EACH ROW EXECUTE FUNCTION contracts_voucher_account();
"""
UNDO = """
DROP TRIGGER law_voucher ON contracts_paymentvoucher; DROP FUNCTION contracts_voucher_account();
DROP TRIGGER law_account ON contracts_payment; DROP FUNCTION contracts_payment_account();
DROP TRIGGER law_alone ON contracts_bankdetails; DROP FUNCTION contracts_bankdetails_alone();
DROP FUNCTION contracts_account_of(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0017_loss_answers"), ("approvals", "0008_signed_before")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="bank_details",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payments",
                to="contracts.bankdetails",
            ),
        ),
        migrations.RunSQL(DROP + str(AGREED.sql), DROP + str(AGREED_BEFORE.sql)),
        migrations.RunSQL(LAW, UNDO),
    ]
