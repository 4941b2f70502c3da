"""Categories are a tree; what was chosen for a season and what the planner wrote stays."""

from django.db import migrations

from office.audit.law import insert_only

TREE_SQL = """
CREATE FUNCTION catalog_category_tree() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.parent_id IS NULL THEN
        RETURN NEW;
    END IF;
    -- Two moves at once could make a circle that neither sees.
    PERFORM pg_advisory_xact_lock(7305);
    IF NEW.parent_id = NEW.id OR EXISTS (
        WITH RECURSIVE above (id, parent_id) AS (
            SELECT c.id, c.parent_id FROM catalog_category c WHERE c.id = NEW.parent_id
            UNION
            SELECT c.id, c.parent_id FROM catalog_category c JOIN above a ON c.id = a.parent_id
        )
        SELECT FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'a category does not stand in itself'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'category_tree';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_tree BEFORE INSERT OR UPDATE ON catalog_category
    FOR EACH ROW EXECUTE FUNCTION catalog_category_tree();

CREATE FUNCTION catalog_debut_ends() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'open' AND (NEW.product_id, NEW.opened_at, NEW.clause)
                                                 = (OLD.product_id, OLD.opened_at, OLD.clause)
       AND (NEW.state <> 'listed' OR EXISTS (
            SELECT FROM catalog_listingfact f JOIN catalog_sku s ON s.id = f.sku_id
            WHERE s.product_id = NEW.product_id AND f.listed)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a new product waits until it is listed, or until the reason is given, and stays so'
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'debut_ends';
END $$;
CREATE TRIGGER law_ends BEFORE UPDATE OR DELETE ON catalog_debut
    FOR EACH ROW EXECUTE FUNCTION catalog_debut_ends();
"""
UNDO_SQL = """
DROP TRIGGER law_ends ON catalog_debut; DROP FUNCTION catalog_debut_ends();
DROP TRIGGER law_tree ON catalog_category; DROP FUNCTION catalog_category_tree();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0013_planning"), ("audit", "0005_fixed_path")]

    operations = [
        migrations.RunSQL(TREE_SQL, UNDO_SQL),
        insert_only("catalog_seasonpick"),
        insert_only("catalog_plannerrecord"),
    ]
