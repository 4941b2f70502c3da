"""What stands on a channel is neither deleted nor begun anew beside its facts; and what names a run was carried out.

A listing without its row would be off sale without a fact. A price, a listing, a final text, a promotion price or a
variance that is only agreed to is none yet: the named executor has not acted (C11.1 to C11.3).
"""

from django.db import migrations

from office.approvals.law import executed

LISTING_SQL = """
CREATE FUNCTION catalog_listing_stays() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Where the row is there already, ON CONFLICT sees to it.
    IF TG_OP = 'INSERT' AND (
        NEW.fact_id IS NOT NULL
        OR NOT EXISTS (SELECT FROM catalog_listingfact f
                       WHERE f.sku_id = NEW.sku_id AND f.channel_id = NEW.channel_id)
        OR EXISTS (SELECT FROM catalog_channellisting c
                   WHERE c.sku_id = NEW.sku_id AND c.channel_id = NEW.channel_id)
    ) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.sku_id, NEW.channel_id) = (OLD.sku_id, OLD.channel_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what stands on a channel follows its facts and is not deleted'
        USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'catalog_listing_stays';
END $$;
CREATE TRIGGER law_stays BEFORE INSERT OR UPDATE OR DELETE ON catalog_channellisting
    FOR EACH ROW EXECUTE FUNCTION catalog_listing_stays();
CREATE TRIGGER law_stays_truncate BEFORE TRUNCATE ON catalog_channellisting
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_listing_stays();
"""
UNDO_SQL = """
DROP TRIGGER law_stays ON catalog_channellisting; DROP TRIGGER law_stays_truncate ON catalog_channellisting;
DROP FUNCTION catalog_listing_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_picture_thumb"), ("approvals", "0003_activation_law")]

    operations = [
        migrations.RunSQL(LISTING_SQL, UNDO_SQL),
        *(
            executed(f"catalog_{table}")
            for table in ("price", "listingfact", "finaltext", "promotionprice", "stockmovement")
        ),
    ]
