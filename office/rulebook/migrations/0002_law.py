"""A version that was in force is never rewritten or removed; only the end of its range may move."""

from django.db import migrations

SQL = """
CREATE FUNCTION rulebook_version_law() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.id, NEW.book, NEW.source, NEW.base_source, NEW.sha256, NEW.activated_by_id,
                             NEW.activated_by_name, NEW.at)
           IS NOT DISTINCT FROM (OLD.id, OLD.book, OLD.source, OLD.base_source, OLD.sha256, OLD.activated_by_id,
                                 OLD.activated_by_name, OLD.at)
       AND (isempty(NEW.effective) OR lower(NEW.effective) = lower(OLD.effective)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on % is refused: a rulebook version is not rewritten (C14)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'rulebook_version_law';
END $$;
CREATE TRIGGER rulebook_version_law BEFORE UPDATE OR DELETE ON rulebook_version
    FOR EACH ROW EXECUTE FUNCTION rulebook_version_law();
"""

REVERSE = """
DROP TRIGGER rulebook_version_law ON rulebook_version;
DROP FUNCTION rulebook_version_law();
"""


class Migration(migrations.Migration):
    dependencies = [("rulebook", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
