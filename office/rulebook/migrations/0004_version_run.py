"""A version names the approval it rests on; that name is not rewritten either."""

from django.db import migrations, models

SQL = """
CREATE OR REPLACE FUNCTION rulebook_version_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.id, NEW.book, NEW.source, NEW.base_source, NEW.sha256, NEW.activated_by_id,
                             NEW.activated_by_name, NEW.at, NEW.run_id)
           IS NOT DISTINCT FROM (OLD.id, OLD.book, OLD.source, OLD.base_source, OLD.sha256, OLD.activated_by_id,
                                 OLD.activated_by_name, OLD.at, OLD.run_id)
       AND (isempty(NEW.effective) OR lower(NEW.effective) = lower(OLD.effective)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on % is refused: a rulebook version is not rewritten (C14)', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'rulebook_version_law';
END $$;
"""
BEFORE = SQL.replace(", NEW.run_id", "").replace(", OLD.run_id", "")


class Migration(migrations.Migration):
    dependencies = [("rulebook", "0003_fixed_path")]
    operations = [
        migrations.AddField("version", "run_id", models.BigIntegerField(null=True)),
        migrations.RunSQL(SQL, BEFORE),
    ]
