"""After a lending only another password counts: neither one taken out of the vault, nor another field's secret. And a
lost passphrase is a reason to change what it opened."""

from django.db import migrations, models

LENDING = """
CREATE OR REPLACE FUNCTION accounts_lending_law() RETURNS trigger LANGUAGE plpgsql
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
                   WHERE v.account_id = NEW.account_id AND v.at >= NEW.released_at AND s.renews_id IS NULL
                     ANOTHER)))) THEN
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
"""
BEFORE = LENDING.replace("ANOTHER", "")
AFTER = LENDING.replace("ANOTHER", "AND v.field = 'password' AND v.sealed_id IS NOT NULL")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_vault_words")]

    operations = [
        migrations.RunSQL(AFTER, BEFORE),
        migrations.AlterField(
            model_name="rotation",
            name="why",
            field=models.CharField(
                choices=[
                    ("removed", "no longer a custodian"),
                    ("left", "has left, or no longer holds the post"),
                    ("lost", "lost the vault passphrase"),
                ],
                max_length=7,
            ),
        ),
    ]
