from django.db import migrations

from office.approvals.law import authorised, dated, executed
from office.audit.law import insert_only

INSERT_ONLY = (
    "payable",
    "payablepart",
    "payablevoid",
    "setoff",
    "setoffend",
    "creditnote",
    "payment",
    "paymentline",
    "setoffuse",
    "paymentvoucher",
    "paymentdrop",
    "consent",
    "violation",
    "freeze",
    "freezerelease",
    "supplierscore",
)

#: Booked on the day in Asia/Shanghai on which it was written: nothing is booked into a month that is over.
BOOKED = ("payable", "setoff", "setoffend", "paymentvoucher")

#: What of a payable, a set-off is left, and how much of a supplier's payments is withheld now.
LEFT = """
CREATE FUNCTION contracts_withheld(of_supplier bigint) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(max(f.percent), 0) FROM contracts_freeze f
    WHERE f.supplier_id = of_supplier
      AND NOT EXISTS (SELECT FROM contracts_freezerelease r WHERE r.freeze_id = f.id)
$$;
CREATE FUNCTION contracts_money_for(of_payable bigint) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(sum(l.amount), 0) FROM contracts_paymentline l
    WHERE l.payable_id = of_payable
      AND NOT EXISTS (SELECT FROM contracts_paymentdrop d WHERE d.payment_id = l.payment_id)
$$;
CREATE FUNCTION contracts_payable_left(of_payable bigint) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.amount - contracts_money_for(p.id)
         - (SELECT coalesce(sum(u.amount), 0) FROM contracts_setoffuse u WHERE u.payable_id = p.id
            AND NOT EXISTS (SELECT FROM contracts_paymentdrop d WHERE d.payment_id = u.payment_id))
         - (SELECT coalesce(sum(v.amount), 0) FROM contracts_payablevoid v WHERE v.payable_id = p.id)
    FROM contracts_payable p WHERE p.id = of_payable
$$;
CREATE FUNCTION contracts_setoff_left(of_setoff bigint) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.amount
         - (SELECT coalesce(sum(u.amount), 0) FROM contracts_setoffuse u WHERE u.set_off_id = s.id
            AND NOT EXISTS (SELECT FROM contracts_paymentdrop d WHERE d.payment_id = u.payment_id))
         - (SELECT coalesce(sum(e.amount), 0) FROM contracts_setoffend e WHERE e.set_off_id = s.id)
    FROM contracts_setoff s WHERE s.id = of_setoff
$$;
"""
NO_LEFT = """
DROP FUNCTION contracts_setoff_left(bigint); DROP FUNCTION contracts_payable_left(bigint);
DROP FUNCTION contracts_money_for(bigint); DROP FUNCTION contracts_withheld(bigint);
"""

REFUSE = """
CREATE FUNCTION contracts_refuse_money(why text, name text) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', why USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = name;
END $$;
"""

#: One account at a time: what two transactions take of one payable or set-off would each look left to the other.
ACCOUNT = "PERFORM pg_advisory_xact_lock(hashtext('contracts.account'), account::integer);"

