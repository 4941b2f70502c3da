"""A promotion stops by an executed run alone; nothing is dated back; a correction is small.

The time of a row that names a run is that at which the run was carried out. What people move without a run follows, in
time, what was moved before. A correction is held to the limits of the book that is in force: its text says them.
"""

from django.db import migrations

from office.approvals.law import authorised, dated, executed
from office.audit.law import insert_only

STOP_SQL = """
CREATE FUNCTION catalog_promotion_stops() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    promotion catalog_promotion;
BEGIN
    SELECT * INTO promotion FROM catalog_promotion p WHERE p.id = NEW.promotion_id FOR UPDATE;
    IF promotion.priced_at IS NULL OR NEW.at <= promotion.priced_at OR NEW.at >= promotion.ends_at THEN
        RAISE EXCEPTION 'a promotion is stopped after its prices were set and before its end'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'promotion_stop_in_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_in_time BEFORE INSERT ON catalog_promotionstop
    FOR EACH ROW EXECUTE FUNCTION catalog_promotion_stops();

CREATE FUNCTION catalog_promotion_stopped() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE catalog_promotion SET stopped_at = NEW.at WHERE id = NEW.promotion_id;
    RETURN NULL;
END $$;
CREATE TRIGGER law_stopped AFTER INSERT ON catalog_promotionstop
    FOR EACH ROW EXECUTE FUNCTION catalog_promotion_stopped();

CREATE FUNCTION catalog_promotion_stop_true() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.stopped_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM catalog_promotionstop s WHERE s.promotion_id = NEW.id AND s.at = NEW.stopped_at
    ) OR TG_OP = 'UPDATE' AND NEW.stopped_at IS NULL AND OLD.stopped_at IS NOT NULL THEN
        RAISE EXCEPTION 'a promotion is stopped by its stop alone, and for good'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'promotion_stop_true';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_stop_true BEFORE INSERT OR UPDATE ON catalog_promotion
    FOR EACH ROW EXECUTE FUNCTION catalog_promotion_stop_true();

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
    SELECT other.promotion_id::text INTO met
    FROM catalog_promotionprice other
    LEFT JOIN catalog_promotionstop s ON s.promotion_id = other.promotion_id
    WHERE other.sku_id = NEW.sku_id AND other.channel_id = NEW.channel_id AND other.during && NEW.during
      AND (s.at IS NULL OR greatest(lower(other.during), lower(NEW.during)) < s.at)
      AND NOT (other.may_overlap AND NEW.may_overlap)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the price meets that of promotion %', met
            USING ERRCODE = 'exclusion_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'promotion_price_overlap';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION catalog_promotion_turn_true() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stopped timestamptz;
    wanted timestamptz;
BEGIN
    SELECT s.at INTO stopped FROM catalog_promotionstop s WHERE s.promotion_id = NEW.promotion_id;
    SELECT CASE NEW.word WHEN 'begin' THEN min(lower(p.during)) ELSE least(max(upper(p.during)), stopped) END
    INTO wanted FROM catalog_promotionprice p WHERE p.promotion_id = NEW.promotion_id;
    IF wanted IS NULL OR NEW.at <> wanted OR NEW.noted_at < NEW.at
       OR NEW.word = 'begin' AND stopped <= wanted
       OR NEW.authority_clause NOT IN ('C11.3', 'M9.3') THEN
        RAISE EXCEPTION 'a promotion begins and ends when its prices do'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'promotion_turn_true';
    END IF;
    RETURN NEW;
END $$;
"""
UNDO_STOP_SQL = """
DROP TRIGGER law_stop_true ON catalog_promotion; DROP FUNCTION catalog_promotion_stop_true();
DROP TRIGGER law_stopped ON catalog_promotionstop; DROP FUNCTION catalog_promotion_stopped();
DROP TRIGGER law_in_time ON catalog_promotionstop; DROP FUNCTION catalog_promotion_stops();
"""

TIME_SQL = r"""
CREATE FUNCTION catalog_limit(rule text, moment timestamptz) RETURNS numeric LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    -- The value of a limit in the book in force, else in the book that it includes.
    SELECT replace(coalesce(
        substring(v.source from pattern), substring(v.base_source from pattern)), '_', '')::numeric
    FROM rulebook_version v,
         concat('\[rules\."', replace(rule, '.', '\.'), '"\][^[]*\nvalue *= *"?([0-9][0-9._]*)') AS pattern
    WHERE v.effective @> moment
$$;

CREATE FUNCTION catalog_stock_dated() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    sku catalog_sku;
    pieces numeric := abs(NEW.change);
BEGIN
    SELECT * INTO sku FROM catalog_sku s WHERE s.id = NEW.sku_id;
    IF NEW.run_id IS NULL AND (NEW.at < sku.created_at OR EXISTS (
        SELECT FROM catalog_stockbalance b WHERE b.sku_id = NEW.sku_id AND NEW.at < b.moved_at)) THEN
        RAISE EXCEPTION 'stock is not moved in the past'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'catalog_stock_dated';
    END IF;
    IF NEW.source = 'correction' AND (
        pieces <= catalog_limit('catalog.variance_pieces', NEW.at)
        AND (sku.cost IS NULL OR pieces * sku.cost <= catalog_limit('catalog.variance_amount', NEW.at))
    ) IS NOT TRUE THEN
        RAISE EXCEPTION 'a correction over the limit of a variance is counted and agreed to'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'catalog_correction_small';
    END IF;
    RETURN NEW;
END $$;
-- Its name comes before law_moves: the balance is still that of before.
CREATE TRIGGER law_follows BEFORE INSERT ON catalog_stockmovement
    FOR EACH ROW EXECUTE FUNCTION catalog_stock_dated();

CREATE FUNCTION catalog_listing_dated() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.run_id IS NULL AND (
        EXISTS (SELECT FROM catalog_listingfact f
                WHERE f.sku_id = NEW.sku_id AND f.channel_id = NEW.channel_id AND f.at > NEW.at)
        OR EXISTS (SELECT FROM catalog_stockbalance b WHERE b.sku_id = NEW.sku_id AND NEW.at < b.moved_at)
    ) THEN
        RAISE EXCEPTION 'goods are not listed or delisted in the past'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME,
                  CONSTRAINT = 'catalog_listing_dated';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_follows BEFORE INSERT ON catalog_listingfact
    FOR EACH ROW EXECUTE FUNCTION catalog_listing_dated();
"""
UNDO_TIME_SQL = """
DROP TRIGGER law_follows ON catalog_listingfact; DROP FUNCTION catalog_listing_dated();
DROP TRIGGER law_follows ON catalog_stockmovement; DROP FUNCTION catalog_stock_dated();
DROP FUNCTION catalog_limit(text, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0011_promotion_stop"),
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
        ("rulebook", "0004_version_run"),
    ]

    operations = [
        insert_only("catalog_promotionstop"),
        authorised(
            "catalog_promotionstop",
            "catalog.promotion_stop",
            {"promotion_id": "promotion", "reason": "reason"},
        ),
        executed("catalog_promotionstop"),
        migrations.RunSQL(STOP_SQL, UNDO_STOP_SQL),
        migrations.RunSQL(TIME_SQL, UNDO_TIME_SQL),
        *(
            dated(f"catalog_{table}")
            for table in (
                "price",
                "listingfact",
                "finaltext",
                "promotionprice",
                "promotionstop",
                "stockmovement",
            )
        ),
    ]
