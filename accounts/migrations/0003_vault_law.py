"""What the database itself refuses at the vault.

Facts, versions, custodians, sealed secrets and looks are insert-only. Facts, versions and custodians are what an agreed
run says of that account (C8.2), a version with the digest of what was sealed. An account is kept once there are facts of
it. A box is never changed, and removed only when the person may no longer read. A person's later key, and a lending, rest
on an agreed run of their own.
"""

from django.db import migrations

from office.approvals.law import ROWS_SQL
from office.audit.law import insert_only

ASKED = (
    ROWS_SQL
    + """
CREATE FUNCTION accounts_agreed(run bigint, account bigint) RETURNS SETOF jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT asked.item FROM approvals_run r CROSS JOIN LATERAL approvals_asked(r.id, true) asked
    WHERE r.id = run AND r.kind IN ('accounts.change', 'accounts.import') AND r.state IN ('agreed', 'executed')
      AND asked.item ->> 'account' = account::text
$$;
"""
)

LAW = """
CREATE FUNCTION accounts_facts_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts_agreed(NEW.run_id, NEW.account_id) asked (item)
        WHERE asked.item -> 'facts' ->> 'kind' = NEW.kind AND asked.item -> 'facts' ->> 'name' = NEW.name
          AND asked.item -> 'facts' ->> 'url' = NEW.url AND asked.item -> 'facts' ->> 'login' = NEW.login
          AND asked.item -> 'facts' ->> 'owner' = NEW.owner_id::text
          AND (asked.item -> 'facts' ->> 'renew_on') IS NOT DISTINCT FROM NEW.renew_on::text
          AND (asked.item -> 'facts' ->> 'change_days') IS NOT DISTINCT FROM NEW.change_days::text
          AND (asked.item -> 'facts' ->> 'closed')::boolean = NEW.closed
    ) THEN
        RAISE EXCEPTION 'nobody agreed to these facts of account % (C8.2)', NEW.account_id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_facts_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_agreed BEFORE INSERT ON accounts_accountfacts
    FOR EACH ROW EXECUTE FUNCTION accounts_facts_law();

CREATE FUNCTION accounts_version_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts_agreed(NEW.run_id, NEW.account_id) asked (item)
        CROSS JOIN LATERAL jsonb_array_elements(asked.item -> 'secrets') secret
        LEFT JOIN accounts_sealed s ON s.id = NEW.sealed_id
        WHERE secret ->> 'field' = NEW.field
          AND (secret ->> 'sealed') IS NOT DISTINCT FROM NEW.sealed_id::text
          AND (NEW.sealed_id IS NULL OR (s.account_id = NEW.account_id AND s.field = NEW.field
               AND secret ->> 'digest' = encode(sha256(s.ciphertext), 'hex')))
    ) THEN
        RAISE EXCEPTION 'nobody agreed to this secret of account % (C8.2)', NEW.account_id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_version_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_agreed BEFORE INSERT ON accounts_secretversion
    FOR EACH ROW EXECUTE FUNCTION accounts_version_law();

CREATE FUNCTION accounts_custodian_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts_agreed(NEW.run_id, NEW.account_id) asked (item)
        WHERE asked.item -> (CASE WHEN NEW.added THEN 'add' ELSE 'remove' END) @> to_jsonb(NEW.employee_id)
    ) THEN
        RAISE EXCEPTION 'nobody agreed to this custodian of account % (C8.2)', NEW.account_id
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_custodian_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_agreed BEFORE INSERT ON accounts_custodianchange
    FOR EACH ROW EXECUTE FUNCTION accounts_custodian_law();

CREATE FUNCTION accounts_account_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'INSERT' AND (NEW.state <> 'proposed' OR NEW.facts_id IS NOT NULL)) THEN
        RAISE EXCEPTION 'an account begins as a proposal and stays on record'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_account_law';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.facts_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_accountfacts f
        WHERE f.id = NEW.facts_id AND f.account_id = NEW.id AND f.name = NEW.name AND f.kind = NEW.kind
          AND f.closed = (NEW.state = 'closed')
          AND f.id = (SELECT max(id) FROM accounts_accountfacts WHERE account_id = NEW.id)
    ) THEN
        RAISE EXCEPTION 'an account is what its newest facts say'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_account_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_facts BEFORE INSERT OR UPDATE OR DELETE ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION accounts_account_law();

CREATE FUNCTION accounts_box_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- Nobody is let in but a custodian of the account, a borrower, who proposed it, or the safe.
        IF NEW.key_id IS NOT NULL AND NEW.lending_id IS NULL AND NOT EXISTS (
            SELECT FROM accounts_vaultkey k JOIN accounts_sealed s ON s.id = NEW.sealed_id
            JOIN accounts_account a ON a.id = s.account_id
            WHERE k.id = NEW.key_id AND k.state = 'current' AND (a.state = 'proposed' OR (
                SELECT c.added FROM accounts_custodianchange c
                WHERE c.account_id = a.id AND c.employee_id = k.employee_id ORDER BY c.id DESC LIMIT 1))
        ) OR NEW.lending_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM accounts_lending l JOIN accounts_vaultkey k ON k.employee_id = l.borrower_id
            JOIN accounts_sealed s ON s.account_id = l.account_id
            WHERE l.id = NEW.lending_id AND l.state = 'released' AND k.id = NEW.key_id AND k.state = 'current'
              AND s.id = NEW.sealed_id
        ) THEN
            RAISE EXCEPTION 'a box is for a custodian of the account, or for its borrower'
                USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_box_law';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND (
        EXISTS (SELECT FROM accounts_lending l WHERE l.id = OLD.lending_id AND l.state = 'over')
        OR EXISTS (SELECT FROM accounts_recoverykey r WHERE r.id = OLD.recovery_id AND r.ended_at IS NOT NULL)
        OR EXISTS (SELECT FROM accounts_vaultkey k WHERE k.id = OLD.key_id AND k.state = 'ended')
        OR EXISTS (SELECT FROM accounts_vaultkey k JOIN accounts_sealed s ON s.id = OLD.sealed_id
                   JOIN accounts_account a ON a.id = s.account_id AND a.state <> 'proposed'
                   WHERE k.id = OLD.key_id AND OLD.lending_id IS NULL AND NOT coalesce((
                       SELECT c.added FROM accounts_custodianchange c
                       WHERE c.account_id = a.id AND c.employee_id = k.employee_id ORDER BY c.id DESC LIMIT 1), false))
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a box stays while its reader may read'
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_box_law';
END $$;
CREATE TRIGGER law_box BEFORE INSERT OR UPDATE OR DELETE ON accounts_box
    FOR EACH ROW EXECUTE FUNCTION accounts_box_law();

CREATE FUNCTION accounts_key_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (
           (NEW.employee_id, NEW.public, NEW.made_at) IS DISTINCT FROM (OLD.employee_id, OLD.public, OLD.made_at)
           OR OLD.state = 'ended' OR (OLD.state = 'current' AND NEW.state = 'waiting'))) THEN
        RAISE EXCEPTION 'a key stays the one it is'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_key_law';
    END IF;
    IF NEW.state = 'current' AND EXISTS (
           SELECT FROM accounts_vaultkey k WHERE k.employee_id = NEW.employee_id AND k.id < NEW.id)
       AND NOT EXISTS (
           SELECT FROM approvals_run r CROSS JOIN LATERAL approvals_asked(r.id, false) asked
           WHERE r.id = NEW.run_id AND r.kind = 'accounts.new_key' AND r.state IN ('agreed', 'executed')
             AND asked.item ->> 'employee' = NEW.employee_id::text
             AND asked.item ->> 'public' = encode(NEW.public, 'hex')
             AND (SELECT count(DISTINCT v.person_id) FROM approvals_vote v
                  WHERE v.run_id = r.id AND v.round = r.round AND v.decision = 'approve') >= 2) THEN
        RAISE EXCEPTION 'two people agree to another key of the same person'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_key_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_key BEFORE INSERT OR UPDATE OR DELETE ON accounts_vaultkey
    FOR EACH ROW EXECUTE FUNCTION accounts_key_law();

CREATE FUNCTION accounts_recovery_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.public, NEW.made_by_id, NEW.made_at) IS DISTINCT FROM (OLD.public, OLD.made_by_id, OLD.made_at)
       OR OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'a recovery key stays the one it is'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_recovery_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_recovery BEFORE UPDATE OR DELETE ON accounts_recoverykey
    FOR EACH ROW EXECUTE FUNCTION accounts_recovery_law();

CREATE FUNCTION accounts_lending_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'INSERT' AND NEW.state <> 'asked') OR (TG_OP = 'UPDATE' AND (
           (NEW.account_id, NEW.borrower_id, NEW.lender_id, NEW.reason, NEW.hours)
               IS DISTINCT FROM (OLD.account_id, OLD.borrower_id, OLD.lender_id, OLD.reason, OLD.hours)
           OR (OLD.state IN ('over', 'refused') AND NEW.state <> OLD.state)
           OR (OLD.released_at IS NOT NULL AND (NEW.released_at, NEW.until) IS DISTINCT FROM (OLD.released_at, OLD.until))
           OR (OLD.changed_at IS NOT NULL AND NEW.changed_at IS DISTINCT FROM OLD.changed_at)
           OR (NEW.changed_at IS NOT NULL AND OLD.changed_at IS NULL AND NOT EXISTS (
                   SELECT FROM accounts_secretversion v LEFT JOIN accounts_sealed s ON s.id = v.sealed_id
                   WHERE v.account_id = NEW.account_id AND v.at >= NEW.released_at AND s.renews_id IS NULL)))) THEN
        RAISE EXCEPTION 'a lending stays as it was agreed to, until its secret has been changed'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_lending_law';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.state IN ('agreed', 'released') AND NOT EXISTS (
           SELECT FROM approvals_run r CROSS JOIN LATERAL approvals_asked(r.id, false) asked
           WHERE r.id = NEW.run_id AND r.kind = 'accounts.shared_login' AND r.state IN ('agreed', 'executed')
             AND asked.item ->> 'lending' = NEW.id::text AND asked.item ->> 'borrower' = NEW.borrower_id::text
             AND asked.item ->> 'account' = NEW.account_id::text AND asked.item ->> 'hours' = NEW.hours::text) THEN
        RAISE EXCEPTION 'the department head did not agree to this lending (C13.4)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_lending_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_lending BEFORE INSERT OR UPDATE OR DELETE ON accounts_lending
    FOR EACH ROW EXECUTE FUNCTION accounts_lending_law();
"""
TRIGGERS = (
    ("law_agreed", "accountfacts", "facts_law"),
    ("law_agreed", "secretversion", "version_law"),
    ("law_agreed", "custodianchange", "custodian_law"),
    ("law_facts", "account", "account_law"),
    ("law_box", "box", "box_law"),
    ("law_key", "vaultkey", "key_law"),
    ("law_recovery", "recoverykey", "recovery_law"),
    ("law_lending", "lending", "lending_law"),
)
UNDO = "".join(
    f"DROP TRIGGER {trigger} ON accounts_{table}; DROP FUNCTION accounts_{function}();"
    for trigger, table, function in TRIGGERS
)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_vault"), ("approvals", "0006_annex")]

    operations = [
        migrations.RunSQL(ASKED, "DROP FUNCTION accounts_agreed(bigint, bigint);"),
        migrations.RunSQL(LAW, UNDO),
        insert_only("accounts_accountfacts"),
        insert_only("accounts_secretversion"),
        insert_only("accounts_custodianchange"),
        insert_only("accounts_sealed"),
        insert_only("accounts_reveal"),
    ]
