"""What the database itself refuses about contracts (P6).

A version follows the last one; only the newest is signed; it is in force once both sides' scans are there. Whose contract
it is never changes, and an end is not taken back. `contracts_in_force(version, instant)` answers whether a version holds:
signed by then, within its dates, not ended, not replaced. No purchase order leaves the draft under any other.
"""

from django.db import migrations

from office.audit.law import insert_only

REFUSED = (
    "USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_p6'"
)

LAW = f"""
CREATE FUNCTION contracts_in_force(asked bigint, instant timestamptz) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM contracts_contractversion v
        JOIN contracts_contractforce f ON f.version_id = v.id
        JOIN contracts_contract c ON c.id = v.contract_id
        WHERE v.id = asked AND f.at <= instant AND (c.ended_at IS NULL OR c.ended_at > instant)
          AND (instant AT TIME ZONE 'Asia/Shanghai')::date BETWEEN v.starts_on AND v.ends_on
          AND NOT EXISTS (
              SELECT FROM contracts_contractversion later
              JOIN contracts_contractforce g ON g.version_id = later.id
              WHERE later.contract_id = v.contract_id AND later.n > v.n AND g.at <= instant
                AND later.starts_on <= (instant AT TIME ZONE 'Asia/Shanghai')::date))
$$;

CREATE FUNCTION contracts_contract_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.number <> OLD.number OR NEW.supplier_id <> OLD.supplier_id THEN
        RAISE EXCEPTION 'whose contract % is never changes (P6)', OLD.number {REFUSED};
    END IF;
    IF OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at THEN
        RAISE EXCEPTION 'contract % has ended (P6)', OLD.number {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_contract BEFORE UPDATE ON contracts_contract
    FOR EACH ROW EXECUTE FUNCTION contracts_contract_law();

CREATE FUNCTION contracts_version_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.n <> coalesce((SELECT max(n) FROM contracts_contractversion WHERE contract_id = NEW.contract_id), 0) + 1 THEN
        RAISE EXCEPTION 'version % of contract % does not follow the last one (P6)', NEW.n, NEW.contract_id {REFUSED};
    END IF;
    IF EXISTS (SELECT FROM contracts_contract WHERE id = NEW.contract_id AND ended_at IS NOT NULL) THEN
        RAISE EXCEPTION 'contract % has ended (P6)', NEW.contract_id {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_follows BEFORE INSERT ON contracts_contractversion
    FOR EACH ROW EXECUTE FUNCTION contracts_version_law();

CREATE FUNCTION contracts_newest(version bigint) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT NOT EXISTS (
        SELECT FROM contracts_contractversion v
        JOIN contracts_contract c ON c.id = v.contract_id
        LEFT JOIN contracts_contractversion later ON later.contract_id = v.contract_id AND later.n > v.n
        WHERE v.id = version AND (later.id IS NOT NULL OR c.ended_at IS NOT NULL))
$$;

CREATE FUNCTION contracts_signature_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT contracts_newest(NEW.version_id) THEN
        RAISE EXCEPTION 'version % was overtaken, or its contract has ended (P6)', NEW.version_id {REFUSED};
    END IF;
    IF NEW.side NOT IN ('ours', 'theirs') OR NEW.means NOT IN ('signature', 'seal')
       OR NEW.signed_on > (NEW.at AT TIME ZONE 'Asia/Shanghai')::date THEN
        RAISE EXCEPTION 'a signature is of one side, by signature or seal, of a day that has come (P6)' {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_signed BEFORE INSERT ON contracts_contractsignature
    FOR EACH ROW EXECUTE FUNCTION contracts_signature_law();

CREATE FUNCTION contracts_force_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT contracts_newest(NEW.version_id) THEN
        RAISE EXCEPTION 'version % was overtaken, or its contract has ended (P6)', NEW.version_id {REFUSED};
    END IF;
    IF 2 <> (SELECT count(DISTINCT side) FROM contracts_contractsignature
             WHERE version_id = NEW.version_id AND at <= NEW.at) THEN
        RAISE EXCEPTION 'version % is in force only once both sides have signed (P6)', NEW.version_id {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_both_signed BEFORE INSERT ON contracts_contractforce
    FOR EACH ROW EXECUTE FUNCTION contracts_force_law();

CREATE FUNCTION contracts_order_in_force() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.state IN ('draft', 'cancelled') OR (TG_OP = 'UPDATE' AND OLD.state <> 'draft') THEN
        RETURN NEW;
    END IF;
    IF NEW.issued_at IS NULL OR NEW.version_id IS NULL OR NOT contracts_in_force(NEW.version_id, NEW.issued_at)
       OR NEW.supplier_id <> (SELECT c.supplier_id FROM contracts_contractversion v
                              JOIN contracts_contract c ON c.id = v.contract_id WHERE v.id = NEW.version_id) THEN
        RAISE EXCEPTION 'order % is issued only under a contract in force with its supplier (P6)', NEW.number {REFUSED};
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_in_force BEFORE INSERT OR UPDATE ON contracts_purchaseorder
    FOR EACH ROW EXECUTE FUNCTION contracts_order_in_force();
"""

UNDO = """
DROP TRIGGER law_in_force ON contracts_purchaseorder; DROP FUNCTION contracts_order_in_force();
DROP TRIGGER law_both_signed ON contracts_contractforce; DROP FUNCTION contracts_force_law();
DROP TRIGGER law_signed ON contracts_contractsignature; DROP FUNCTION contracts_signature_law();
DROP TRIGGER law_follows ON contracts_contractversion; DROP FUNCTION contracts_version_law();
DROP TRIGGER law_contract ON contracts_contract; DROP FUNCTION contracts_contract_law();
DROP FUNCTION contracts_newest(bigint); DROP FUNCTION contracts_in_force(bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0003_agreements")]

    operations = [
        insert_only("contracts_contractforce"),
        insert_only("contracts_clausetext"),
        migrations.RunSQL(LAW, UNDO),
    ]
