"""A draw of inspections is what its seed gives (P3.2): out of every line in production with its steps, by the share of
the book, the chosen ones and no others, each with its inspection. `contracts/rules/lottery.py` says how it is drawn.

Orders that go into production or out of it wait for a draw that is under way, and a draw waits for them: else what was
drawn from would not be what is there."""

from __future__ import annotations

from django.db import migrations

LAW = """
-- The number that the SHA-256 of a text is, modulo n.
CREATE FUNCTION contracts_lot_modulo(said text, n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    h bytea := sha256(convert_to(said, 'UTF8')); found bigint := 0;
BEGIN
    FOR place IN 0..31 LOOP
        found := (found * 256 + get_byte(h, place)) % n;
    END LOOP;
    RETURN found;
END $$;
CREATE FUNCTION contracts_drawn(seed text, percent numeric, candidates jsonb) RETURNS jsonb LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_agg(jsonb_build_object('line', r.line, 'step', r.steps -> contracts_lot_modulo(
        seed || ':' || r.line || ':step', jsonb_array_length(r.steps))) ORDER BY r.line)
    FROM (SELECT (c ->> 'line')::bigint AS line, c -> 'steps' AS steps, count(*) OVER () AS many,
                 row_number() OVER (ORDER BY sha256(convert_to(seed || ':' || (c ->> 'line'), 'UTF8'))) AS place
          FROM jsonb_array_elements(candidates) c) r
    WHERE r.place <= greatest(1, ceil(r.many * percent / 100))
$$;

CREATE FUNCTION contracts_draw_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    there jsonb;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('contracts.draw'));
    SELECT jsonb_agg(jsonb_build_object('line', l.id, 'steps', (
        SELECT coalesce(jsonb_agg(s.id ORDER BY s.n), '[]') FROM contracts_productionstep s WHERE s.line_id = l.id)) ORDER BY l.id)
    INTO there FROM contracts_orderline l JOIN contracts_purchaseorder o ON o.id = l.order_id WHERE o.state = 'producing';
    IF NEW.candidates IS DISTINCT FROM there OR NEW.chosen IS DISTINCT FROM contracts_drawn(NEW.seed, NEW.percent, there)
       OR NEW.percent <> contracts_book_number('contracts.draw_share', NEW.at)
       OR NOT EXISTS (SELECT FROM rulebook_version v WHERE v.effective @> NEW.at)
       OR NEW.scheduled_at IS NULL AND NEW.by_id IS NULL OR NEW.scheduled_at > NEW.at THEN
        RAISE EXCEPTION 'a draw is what its seed gives of all that is in production (P3.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'draw_repeated';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_repeated BEFORE INSERT ON contracts_draw FOR EACH ROW EXECUTE FUNCTION contracts_draw_law();

-- Looked at when the transaction ends.
CREATE FUNCTION contracts_draw_inspected() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    drawn bigint := CASE WHEN TG_TABLE_NAME = 'contracts_draw' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'draw_id')::bigint END;
BEGIN
    IF (SELECT d.chosen FROM contracts_draw d WHERE d.id = drawn) IS DISTINCT FROM (
            SELECT jsonb_agg(jsonb_build_object('line', i.line_id, 'step', i.step_id) ORDER BY i.line_id)
            FROM contracts_inspection i JOIN contracts_orderline l ON l.id = i.line_id
            WHERE i.draw_id = drawn AND i.lot = l.quantity) THEN
        RAISE EXCEPTION 'each line that was drawn is inspected, once and all of it (P3.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'draw_inspected';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_inspected AFTER INSERT ON contracts_draw
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_draw_inspected();
CREATE CONSTRAINT TRIGGER law_inspected AFTER INSERT ON contracts_inspection
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.draw_id IS NOT NULL) EXECUTE FUNCTION contracts_draw_inspected();

CREATE FUNCTION contracts_order_awaits_draw() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('contracts.draw'));
    RETURN NEW;
END $$;
CREATE TRIGGER law_awaits_draw BEFORE UPDATE ON contracts_purchaseorder FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state AND 'producing' IN (NEW.state, OLD.state))
    EXECUTE FUNCTION contracts_order_awaits_draw();
"""
UNDO = """
DROP TRIGGER law_awaits_draw ON contracts_purchaseorder; DROP FUNCTION contracts_order_awaits_draw();
DROP TRIGGER law_inspected ON contracts_inspection; DROP TRIGGER law_inspected ON contracts_draw;
DROP FUNCTION contracts_draw_inspected();
DROP TRIGGER law_repeated ON contracts_draw; DROP FUNCTION contracts_draw_law();
DROP FUNCTION contracts_drawn(text, numeric, jsonb); DROP FUNCTION contracts_lot_modulo(text, integer);
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0036_clauses_of_the_library")]

    operations = [migrations.RunSQL(LAW, UNDO)]
