from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import insert_only

LAW_SQL = """
CREATE OR REPLACE FUNCTION catalog_stock_moves() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.source IN ('opening', 'count') AND NOT EXISTS (
        SELECT FROM catalog_stockcountline l JOIN catalog_stockcount c ON c.id = l.count_id
        WHERE l.count_id = NEW.count_id AND l.sku_id = NEW.sku_id AND l.counted - l.book = NEW.change
          AND c.state = 'done' AND (NEW.run_id IS NOT NULL OR NOT l.beyond)
          AND (NEW.source = 'count' OR NOT EXISTS (SELECT FROM catalog_stockmovement m WHERE m.sku_id = NEW.sku_id))
    ) THEN
        RAISE EXCEPTION 'a count moves what was counted, and over the limit only what was agreed'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'catalog_stock_counted';
    END IF;
    INSERT INTO catalog_stockbalance AS b (sku_id, quantity, moved_at) VALUES (NEW.sku_id, NEW.change, NEW.at)
    ON CONFLICT (sku_id) DO UPDATE
        SET quantity = b.quantity + EXCLUDED.quantity, moved_at = greatest(b.moved_at, EXCLUDED.moved_at)
    RETURNING quantity INTO NEW.after;
    RETURN NEW;
END $$;
CREATE TRIGGER law_moves BEFORE INSERT ON catalog_stockmovement
    FOR EACH ROW EXECUTE FUNCTION catalog_stock_moves();

CREATE OR REPLACE FUNCTION catalog_stock_follows() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'stock is the sum of its movements: it is written by none but the database'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'catalog_stock_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_follows BEFORE INSERT OR UPDATE OR DELETE ON catalog_stockbalance
    FOR EACH ROW EXECUTE FUNCTION catalog_stock_follows();
CREATE TRIGGER law_follows_truncate BEFORE TRUNCATE ON catalog_stockbalance
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_stock_follows();

CREATE OR REPLACE FUNCTION catalog_count_line_fixed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    line catalog_stockcountline := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF NOT EXISTS (SELECT FROM catalog_stockcount c WHERE c.id = line.count_id AND c.state = 'open')
       OR (TG_OP = 'UPDATE' AND (OLD.count_id, OLD.sku_id) <> (NEW.count_id, NEW.sku_id)) THEN
        RAISE EXCEPTION 'a count that was handed in is fixed'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'catalog_count_line_fixed';
    END IF;
    RETURN line;
END $$;
CREATE TRIGGER law_fixed BEFORE INSERT OR UPDATE OR DELETE ON catalog_stockcountline
    FOR EACH ROW EXECUTE FUNCTION catalog_count_line_fixed();

CREATE OR REPLACE FUNCTION catalog_count_ends() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'open' OR (TG_OP = 'UPDATE' AND OLD.category_id <> NEW.category_id) THEN
        RAISE EXCEPTION 'a count that has ended is fixed'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'catalog_count_ends';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER law_ends BEFORE UPDATE OR DELETE ON catalog_stockcount
    FOR EACH ROW EXECUTE FUNCTION catalog_count_ends();
"""
UNDO_SQL = """
DROP TRIGGER law_ends ON catalog_stockcount; DROP FUNCTION catalog_count_ends();
DROP TRIGGER law_fixed ON catalog_stockcountline; DROP FUNCTION catalog_count_line_fixed();
DROP TRIGGER law_follows ON catalog_stockbalance; DROP TRIGGER law_follows_truncate ON catalog_stockbalance;
DROP FUNCTION catalog_stock_follows();
DROP TRIGGER law_moves ON catalog_stockmovement; DROP FUNCTION catalog_stock_moves();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_stock"),
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
    ]

    operations = [
        insert_only("catalog_stockmovement"),
        authorised(
            "catalog_stockmovement",
            "catalog.stock_variance",
            {"sku_id": "sku", "change": "change"},
            rows=True,
            whole={"count_id": "count"},
            clauses=["C10.10", "J6", "J1.11"],
        ),
        migrations.RunSQL(sql=LAW_SQL, reverse_sql=UNDO_SQL),
    ]
