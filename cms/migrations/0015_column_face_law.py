"""Nobody changes pages without an agreement (C6.1): a column begins hidden; it is shown, and what is read of it changes,
by the face that was agreed to last. Columns of before stay as they are until they are changed."""

from django.db import migrations

from office.approvals.law import authorised, dated, executed
from office.audit.law import insert_only

LAW = """
CREATE FUNCTION cms_column_face() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.active THEN
            RAISE EXCEPTION 'a column begins hidden: to be shown it needs an agreement (C6.1)'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_column_face';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.active THEN
            RAISE EXCEPTION 'a column that is shown is not deleted (C6.1)'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_column_face';
        END IF;
        RETURN OLD;
    END IF;
    IF (OLD.active OR NEW.active)
       AND (NEW.slug, NEW.name, NEW.description, NEW.place, NEW.active)
           IS DISTINCT FROM (OLD.slug, OLD.name, OLD.description, OLD.place, OLD.active)
       AND NOT EXISTS (
           SELECT FROM (SELECT * FROM cms_columnface WHERE column_id = NEW.id ORDER BY id DESC LIMIT 1) face
           WHERE (face.slug, face.name, face.description, face.place, face.active)
               = (NEW.slug, NEW.name, NEW.description, NEW.place, NEW.active)) THEN
        RAISE EXCEPTION 'what the public reads of a column changes as it was agreed to (C6.1)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_column_face';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER column_face BEFORE INSERT OR UPDATE OR DELETE ON cms_column
    FOR EACH ROW EXECUTE FUNCTION cms_column_face();
"""
REVERSE = "DROP TRIGGER column_face ON cms_column; DROP FUNCTION cms_column_face();"


class Migration(migrations.Migration):
    dependencies = [("cms", "0014_column_face")]

    operations = [
        insert_only("cms_columnface"),
        authorised(
            "cms_columnface",
            "cms.column",
            {
                "column_id": "column",
                "slug": "slug",
                "name": "name",
                "description": "description",
                "place": "place",
                "active": "active",
            },
        ),
        executed("cms_columnface"),
        dated("cms_columnface"),
        migrations.RunSQL(LAW, REVERSE),
    ]
