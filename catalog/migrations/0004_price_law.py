from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import insert_only

PROMOTION_SQL = """
CREATE OR REPLACE FUNCTION catalog_promotion_price_sound() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    met text;
BEGIN
    IF NEW.during IS DISTINCT FROM tstzrange(greatest(NEW.wanted_from, NEW.at), NEW.wanted_until, '[)')
       OR isempty(NEW.during) THEN
        RAISE EXCEPTION 'a promotion price holds from its writing at the earliest, and not after its end'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'promotion_price_during';
    END IF;
    -- One at a time for each SKU, so that two that are written at once see each other.
    PERFORM pg_advisory_xact_lock(7304, NEW.sku_id::int);
    SELECT other.promotion_id::text INTO met FROM catalog_promotionprice other
    WHERE other.sku_id = NEW.sku_id AND other.channel_id = NEW.channel_id AND other.during && NEW.during
      AND NOT (other.may_overlap AND NEW.may_overlap)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the price meets that of promotion %', met
            USING ERRCODE = 'exclusion_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'promotion_price_overlap';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_sound BEFORE INSERT ON catalog_promotionprice
    FOR EACH ROW EXECUTE FUNCTION catalog_promotion_price_sound();

CREATE OR REPLACE FUNCTION catalog_promotion_turn_true() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wanted timestamptz;
BEGIN
    SELECT CASE NEW.word WHEN 'begin' THEN min(lower(p.during)) ELSE max(upper(p.during)) END INTO wanted
    FROM catalog_promotionprice p WHERE p.promotion_id = NEW.promotion_id;
    IF wanted IS NULL OR NEW.at <> wanted OR NEW.noted_at < NEW.at
       OR NEW.authority_clause NOT IN ('C11.3', 'M9.3') THEN
        RAISE EXCEPTION 'a promotion begins and ends when its prices do'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'promotion_turn_true';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_true BEFORE INSERT ON catalog_promotionturn
    FOR EACH ROW EXECUTE FUNCTION catalog_promotion_turn_true();

CREATE OR REPLACE FUNCTION catalog_promotion_fixed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.priced_at IS NOT NULL AND
       (NEW.title, NEW.goal, NEW.starts_at, NEW.ends_at, NEW.channels, NEW.may_overlap, NEW.priced_at)
       IS DISTINCT FROM
       (OLD.title, OLD.goal, OLD.starts_at, OLD.ends_at, OLD.channels, OLD.may_overlap, OLD.priced_at) THEN
        RAISE EXCEPTION 'a promotion whose prices are written stays as it was agreed'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'promotion_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_fixed BEFORE UPDATE ON catalog_promotion
    FOR EACH ROW EXECUTE FUNCTION catalog_promotion_fixed();

CREATE OR REPLACE FUNCTION catalog_final_text_own() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM catalog_textversion t WHERE t.id = NEW.text_id AND t.product_id = NEW.product_id) THEN
        RAISE EXCEPTION 'a final text is one of its product'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'final_text_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_own BEFORE INSERT ON catalog_finaltext
    FOR EACH ROW EXECUTE FUNCTION catalog_final_text_own();
"""
REVERSE_SQL = """
DROP TRIGGER law_sound ON catalog_promotionprice; DROP FUNCTION catalog_promotion_price_sound();
DROP TRIGGER law_true ON catalog_promotionturn; DROP FUNCTION catalog_promotion_turn_true();
DROP TRIGGER law_fixed ON catalog_promotion; DROP FUNCTION catalog_promotion_fixed();
DROP TRIGGER law_own ON catalog_finaltext; DROP FUNCTION catalog_final_text_own();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_prices_texts_promotions"),
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
    ]

    operations = [
        *(
            insert_only(f"catalog_{table}")
            for table in (
                "price",
                "askedsku",
                "evidencefile",
                "picture",
                "textversion",
                "finaltext",
                "promotionprice",
                "promotionturn",
            )
        ),
        authorised(
            "catalog_price",
            "catalog.price",
            {"sku_id": "sku", "channel_id": "channel", "amount": "price", "wanted_at": "from"},
            rows=True,
        ),
        authorised(
            "catalog_finaltext",
            "catalog.text",
            {"product_id": "product", "text_id": "text", "sha256": "sha256"},
        ),
        authorised(
            "catalog_promotionprice",
            "catalog.promotion",
            {"sku_id": "sku", "channel_id": "channel", "rule": "rule", "value": "value"},
            rows=True,
            whole={
                "promotion_id": "promotion",
                "may_overlap": "may_overlap",
                "wanted_from": "from",
                "wanted_until": "until",
            },
        ),
        migrations.RunSQL(sql=PROMOTION_SQL, reverse_sql=REVERSE_SQL),
    ]
