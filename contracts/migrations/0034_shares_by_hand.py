"""What was still as the inserter said: the part of the deposit that goods carry, so that nothing counts as paid that is
not (P2.2); the book that a version of a contract departs from (P6); a decision on a loss claim that was taken back, or in
a time that the trail does not know (P1.5)."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

REFUSED = (
    "USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_p6'"
)

SHARE = """
-- What of the deposit is owed no longer, or came free for other payments.
CREATE FUNCTION contracts_given_back(of_order bigint) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (SELECT coalesce(sum(v.amount) FILTER (WHERE p.kind = 'deposit'), 0) - coalesce(sum(v.paid), 0)
            FROM contracts_payablevoid v JOIN contracts_payable p ON p.id = v.payable_id WHERE p.order_id = of_order)
         + (SELECT coalesce(sum(s.amount), 0) FROM contracts_setoff s WHERE s.order_id = of_order AND s.kind = 'advance')
$$;
-- contracts/rules/schedule.py, from_deposit: the last goods of an order carry the rest of its deposit.
CREATE FUNCTION contracts_payable_share() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    whole numeric; deposit numeric; before numeric; carried numeric; used numeric;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('contracts.account'), NEW.supplier_id::integer);
    SELECT coalesce(sum(l.quantity * l.unit_price), 0) INTO whole FROM contracts_orderline l WHERE l.order_id = NEW.order_id;
    SELECT coalesce(sum(p.amount), 0) - contracts_given_back(NEW.order_id) INTO deposit
    FROM contracts_payable p WHERE p.order_id = NEW.order_id AND p.kind = 'deposit';
    SELECT coalesce(sum(p.goods), 0), coalesce(sum(p.goods - p.amount), 0) INTO before, carried
    FROM contracts_payable p WHERE p.order_id = NEW.order_id AND p.kind = 'balance';
    SELECT before - coalesce(sum(v.goods), 0), carried - coalesce(sum(v.goods - v.amount - v.paid), 0) INTO before, carried
    FROM contracts_payablevoid v JOIN contracts_payable p ON p.id = v.payable_id
    WHERE p.order_id = NEW.order_id AND p.kind = 'balance';
    used := CASE WHEN before + NEW.goods >= whole THEN deposit
                 ELSE round((deposit * (before + NEW.goods))::numeric(60, 30) / whole, 2) END;
    IF NEW.goods - NEW.amount <> least(greatest(used - carried, 0), NEW.goods) THEN
        PERFORM contracts_refuse_money('goods carry their part of the deposit and no more (P2.2)', 'payable_share');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_worth_share BEFORE INSERT ON contracts_payable
    FOR EACH ROW WHEN (NEW.kind = 'balance') EXECUTE FUNCTION contracts_payable_share();
"""
NO_SHARE = """
DROP TRIGGER law_worth_share ON contracts_payable; DROP FUNCTION contracts_payable_share();
DROP FUNCTION contracts_given_back(bigint);
"""

BOOK_BEFORE = sql.function("0022_departing_terms", "LAW", "contracts_version_book")
BOOK = sql.changed(
    BOOK_BEFORE,
    (
        "    RETURN NEW;",
        f"""    IF NOT EXISTS (SELECT FROM rulebook_version w WHERE w.effective @> NEW.at)
       OR NEW.at < (SELECT c.created_at FROM contracts_contract c WHERE c.id = NEW.contract_id)
       OR EXISTS (SELECT FROM contracts_contractversion v WHERE v.contract_id = NEW.contract_id AND v.at > NEW.at) THEN
        RAISE EXCEPTION 'a version is drawn under a book, after what came before it (P6)' {REFUSED};
    END IF;
    IF EXISTS (SELECT FROM rulebook_version w JOIN contracts_contractversion v ON w.effective @> v.at, jsonb_each(v.book) b
               WHERE w.effective @> NEW.at AND NEW.book ? b.key AND NEW.book -> b.key IS DISTINCT FROM b.value) THEN
        RAISE EXCEPTION 'one book says one thing in every version that is drawn under it (P6)' {REFUSED};
    END IF;
    RETURN NEW;""",
    ),
)

DECISION_BEFORE = sql.function("0023_loss_decisions", "LAW", "contracts_lossdecision_law")
DECISION = sql.changed(
    DECISION_BEFORE,
    (
        "    SELECT a.word INTO said",
        """    IF EXISTS (SELECT FROM contracts_setoff s JOIN contracts_setoffend e ON e.set_off_id = s.id
               WHERE s.paper_type = 'loss_claim' AND s.paper_id = NEW.claim_id::text AND e.amount = s.amount)
       OR NEW.at < (SELECT c.at FROM contracts_lossclaim c WHERE c.id = NEW.claim_id)
       OR NEW.at < (SELECT a.at FROM contracts_lossanswer a WHERE a.claim_id = NEW.claim_id) THEN
        RAISE EXCEPTION 'a claim that was taken back is not decided, and none before it was made or answered (P1.5)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'lossdecision_gate';
    END IF;
    SELECT a.word INTO said""",
    ),
)

TRAIL = """
-- Looked at when the transaction ends. Time is whoever writes it down says it is; the trail, which nobody changes, has to
-- say the same.
CREATE FUNCTION contracts_lossdecision_trail() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_lossclaim c JOIN audit_entry e
                   ON e.subject_type = 'purchase_order' AND e.subject_id = c.order_id::text
                   WHERE c.id = NEW.claim_id AND e.verb = 'contracts.loss_stands' AND e.at = NEW.at
                     AND e.actor_id = NEW.by_id) THEN
        RAISE EXCEPTION 'a decision on a claim is in the trail, at its time (P1.5)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'lossdecision_trail';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_trail AFTER INSERT ON contracts_lossdecision
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_lossdecision_trail();
"""
NO_TRAIL = "DROP TRIGGER law_trail ON contracts_lossdecision; DROP FUNCTION contracts_lossdecision_trail();"


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0033_own_clauses"),
        ("audit", "0001_initial"),
        ("rulebook", "0004_version_run"),
    ]

    operations = [
        migrations.RunSQL(SHARE, NO_SHARE),
        migrations.RunSQL(BOOK, BOOK_BEFORE),
        migrations.RunSQL(DECISION, DECISION_BEFORE),
        migrations.RunSQL(TRAIL, NO_TRAIL),
    ]
