"""What a supplier's person said of an order has a proof (P7b, P1.4); a confirmation of the first sample that one of us
files for the supplier has its paper, and says who it was (P1.4)."""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

PROVEN = """
-- Looked at when the transaction ends. Whether the proof is a right one, only the application can say: the key is not here.
CREATE FUNCTION contracts_said_proven() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_doorproof p WHERE p.event_id = NEW.id) THEN
        RAISE EXCEPTION 'what a supplier''s person says is said at the door (P7b)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_proven';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_proven AFTER INSERT ON contracts_orderevent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.contact_id IS NOT NULL)
    EXECUTE FUNCTION contracts_said_proven();
ALTER TABLE contracts_doorproof ADD CONSTRAINT contracts_doorproof_mac CHECK (mac ~ '^[0-9a-f]{64}$');
"""
NOT_PROVEN = """
ALTER TABLE contracts_doorproof DROP CONSTRAINT contracts_doorproof_mac;
DROP TRIGGER law_proven ON contracts_orderevent; DROP FUNCTION contracts_said_proven();
"""

EVENT_BEFORE = sql.function("0007_order_law", "ORDERS", "contracts_order_event")
EVENT = sql.changed(
    EVENT_BEFORE,
    (
        "    lacks := contracts_order_lacks",
        """    IF NEW.word = 'first_sample_theirs' AND NEW.contact_id IS NULL AND (NEW.file_id IS NULL OR btrim(NEW.text) = '') THEN
        RAISE EXCEPTION 'order %: the supplier confirms at its door, or by a paper (P1.4)', o.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'purchase_confirmed';
    END IF;
    lacks := contracts_order_lacks""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0039_proofs_of_before")]

    operations = [
        migrations.RunSQL(PROVEN, NOT_PROVEN),
        migrations.RunSQL(EVENT, EVENT_BEFORE),
    ]
