"""What was still open to whoever has the application's login: a breach that stops no payment (P1.6), a charge beyond the
supplier's part of a complaint (P5), a court before talking (P4), goods that came before they left (P7a), money that falls
due when it suits (P2.2)."""

from __future__ import annotations

from django.db import migrations

LAW = """
-- The shares that the contracts say which are in force with a supplier; none where no contract is: then the book's holds.
CREATE FUNCTION contracts_withheld_by_contract(of_supplier bigint, instant timestamptz) RETURNS SETOF numeric
    LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (v.terms ->> 'withhold_percent')::numeric FROM contracts_contractversion v
    JOIN contracts_contract c ON c.id = v.contract_id
    WHERE c.supplier_id = of_supplier AND v.terms ? 'withhold_percent' AND contracts_in_force(v.id, instant)
$$;

CREATE FUNCTION contracts_freeze_share() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.percent NOT IN (SELECT contracts_withheld_by_contract(NEW.supplier_id, NEW.at))
       AND EXISTS (SELECT FROM contracts_withheld_by_contract(NEW.supplier_id, NEW.at)) THEN
        PERFORM contracts_refuse_money('as much is withheld as the contract says (P1.6)', 'freeze_of_contract');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_share BEFORE INSERT ON contracts_freeze FOR EACH ROW EXECUTE FUNCTION contracts_freeze_share();

-- Looked at when the transaction ends.
CREATE FUNCTION contracts_breach_freezes() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.kind = 'design' AND NOT EXISTS (SELECT FROM contracts_freeze f WHERE f.violation_id = NEW.id)
       AND 0 < (SELECT min(said) FROM contracts_withheld_by_contract(NEW.supplier_id, NEW.at) AS said) THEN
        PERFORM contracts_refuse_money('a design given away withholds payments (P1.6)', 'breach_freezes');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_freezes AFTER INSERT ON contracts_violation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_breach_freezes();

CREATE FUNCTION contracts_complaint_part() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.charge <> round(NEW.cost * NEW.percent / 100, 2) THEN
        PERFORM contracts_refuse_money('a supplier is charged its part of the cost (P5)', 'complaint_part');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_part BEFORE INSERT ON contracts_complaintdecision
    FOR EACH ROW EXECUTE FUNCTION contracts_complaint_part();

CREATE FUNCTION contracts_dispute_step() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known text;
BEGIN
    SELECT s.stage INTO known FROM contracts_disputestep s WHERE s.dispute_id = NEW.dispute_id ORDER BY s.id DESC LIMIT 1;
    IF (coalesce(known, ''), NEW.stage) NOT IN (('', 'talk'), ('talk', 'talk'), ('talk', 'court'), ('talk', 'settled'),
                                                ('court', 'court'), ('court', 'settled'))
       OR (known = 'talk' AND NEW.stage = 'court' AND (NEW.court = '' OR 2 > (
           SELECT count(*) FROM contracts_disputestep s WHERE s.dispute_id = NEW.dispute_id))) THEN
        RAISE EXCEPTION 'the sides talk first; a court has its name, and an end is the end (P4)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'dispute_step';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_step BEFORE INSERT ON contracts_disputestep FOR EACH ROW EXECUTE FUNCTION contracts_dispute_step();

CREATE FUNCTION contracts_days_of_goods() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'contracts_delivery' THEN
        IF NEW.shipped_at > NEW.at THEN
            RAISE EXCEPTION 'nothing leaves tomorrow (P7a)'
                USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'delivery_day';
        END IF;
    ELSIF NEW.arrived_on > (NEW.at AT TIME ZONE 'Asia/Shanghai')::date OR NEW.arrived_on < (
            SELECT (d.shipped_at AT TIME ZONE 'Asia/Shanghai')::date FROM contracts_delivery d WHERE d.id = NEW.delivery_id) THEN
        RAISE EXCEPTION 'goods come after they left, and not tomorrow (P7a)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'arrival_day';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_days BEFORE INSERT ON contracts_delivery FOR EACH ROW EXECUTE FUNCTION contracts_days_of_goods();
CREATE TRIGGER law_days BEFORE INSERT ON contracts_arrival FOR EACH ROW EXECUTE FUNCTION contracts_days_of_goods();

CREATE FUNCTION contracts_payable_days() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.arrival_id IS NOT NULL AND NOT contracts_prepaid(NEW.order_id) AND NEW.due_on > (
            SELECT greatest(a.arrived_on, NEW."on") + (v.terms ->> 'balance_days')::integer
            FROM contracts_arrival a, contracts_purchaseorder o JOIN contracts_contractversion v ON v.id = o.version_id
            WHERE a.id = NEW.arrival_id AND o.id = NEW.order_id) THEN
        PERFORM contracts_refuse_money('goods fall due within the days of the contract (P2.2)', 'payable_days');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_days BEFORE INSERT ON contracts_payable FOR EACH ROW EXECUTE FUNCTION contracts_payable_days();
"""
UNDO = """
DROP TRIGGER law_days ON contracts_payable; DROP FUNCTION contracts_payable_days();
DROP TRIGGER law_days ON contracts_arrival; DROP TRIGGER law_days ON contracts_delivery; DROP FUNCTION contracts_days_of_goods();
DROP TRIGGER law_step ON contracts_disputestep; DROP FUNCTION contracts_dispute_step();
DROP TRIGGER law_part ON contracts_complaintdecision; DROP FUNCTION contracts_complaint_part();
DROP TRIGGER law_freezes ON contracts_violation; DROP FUNCTION contracts_breach_freezes();
DROP TRIGGER law_share ON contracts_freeze; DROP FUNCTION contracts_freeze_share();
DROP FUNCTION contracts_withheld_by_contract(bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0030_arrived_after_the_end")]

    operations = [migrations.RunSQL(LAW, UNDO)]
