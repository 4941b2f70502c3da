"""What was counted is counted again, never changed: a recount says what stood before it, takes back no more acceptance
than it must, and is of an order that has goods here. From it on the gates judge by the new figure; an order that closed
on pieces which are not there is open again (P7a)."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

from office.audit.law import insert_only

_before = import_module("contracts.migrations.0007_order_law")


def _function(text: str, name: str) -> str:
    """Of the SQL of a migration, the function of this name, to be put in the place of itself."""
    begins = text.index(f"CREATE FUNCTION {name}(")
    return text[begins : text.index("$$;", begins) + 3].replace("CREATE", "CREATE OR REPLACE", 1)


def _with(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(old)
        text = text.replace(old, new)
    return text


SAID = _function(_before.ORDERS, "contracts_order_said")
LACKS = _function(_before.ORDERS, "contracts_order_lacks")
ACCEPTANCE = _function(_before.GOODS, "contracts_acceptance_law")

COUNTED = """
CREATE FUNCTION contracts_counted(of_arrived bigint) RETURNS bigint LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((SELECT n.counted FROM contracts_recount n WHERE n.arrived_id = r.id ORDER BY n.id DESC LIMIT 1),
                    r.counted)::bigint
    FROM contracts_arrivalline r WHERE r.id = of_arrived
$$;
CREATE FUNCTION contracts_withdrawn(of_arrived bigint) RETURNS bigint LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(sum(n.withdrawn), 0)::bigint FROM contracts_recount n WHERE n.arrived_id = of_arrived
$$;
CREATE FUNCTION contracts_line_accepted(of_line bigint) RETURNS bigint LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (coalesce((SELECT sum(a.accepted) FROM contracts_acceptance a
                      JOIN contracts_arrivalline r ON r.id = a.arrived_id WHERE r.line_id = of_line), 0)
          - coalesce((SELECT sum(n.withdrawn) FROM contracts_recount n
                      JOIN contracts_arrivalline r ON r.id = n.arrived_id WHERE r.line_id = of_line), 0))::bigint
$$;
"""
NO_COUNTED = """
DROP FUNCTION contracts_line_accepted(bigint); DROP FUNCTION contracts_withdrawn(bigint);
DROP FUNCTION contracts_counted(bigint);
"""

RECOUNT = """
CREATE FUNCTION contracts_recount_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    r contracts_arrivalline;
    held text;
    taken bigint;
    refused bigint;
BEGIN
    SELECT * INTO r FROM contracts_arrivalline WHERE id = NEW.arrived_id;
    -- One figure at a time: acceptances and recounts of an order wait for each other.
    SELECT o.state INTO held FROM contracts_purchaseorder o JOIN contracts_orderline l ON l.order_id = o.id
    WHERE l.id = r.line_id FOR UPDATE OF o;
    IF held NOT IN ('shipped', 'closed') THEN
        RAISE EXCEPTION 'only goods that are here are counted again'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'recount_gate';
    END IF;
    IF NEW.was <> contracts_counted(r.id) THEN
        RAISE EXCEPTION 'a recount names the figure that holds'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'recount_was';
    END IF;
    SELECT coalesce(sum(a.accepted + a.refused), 0), coalesce(sum(a.refused), 0) INTO taken, refused
    FROM contracts_acceptance a WHERE a.arrived_id = r.id;
    IF NEW.counted < refused OR NEW.withdrawn <> greatest(taken - contracts_withdrawn(r.id) - NEW.counted, 0) THEN
        RAISE EXCEPTION 'a recount takes back what was accepted and is not there, no more and no less'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'recount_withdrawn';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_recount FOR EACH ROW EXECUTE FUNCTION contracts_recount_law();
"""
NO_RECOUNT = "DROP TRIGGER law_gate ON contracts_recount; DROP FUNCTION contracts_recount_law();"

_SAID_NOW = _with(
    SAID,
    (
        "('closed', 'shipped', 'closed'),",
        "('closed', 'shipped', 'closed'), ('reopened', 'closed', 'shipped'),",
    ),
)
_LACKS_NOW = _with(
    LACKS,
    (
        """l.quantity > (
                   SELECT coalesce(sum(a.accepted), 0) FROM contracts_acceptance a
                   JOIN contracts_arrivalline r ON r.id = a.arrived_id WHERE r.line_id = l.id)) THEN""",
        "l.quantity > contracts_line_accepted(l.id)) THEN",
    ),
    (
        "    ELSIF said = 'ended' THEN",
        """    ELSIF said = 'reopened' THEN
        IF EXISTS (SELECT FROM contracts_orderend n WHERE n.order_id = o.id) OR NOT EXISTS (
                SELECT FROM contracts_orderline l JOIN contracts_arrivalline r ON r.line_id = l.id
                WHERE l.order_id = o.id AND (l.quantity > contracts_line_accepted(l.id)
                   OR contracts_counted(r.id) > contracts_decided(r.id))) THEN
            RETURN 'a recount that leaves something open (P7a)';
        END IF;
    ELSIF said = 'ended' THEN""",
    ),
)
DECIDED = """
CREATE FUNCTION contracts_decided(of_arrived bigint) RETURNS bigint LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT (coalesce(sum(a.accepted + a.refused), 0) - contracts_withdrawn(of_arrived))::bigint
    FROM contracts_acceptance a WHERE a.arrived_id = of_arrived
$$;
"""
_ACCEPTANCE_NOW = _with(
    ACCEPTANCE,
    (
        """NEW.accepted + NEW.refused + (
            SELECT coalesce(sum(a.accepted + a.refused), 0) FROM contracts_acceptance a WHERE a.arrived_id = r.id) > r.counted THEN""",
        """NEW.accepted + NEW.refused + contracts_decided(r.id)
            > contracts_counted(r.id) THEN""",
    ),
    (
        """NEW.accepted + (SELECT coalesce(sum(a.accepted), 0) FROM contracts_acceptance a
                       JOIN contracts_arrivalline x ON x.id = a.arrived_id WHERE x.line_id = r.line_id)
""",
        "NEW.accepted + contracts_line_accepted(r.line_id)\n",
    ),
)


class Migration(migrations.Migration):
    dependencies = [("contracts", "0014_recounts")]

    operations = [
        insert_only("contracts_recount"),
        migrations.RunSQL(COUNTED, NO_COUNTED),
        migrations.RunSQL(DECIDED, "DROP FUNCTION contracts_decided(bigint);"),
        migrations.RunSQL(RECOUNT, NO_RECOUNT),
        migrations.RunSQL(_SAID_NOW, SAID),
        migrations.RunSQL(_LACKS_NOW, LACKS),
        migrations.RunSQL(_ACCEPTANCE_NOW, ACCEPTANCE),
    ]