LINES = f"""
CREATE FUNCTION contracts_paymentline_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account bigint; owed contracts_payable; withheld numeric; in_run bigint;
BEGIN
    SELECT supplier_id, run_id INTO account, in_run FROM contracts_payment WHERE id = NEW.payment_id;
    {ACCOUNT}
    SELECT * INTO owed FROM contracts_payable WHERE id = NEW.payable_id;
    IF owed.supplier_id IS DISTINCT FROM account THEN
        PERFORM contracts_refuse_money('a payment pays its own supplier', 'payment_of_one_supplier');
    END IF;
    IF NEW.amount > contracts_payable_left(NEW.payable_id) THEN
        PERFORM contracts_refuse_money('no more is paid than is owed', 'payable_overpaid');
    END IF;
    withheld := contracts_withheld(account);
    IF withheld > 0 AND contracts_money_for(NEW.payable_id) + NEW.amount
                        > owed.amount - round(owed.amount * withheld / 100, 2) THEN
        PERFORM contracts_refuse_money('payments to this supplier are withheld (P1.6)', 'payment_frozen');
    END IF;
    IF NOT EXISTS (SELECT FROM approvals_asked(in_run, false) asked
                   WHERE asked.item -> 'lines' @> jsonb_build_array(
                       jsonb_build_object('payable', NEW.payable_id, 'money', NEW.amount::text))) THEN
        PERFORM contracts_refuse_money('a line of a payment is not what was agreed to', 'payment_agreed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_money BEFORE INSERT ON contracts_paymentline
    FOR EACH ROW EXECUTE FUNCTION contracts_paymentline_law();

CREATE FUNCTION contracts_setoffuse_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account bigint; in_run bigint;
BEGIN
    SELECT supplier_id, run_id INTO account, in_run FROM contracts_payment WHERE id = NEW.payment_id;
    {ACCOUNT}
    IF EXISTS (SELECT FROM contracts_payable p WHERE p.id = NEW.payable_id AND p.supplier_id <> account)
       OR EXISTS (SELECT FROM contracts_setoff s WHERE s.id = NEW.set_off_id AND s.supplier_id <> account) THEN
        PERFORM contracts_refuse_money('a payment pays its own supplier', 'payment_of_one_supplier');
    END IF;
    IF NEW.amount > contracts_payable_left(NEW.payable_id) THEN
        PERFORM contracts_refuse_money('no more is paid than is owed', 'payable_overpaid');
    END IF;
    IF NEW.amount > contracts_setoff_left(NEW.set_off_id) THEN
        PERFORM contracts_refuse_money('no more is set off than was claimed', 'setoff_overused');
    END IF;
    IF NOT EXISTS (SELECT FROM approvals_asked(in_run, false) asked
                   WHERE asked.item -> 'uses' @> jsonb_build_array(jsonb_build_object(
                       'set_off', NEW.set_off_id, 'payable', NEW.payable_id, 'amount', NEW.amount::text))) THEN
        PERFORM contracts_refuse_money('a set-off of a payment is not what was agreed to', 'payment_agreed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_money BEFORE INSERT ON contracts_setoffuse
    FOR EACH ROW EXECUTE FUNCTION contracts_setoffuse_law();

CREATE FUNCTION contracts_payment_adds_up() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.total <> (SELECT coalesce(sum(amount), 0) FROM contracts_paymentline WHERE payment_id = NEW.id)
       OR NEW.set_off <> (SELECT coalesce(sum(amount), 0) FROM contracts_setoffuse WHERE payment_id = NEW.id) THEN
        PERFORM contracts_refuse_money('the lines of a payment add up to it', 'payment_adds_up');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_adds_up AFTER INSERT ON contracts_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_payment_adds_up();
"""
NO_LINES = """
DROP TRIGGER law_adds_up ON contracts_payment; DROP FUNCTION contracts_payment_adds_up();
DROP TRIGGER law_money ON contracts_setoffuse; DROP FUNCTION contracts_setoffuse_law();
DROP TRIGGER law_money ON contracts_paymentline; DROP FUNCTION contracts_paymentline_law();
"""

