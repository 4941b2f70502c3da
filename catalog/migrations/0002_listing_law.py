from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import insert_only

FOLLOWS_SQL = """
CREATE OR REPLACE FUNCTION catalog_listing_follows() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.fact_id IS NULL THEN
        IF NEW.listed OR NEW.since IS NOT NULL OR (TG_OP = 'UPDATE' AND OLD.fact_id IS NOT NULL) THEN
            RAISE EXCEPTION 'a listing without a fact is not on sale'
                USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                      CONSTRAINT = 'catalog_listing_follows';
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM catalog_listingfact f
        WHERE f.id = NEW.fact_id AND f.sku_id = NEW.sku_id AND f.channel_id = NEW.channel_id
          AND f.listed = NEW.listed AND f.at = NEW.since
          AND NOT EXISTS (SELECT FROM catalog_listingfact later
                          WHERE later.sku_id = f.sku_id AND later.channel_id = f.channel_id AND later.id > f.id)
    ) THEN
        RAISE EXCEPTION 'a listing is what its latest fact says'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'catalog_listing_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_follows BEFORE INSERT OR UPDATE ON catalog_channellisting
    FOR EACH ROW EXECUTE FUNCTION catalog_listing_follows();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
    ]

    operations = [
        insert_only("catalog_listingfact"),
        authorised(
            "catalog_listingfact",
            ["catalog.listing", "catalog.delisting"],
            {"sku_id": "sku", "listed": "listed"},
            rows=True,
            whole={"channel_id": "channel"},
            clauses=["C11.2b"],
        ),
        migrations.RunSQL(
            sql=FOLLOWS_SQL,
            reverse_sql="DROP TRIGGER law_follows ON catalog_channellisting; DROP FUNCTION catalog_listing_follows();",
        ),
    ]
