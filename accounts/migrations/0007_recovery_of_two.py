"""Another recovery key than the first one rests on a run that somebody else than its maker agreed to."""

import django.db.models.deletion
from django.db import migrations, models

ANOTHER = """
CREATE FUNCTION accounts_other_recovery(run bigint, former bigint) RETURNS SETOF text LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT asked.item ->> 'public' FROM approvals_run r CROSS JOIN LATERAL approvals_asked(r.id, false) asked
    WHERE (accounts_other_recovery.run IS NULL OR r.id = accounts_other_recovery.run)
      AND r.kind = 'accounts.new_recovery_key' AND r.state IN ('agreed', 'executed')
      AND asked.item ->> 'replaces' = former::text
      AND EXISTS (SELECT FROM approvals_vote v WHERE v.run_id = r.id AND v.round = r.round
                  AND v.decision = 'approve' AND v.person_id <> r.requester_id)
$$;
CREATE OR REPLACE FUNCTION accounts_recovery_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM accounts_recoverykey) AND NOT EXISTS (
               SELECT FROM accounts_other_recovery(NEW.run_id, (SELECT max(id) FROM accounts_recoverykey)) agreed (public)
               JOIN approvals_run r ON r.id = NEW.run_id AND r.requester_id = NEW.made_by_id
               WHERE agreed.public = encode(NEW.public, 'hex')) THEN
            RAISE EXCEPTION 'a second person agrees to another recovery key (C8.2)'
                USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_recovery_law';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.public, NEW.made_by_id, NEW.made_at, NEW.run_id)
          IS DISTINCT FROM (OLD.id, OLD.public, OLD.made_by_id, OLD.made_at, OLD.run_id)
       OR OLD.ended_at IS NOT NULL
       OR (NEW.ended_at IS NOT NULL AND NOT EXISTS (
               SELECT FROM accounts_other_recovery(NULL, OLD.id) agreed (public)
               WHERE NOT EXISTS (SELECT FROM accounts_recoverykey k WHERE encode(k.public, 'hex') = agreed.public))) THEN
        RAISE EXCEPTION 'a recovery key stays the one it is until a second person has agreed to another one'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_recovery_law';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER law_recovery ON accounts_recoverykey;
CREATE TRIGGER law_recovery BEFORE INSERT OR UPDATE OR DELETE ON accounts_recoverykey
    FOR EACH ROW EXECUTE FUNCTION accounts_recovery_law();
"""
BEFORE = """
CREATE OR REPLACE FUNCTION accounts_recovery_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.public, NEW.made_by_id, NEW.made_at) IS DISTINCT FROM (OLD.public, OLD.made_by_id, OLD.made_at)
       OR OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'a recovery key stays the one it is'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'accounts_recovery_law';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER law_recovery ON accounts_recoverykey;
CREATE TRIGGER law_recovery BEFORE UPDATE OR DELETE ON accounts_recoverykey
    FOR EACH ROW EXECUTE FUNCTION accounts_recovery_law();
DROP FUNCTION accounts_other_recovery(bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_vault_changed"), ("approvals", "0007_rows_asked_anew")]

    operations = [
        migrations.AddField(
            model_name="recoverykey",
            name="run",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="approvals.run"
            ),
        ),
        migrations.RunSQL(ANOTHER, BEFORE),
    ]