ENDS = f"""
CREATE FUNCTION contracts_paymentvoucher_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account bigint; sum_of numeric; withheld numeric;
BEGIN
    SELECT supplier_id, total INTO account, sum_of FROM contracts_payment WHERE id = NEW.payment_id;
    {ACCOUNT}
    IF EXISTS (SELECT FROM contracts_paymentdrop d WHERE d.payment_id = NEW.payment_id) THEN
        PERFORM contracts_refuse_money('this payment was dropped', 'payment_ended_once');
    END IF;
    IF sum_of = 0 THEN
        PERFORM contracts_refuse_money('no money goes by this payment', 'payment_without_money');
    END IF;
    withheld := contracts_withheld(account);
    IF withheld > 0 AND EXISTS (
        SELECT FROM contracts_paymentline l JOIN contracts_payable p ON p.id = l.payable_id
        WHERE l.payment_id = NEW.payment_id
          AND contracts_money_for(p.id) > p.amount - round(p.amount * withheld / 100, 2)) THEN
        PERFORM contracts_refuse_money('payments to this supplier are withheld (P1.6)', 'payment_frozen');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_money BEFORE INSERT ON contracts_paymentvoucher
    FOR EACH ROW EXECUTE FUNCTION contracts_paymentvoucher_law();

CREATE FUNCTION contracts_paymentdrop_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account bigint;
BEGIN
    SELECT supplier_id INTO account FROM contracts_payment WHERE id = NEW.payment_id;
    {ACCOUNT}
    IF EXISTS (SELECT FROM contracts_paymentvoucher v WHERE v.payment_id = NEW.payment_id) THEN
        PERFORM contracts_refuse_money('this payment was made', 'payment_ended_once');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_money BEFORE INSERT ON contracts_paymentdrop
    FOR EACH ROW EXECUTE FUNCTION contracts_paymentdrop_law();

CREATE FUNCTION contracts_payablevoid_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account bigint;
BEGIN
    SELECT supplier_id INTO account FROM contracts_payable WHERE id = NEW.payable_id;
    {ACCOUNT}
    IF NEW.amount > contracts_payable_left(NEW.payable_id) THEN
        PERFORM contracts_refuse_money('no more falls away than is owed', 'payable_overpaid');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_money BEFORE INSERT ON contracts_payablevoid
    FOR EACH ROW EXECUTE FUNCTION contracts_payablevoid_law();

CREATE FUNCTION contracts_setoffend_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    claim contracts_setoff; account bigint;
BEGIN
    SELECT * INTO claim FROM contracts_setoff WHERE id = NEW.set_off_id;
    account := claim.supplier_id;
    {ACCOUNT}
    IF claim.by_id = NEW.by_id THEN
        PERFORM contracts_refuse_money('nobody takes back his own claim', 'setoff_by_another');
    END IF;
    IF NEW.amount > contracts_setoff_left(NEW.set_off_id) THEN
        PERFORM contracts_refuse_money('no more is taken back than is left', 'setoff_overused');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_money BEFORE INSERT ON contracts_setoffend
    FOR EACH ROW EXECUTE FUNCTION contracts_setoffend_law();

CREATE FUNCTION contracts_freeze_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account bigint := NEW.supplier_id;
BEGIN
    {ACCOUNT}
    IF NOT EXISTS (SELECT FROM contracts_violation v WHERE v.id = NEW.violation_id
                   AND v.supplier_id = NEW.supplier_id AND v.kind = 'design') THEN
        PERFORM contracts_refuse_money('a freeze rests on a breach of this supplier (P1.6)', 'freeze_of_breach');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_money BEFORE INSERT ON contracts_freeze
    FOR EACH ROW EXECUTE FUNCTION contracts_freeze_law();
"""
NO_ENDS = """
DROP TRIGGER law_money ON contracts_freeze; DROP FUNCTION contracts_freeze_law();
DROP TRIGGER law_money ON contracts_setoffend; DROP FUNCTION contracts_setoffend_law();
DROP TRIGGER law_money ON contracts_payablevoid; DROP FUNCTION contracts_payablevoid_law();
DROP TRIGGER law_money ON contracts_paymentdrop; DROP FUNCTION contracts_paymentdrop_law();
DROP TRIGGER law_money ON contracts_paymentvoucher; DROP FUNCTION contracts_paymentvoucher_law();
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0012_money"), ("approvals", "0008_signed_before")]

    operations = [
        *[insert_only(f"contracts_{table}") for table in INSERT_ONLY],
        *[
            migrations.RunSQL(
                f"ALTER TABLE contracts_{table} ADD CONSTRAINT contracts_{table}_booked"
                " CHECK (\"on\" = (at AT TIME ZONE 'Asia/Shanghai')::date)",
                f"ALTER TABLE contracts_{table} DROP CONSTRAINT contracts_{table}_booked",
            )
            for table in BOOKED
        ],
        authorised(
            "contracts_payment",
            "contracts.payment",
            {"supplier_id": "supplier", "total": "total", "set_off": "set_off"},
        ),
        executed("contracts_payment"),
        dated("contracts_payment"),
        authorised(
            "contracts_setoff",
            "contracts.commission",
            {"supplier_id": "supplier", "amount": "penalty", "paper_id": "violation"},
            clauses=["P1.4", "P1.5", "P2.2", "P3.1", "P3.4", "P5", "P7a", "P7c"],
        ),
        executed("contracts_setoff"),
        dated("contracts_setoff"),
        authorised("contracts_freezerelease", "contracts.release_freeze", {"freeze_id": "freeze"}),
        executed("contracts_freezerelease"),
        dated("contracts_freezerelease"),
        migrations.RunSQL(LEFT, NO_LEFT),
        migrations.RunSQL(REFUSE, "DROP FUNCTION contracts_refuse_money(text, text)"),
        migrations.RunSQL(LINES, NO_LINES),
        migrations.RunSQL(ENDS, NO_ENDS),
    ]
