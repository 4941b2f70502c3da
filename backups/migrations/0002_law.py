"""What the database itself keeps of backups: keys, certificates and uses of permissions are only added; a finished run,
a stored copy and a given proof stand."""

from django.db import migrations

from office.audit.law import insert_only

LAW = """
CREATE FUNCTION backups_stays() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: what backups did is kept', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'backups_stays';
END $$;

CREATE TRIGGER law_stays BEFORE DELETE ON backups_backuprun FOR EACH ROW EXECUTE FUNCTION backups_stays();
CREATE TRIGGER law_stays_truncate BEFORE TRUNCATE ON backups_backuprun
    FOR EACH STATEMENT EXECUTE FUNCTION backups_stays();
CREATE TRIGGER law_finished BEFORE UPDATE ON backups_backuprun FOR EACH ROW
    WHEN (OLD.state IN ('done', 'failed')) EXECUTE FUNCTION backups_stays();

CREATE TRIGGER law_stays BEFORE DELETE ON backups_copy FOR EACH ROW EXECUTE FUNCTION backups_stays();
CREATE TRIGGER law_stays_truncate BEFORE TRUNCATE ON backups_copy
    FOR EACH STATEMENT EXECUTE FUNCTION backups_stays();
CREATE TRIGGER law_facts BEFORE UPDATE ON backups_copy FOR EACH ROW
    WHEN ((OLD.run_id, OLD.role, OLD.place, OLD.name, OLD.size, OLD.sha256)
          IS DISTINCT FROM (NEW.run_id, NEW.role, NEW.place, NEW.name, NEW.size, NEW.sha256)
          OR OLD.stored_at IS NOT NULL AND NEW.stored_at IS DISTINCT FROM OLD.stored_at
          OR OLD.removed_at IS NOT NULL AND NEW.removed_at IS DISTINCT FROM OLD.removed_at)
    EXECUTE FUNCTION backups_stays();

CREATE TRIGGER law_stays BEFORE DELETE ON backups_keyproof FOR EACH ROW EXECUTE FUNCTION backups_stays();
CREATE TRIGGER law_stays_truncate BEFORE TRUNCATE ON backups_keyproof
    FOR EACH STATEMENT EXECUTE FUNCTION backups_stays();
CREATE TRIGGER law_proved BEFORE UPDATE ON backups_keyproof FOR EACH ROW
    WHEN (OLD.proved_at IS NOT NULL) EXECUTE FUNCTION backups_stays();

CREATE FUNCTION backups_restore_use_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM approvals_run r WHERE r.id = NEW.run_id AND r.kind = 'backups.restore'
                   AND r.state = 'executed') THEN
        RAISE EXCEPTION 'run % did not permit to overwrite a database', NEW.run_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'backups_restore_permitted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_permitted BEFORE INSERT ON backups_restoreuse
    FOR EACH ROW EXECUTE FUNCTION backups_restore_use_law();
"""
UNDO = """
DROP TRIGGER law_permitted ON backups_restoreuse; DROP FUNCTION backups_restore_use_law();
DROP TRIGGER law_proved ON backups_keyproof; DROP TRIGGER law_stays_truncate ON backups_keyproof;
DROP TRIGGER law_stays ON backups_keyproof; DROP TRIGGER law_facts ON backups_copy;
DROP TRIGGER law_stays_truncate ON backups_copy; DROP TRIGGER law_stays ON backups_copy;
DROP TRIGGER law_finished ON backups_backuprun; DROP TRIGGER law_stays_truncate ON backups_backuprun;
DROP TRIGGER law_stays ON backups_backuprun; DROP FUNCTION backups_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("backups", "0001_initial"), ("audit", "0006_index_key_roles")]

    operations = [
        insert_only("backups_backupkey"),
        insert_only("backups_certificate"),
        insert_only("backups_restoreuse"),
        migrations.RunSQL(LAW, UNDO),
    ]
