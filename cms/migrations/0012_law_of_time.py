"""When things happened cannot be written otherwise, whoever writes.

What rests on a request that was carried out happened when it was carried out. What rests on nothing but its own row
never lies before what it speaks of, nor before the last of its kind: nobody slips a row in behind others (a minute is
free, for two people who act at once). Evidence of a
takedown says its own time. Taken-down content comes back by a request made after its case was closed as unfounded. A
held answer is given word for word by somebody else.
"""

from django.db import migrations

from office.audit.law import insert_only

TIMES = """
CREATE FUNCTION cms_run_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.run_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM approvals_run r WHERE r.id = NEW.run_id AND r.executed_at = NEW.at) THEN
        RAISE EXCEPTION 'a row of % bears the time at which its request was carried out', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'cms_run_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER run_time BEFORE INSERT ON cms_publication FOR EACH ROW EXECUTE FUNCTION cms_run_time();
CREATE TRIGGER run_time BEFORE INSERT ON cms_ending FOR EACH ROW EXECUTE FUNCTION cms_run_time();
CREATE TRIGGER run_time BEFORE INSERT ON cms_assetfinal FOR EACH ROW EXECUTE FUNCTION cms_run_time();
CREATE TRIGGER run_time BEFORE INSERT ON cms_redesigndone FOR EACH ROW EXECUTE FUNCTION cms_run_time();
CREATE TRIGGER run_time BEFORE INSERT ON cms_boardentry FOR EACH ROW EXECUTE FUNCTION cms_run_time();

CREATE FUNCTION cms_ending_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    slack CONSTANT interval := '1 minute';
BEGIN
    IF EXISTS (SELECT FROM cms_publication p WHERE p.id = NEW.publication_id AND p.at > NEW.at + slack)
       OR EXISTS (SELECT FROM cms_ending e WHERE e.item_id = NEW.item_id AND e.at > NEW.at + slack)
       OR EXISTS (SELECT FROM cms_publication p WHERE p.item_id = NEW.item_id AND p.id > NEW.publication_id
                  AND p.at > NEW.at + slack) THEN
        RAISE EXCEPTION 'an end does not lie before what it ends'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_ending_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ending_time BEFORE INSERT ON cms_ending FOR EACH ROW EXECUTE FUNCTION cms_ending_time();

CREATE FUNCTION cms_takedown_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    slack CONSTANT interval := '1 minute';
BEGIN
    IF NEW.at IS DISTINCT FROM
       (convert_from(NEW.evidence, 'UTF8')::jsonb #>> '{taken_down,at}')::timestamptz THEN
        RAISE EXCEPTION 'the evidence bears another time than the takedown'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_takedown_time';
    END IF;
    IF EXISTS (SELECT FROM cms_takedown t WHERE t.at > NEW.at + slack)
       OR EXISTS (SELECT FROM cms_item i WHERE i.id = NEW.item_id AND (i.created_at > NEW.at + slack OR i.hidden_at > NEW.at + slack))
       OR EXISTS (SELECT FROM cms_version v WHERE v.item_id = NEW.item_id AND v.at > NEW.at + slack)
       OR EXISTS (SELECT FROM cms_publication p WHERE p.item_id = NEW.item_id AND p.at > NEW.at + slack) THEN
        RAISE EXCEPTION 'a takedown lies neither before the one before it nor before what it hides'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_takedown_time';
    END IF;
    RETURN NEW;
EXCEPTION WHEN invalid_text_representation OR invalid_datetime_format OR datetime_field_overflow
               OR character_not_in_repertoire OR untranslatable_character THEN
    RAISE EXCEPTION 'the evidence of a takedown is the facts in JSON'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_takedown_time';
END $$;
CREATE TRIGGER takedown_time BEFORE INSERT ON cms_takedown FOR EACH ROW EXECUTE FUNCTION cms_takedown_time();

CREATE FUNCTION cms_case_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cms_takedown t WHERE t.id = NEW.takedown_id AND t.at = NEW.opened_at)
       OR (TG_OP = 'UPDATE' AND NEW.opened_at IS DISTINCT FROM OLD.opened_at)
       OR NEW.heard_at < NEW.opened_at OR NEW.decided_at < NEW.heard_at THEN
        RAISE EXCEPTION 'a case opens with its takedown and goes on from there'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_case_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER case_time BEFORE INSERT OR UPDATE ON cms_liabilitycase
    FOR EACH ROW EXECUTE FUNCTION cms_case_time();

CREATE FUNCTION cms_baseline_time() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    slack CONSTANT interval := '1 minute';
BEGIN
    IF EXISTS (SELECT FROM cms_baseline b WHERE b.site_id = NEW.site_id AND b.at > NEW.at + slack) THEN
        RAISE EXCEPTION 'an approved text does not lie before the one it follows'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_baseline_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER baseline_time BEFORE INSERT ON cms_baseline FOR EACH ROW EXECUTE FUNCTION cms_baseline_time();
"""

