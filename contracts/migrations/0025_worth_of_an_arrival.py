"""A balance for an arrival is bounded by what arrived (P2.2, P3.1): it is the sum of its parts; a part is so many pieces
of a line of that very arrival at the line's price; all parts of a line are at most the pieces accepted of it, and, where
they were paid before they left, those that nobody has decided about yet."""

from __future__ import annotations

from django.db import migrations

LAW = """
CREATE FUNCTION contracts_part_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    arrived contracts_arrivalline; owed contracts_payable; price numeric; most bigint;
BEGIN
    SELECT r.* INTO arrived FROM contracts_arrivalline r WHERE r.id = coalesce(
        (SELECT a.arrived_id FROM contracts_acceptance a WHERE a.id = NEW.acceptance_id),
        (SELECT n.arrived_id FROM contracts_recount n WHERE n.id = NEW.recount_id));
    SELECT * INTO owed FROM contracts_payable WHERE id = NEW.payable_id;
    PERFORM pg_advisory_xact_lock(hashtext('contracts.account'), owed.supplier_id::integer);
    SELECT unit_price INTO price FROM contracts_orderline WHERE id = arrived.line_id;
    SELECT coalesce(sum(a.accepted), 0) INTO most FROM contracts_acceptance a WHERE a.arrived_id = arrived.id;
    IF contracts_prepaid(owed.order_id) THEN
        most := most + greatest(contracts_counted(arrived.id) - contracts_decided(arrived.id), 0);
    END IF;
    IF owed.arrival_id IS DISTINCT FROM arrived.arrival_id OR NEW.goods <> NEW.pieces * price
       OR NEW.pieces + (SELECT coalesce(sum(p.pieces), 0) FROM contracts_payablepart p
                        LEFT JOIN contracts_acceptance a ON a.id = p.acceptance_id
                        LEFT JOIN contracts_recount n ON n.id = p.recount_id
                        WHERE coalesce(a.arrived_id, n.arrived_id) = arrived.id) > most THEN
        PERFORM contracts_refuse_money('no more is owed than arrived and was accepted (P2.2)', 'payable_worth');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_worth BEFORE INSERT ON contracts_payablepart
    FOR EACH ROW EXECUTE FUNCTION contracts_part_law();

-- Looked at when the transaction ends.
CREATE FUNCTION contracts_payable_adds_up() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.arrival_id IS NOT NULL AND NEW.goods <> (
            SELECT coalesce(sum(p.goods), 0) FROM contracts_payablepart p WHERE p.payable_id = NEW.id) THEN
        PERFORM contracts_refuse_money('a balance is the sum of its goods (P2.2)', 'payable_worth');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_adds_up AFTER INSERT ON contracts_payable
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_payable_adds_up();
"""
UNDO = """
DROP TRIGGER law_adds_up ON contracts_payable; DROP FUNCTION contracts_payable_adds_up();
DROP TRIGGER law_worth ON contracts_payablepart; DROP FUNCTION contracts_part_law();
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0024_decided_after_the_end")]

    operations = [migrations.RunSQL(LAW, UNDO)]
