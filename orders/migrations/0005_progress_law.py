"""The database holds the state table of the desk (orders.rules.MOVES) and keeps the copied columns equal to the order's.

Inserts are checked set-wise, per statement, because orders are booked by the thousand. SQLSTATE 23514 with the
constraint's name tells a program which law it met.
"""

from django.db import migrations

SQL = """
CREATE FUNCTION orders_progress_may_move(old_state text, new_state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT old_state = new_state OR (old_state, new_state) IN (
        ('waiting', 'accepted'), ('waiting', 'cancelled'),
        ('accepted', 'contacted'), ('accepted', 'waiting'), ('accepted', 'cancelled'),
        ('contacted', 'confirmed'), ('contacted', 'invalid'), ('contacted', 'waiting'), ('contacted', 'cancelled'),
        ('confirmed', 'handed_over'), ('confirmed', 'waiting'), ('confirmed', 'cancelled'),
        ('handed_over', 'taken'),
        ('taken', 'closed')
    )
$$;

CREATE FUNCTION orders_progress_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the progress of order % is not deleted', OLD.order_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'progress_stays';
    END IF;
    IF NOT orders_progress_may_move(OLD.state, NEW.state) THEN
        RAISE EXCEPTION 'order %: no move from % to %', OLD.order_id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'progress_move';
    END IF;
    IF (NEW.order_id, NEW.shop_id, NEW.number, NEW.received_at, NEW.currency, NEW.goods)
            IS DISTINCT FROM (OLD.order_id, OLD.shop_id, OLD.number, OLD.received_at, OLD.currency, OLD.goods)
            OR NEW.total IS DISTINCT FROM OLD.total THEN
        RAISE EXCEPTION 'order %: the progress repeats the order, which does not change', OLD.order_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'progress_repeats_order';
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;

CREATE TRIGGER progress_move BEFORE UPDATE OR DELETE ON orders_orderprogress
    FOR EACH ROW EXECUTE FUNCTION orders_progress_move();

CREATE FUNCTION orders_progress_begin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong record;
BEGIN
    SELECT f.order_id, f.state,
           (o.id IS NULL
            OR (f.shop_id, f.number, f.received_at, f.currency) IS DISTINCT FROM (o.shop_id, o.number, o.received_at, o.currency)
            OR f.total IS DISTINCT FROM o.total) AS differs
      INTO wrong
      FROM fresh f LEFT JOIN orders_order o ON o.id = f.order_id
     WHERE o.id IS NULL
        OR NOT (f.state = 'waiting' OR (f.state = 'closed' AND o.historical))
        OR (f.shop_id, f.number, f.received_at, f.currency) IS DISTINCT FROM (o.shop_id, o.number, o.received_at, o.currency)
        OR f.total IS DISTINCT FROM o.total
     LIMIT 1;
    IF FOUND AND wrong.differs THEN
        RAISE EXCEPTION 'order %: the progress does not repeat the order', wrong.order_id
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'progress_repeats_order';
    ELSIF FOUND THEN
        RAISE EXCEPTION 'order %: does not begin as %', wrong.order_id, wrong.state
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'progress_begin';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER progress_begin AFTER INSERT ON orders_orderprogress
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION orders_progress_begin();

CREATE FUNCTION orders_note_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.done_at IS NULL AND NEW.done_at IS NOT NULL
            AND (NEW.id, NEW.order_id, NEW.by_id, NEW.at, NEW.sealed_text, NEW.follow_up)
                IS NOT DISTINCT FROM (OLD.id, OLD.order_id, OLD.by_id, OLD.at, OLD.sealed_text, OLD.follow_up)
            AND NEW.callback_at IS NOT DISTINCT FROM OLD.callback_at THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'note % stands: only its call-back is ticked off, once', OLD.id
        USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'note_stands';
END $$;

CREATE TRIGGER note_stands BEFORE UPDATE OR DELETE ON orders_note
    FOR EACH ROW EXECUTE FUNCTION orders_note_stands();
"""

REVERSE = """
DROP TRIGGER note_stands ON orders_note;
DROP FUNCTION orders_note_stands();
DROP TRIGGER progress_begin ON orders_orderprogress;
DROP FUNCTION orders_progress_begin();
DROP TRIGGER progress_move ON orders_orderprogress;
DROP FUNCTION orders_progress_move();
DROP FUNCTION orders_progress_may_move(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_desk_lists")]

    operations = [migrations.RunSQL(SQL, REVERSE)]