BACK = """
CREATE OR REPLACE FUNCTION cms_back_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM cms_takedown t
               JOIN approvals_run r ON r.id = NEW.run_id
               LEFT JOIN cms_liabilitycase c ON c.takedown_id = t.id
               WHERE t.item_id = NEW.item_id
                 AND (r.submitted_at <= t.at OR c.takedown_id IS NULL OR NOT c.unfounded
                      OR r.submitted_at < c.decided_at)) THEN
        RAISE EXCEPTION
            'what was taken down comes back by a request made after its case was closed as unfounded (C6.7)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_back_by_new_run';
    END IF;
    RETURN NEW;
END $$;
"""
BACK_BEFORE = """
CREATE OR REPLACE FUNCTION cms_back_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM cms_takedown t JOIN approvals_run r ON r.id = NEW.run_id
               WHERE t.item_id = NEW.item_id AND r.submitted_at <= t.at) THEN
        RAISE EXCEPTION 'this content was taken down after the approval was asked for: it needs a new one (C6.7)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_back_by_new_run';
    END IF;
    RETURN NEW;
END $$;
"""

HELD = """
CREATE FUNCTION cms_reply_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    slack CONSTANT interval := '1 minute';
BEGIN
    IF EXISTS (SELECT FROM cms_boardmessage m WHERE m.id = NEW.message_id AND m.received_at > NEW.at + slack)
       OR EXISTS (SELECT FROM cms_boardreply b WHERE b.message_id = NEW.message_id AND b.at > NEW.at + slack) THEN
        RAISE EXCEPTION 'a reply does not lie before what it follows'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_reply_time';
    END IF;
    IF NEW.releases_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM cms_boardreply h WHERE h.id = NEW.releases_id AND h.kind = 'held' AND NEW.kind = 'answer'
          AND h.message_id = NEW.message_id AND h.sealed = NEW.sealed AND h.way = NEW.way AND h.by_id <> NEW.by_id) THEN
        RAISE EXCEPTION 'a held answer is given word for word, by somebody else (C6.4)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_reply_second';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reply_law BEFORE INSERT ON cms_boardreply FOR EACH ROW EXECUTE FUNCTION cms_reply_law();
"""

REVERSE = """
DROP TRIGGER reply_law ON cms_boardreply; DROP FUNCTION cms_reply_law();
DROP TRIGGER baseline_time ON cms_baseline; DROP FUNCTION cms_baseline_time();
DROP TRIGGER case_time ON cms_liabilitycase; DROP FUNCTION cms_case_time();
DROP TRIGGER takedown_time ON cms_takedown; DROP FUNCTION cms_takedown_time();
DROP TRIGGER ending_time ON cms_ending; DROP FUNCTION cms_ending_time();
DROP TRIGGER run_time ON cms_publication; DROP TRIGGER run_time ON cms_ending;
DROP TRIGGER run_time ON cms_assetfinal; DROP TRIGGER run_time ON cms_redesigndone;
DROP TRIGGER run_time ON cms_boardentry; DROP FUNCTION cms_run_time();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0011_whole"),
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
    ]

    operations = [
        insert_only("cms_filetext"),
        migrations.RunSQL(TIMES + HELD, REVERSE),
        migrations.RunSQL(BACK, BACK_BEFORE),
    ]
