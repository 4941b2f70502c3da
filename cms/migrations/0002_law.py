"""What the database itself refuses at the site-content desk.

Versions, publications, early ends, second readings and word lists are insert-only. A publication is what an executed
run says (C6.1): that version of that item, with its digest, in that column, for those times. A version's digest is
recomputed. Nobody reads his own text a second time (C4.4). Whatever changes the public pages counts the stamp under
which they are kept.
"""

from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import insert_only

VERSION = """
CREATE FUNCTION cms_version_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said text;
    listed text;
BEGIN
    SELECT string_agg(E'\\x1f' || (each.file ->> 0) || ':' || (each.file ->> 1), '' ORDER BY each.place) INTO listed
    FROM jsonb_array_elements(NEW.files) WITH ORDINALITY AS each (file, place);
    said := concat_ws(E'\\x1f', NEW.title, NEW.summary, NEW.body, NEW.author, NEW.source, NEW.source_url, NEW.link)
            || coalesce(listed, '');
    IF NEW.digest <> encode(sha256(convert_to(said, 'UTF8')), 'hex') THEN
        RAISE EXCEPTION 'the digest is not that of what the version says'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_version_digest';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER version_law BEFORE INSERT ON cms_version FOR EACH ROW EXECUTE FUNCTION cms_version_law();
"""

PUBLICATION = """
CREATE FUNCTION cms_publication_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cms_version v
                   WHERE v.id = NEW.version_id AND v.item_id = NEW.item_id AND v.digest = NEW.digest) THEN
        RAISE EXCEPTION 'the publication is not of that version'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_publication_version';
    END IF;
    IF NOT EXISTS (SELECT FROM approvals_run r WHERE r.id = NEW.run_id AND r.state = 'executed') THEN
        RAISE EXCEPTION 'nothing goes live before its approval is carried out (C6.1)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_publication_executed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER publication_law BEFORE INSERT ON cms_publication FOR EACH ROW EXECUTE FUNCTION cms_publication_law();

CREATE FUNCTION cms_ending_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cms_publication p JOIN cms_item i ON i.id = p.item_id
                   WHERE p.id = NEW.publication_id AND p.item_id = NEW.item_id
                     AND (NEW.run_id IS NOT NULL OR i.kind IN ('headline', 'floating_ad', 'popup'))) THEN
        RAISE EXCEPTION 'only headlines and advertisements end without an approval (C3.2, C6.1)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_ending_authority';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ending_law BEFORE INSERT ON cms_ending FOR EACH ROW EXECUTE FUNCTION cms_ending_law();
"""

READING = """
CREATE FUNCTION cms_reading_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM cms_version v WHERE v.id = NEW.version_id AND v.written_by_id = NEW.reader_id) THEN
        RAISE EXCEPTION 'nobody reads his own text a second time (C4.4)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_reading_second';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reading_law BEFORE INSERT ON cms_secondreading FOR EACH ROW EXECUTE FUNCTION cms_reading_law();
"""

ITEM = """
CREATE FUNCTION cms_item_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'content is not deleted: it ends, or it is taken down'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_item_stays';
    END IF;
    IF (NEW.id, NEW.kind, NEW.created_by_id, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.kind, OLD.created_by_id, OLD.created_at) THEN
        RAISE EXCEPTION 'the kind and the beginning of content stay'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_item_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER item_law BEFORE UPDATE OR DELETE ON cms_item FOR EACH ROW EXECUTE FUNCTION cms_item_law();
"""

# The clock keeps the number from coming back after a rollback or a restore.
STAMP = """
CREATE FUNCTION cms_stamp() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO cms_sitestamp AS s (id, number, changed_at)
    VALUES (1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET number = greatest(s.number + 1, excluded.number), changed_at = excluded.changed_at;
    RETURN NULL;
END $$;
CREATE TRIGGER stamp AFTER INSERT ON cms_publication FOR EACH STATEMENT EXECUTE FUNCTION cms_stamp();
CREATE TRIGGER stamp AFTER INSERT ON cms_ending FOR EACH STATEMENT EXECUTE FUNCTION cms_stamp();
CREATE TRIGGER stamp AFTER INSERT OR UPDATE ON cms_column FOR EACH STATEMENT EXECUTE FUNCTION cms_stamp();
CREATE TRIGGER stamp AFTER UPDATE OF hidden_at ON cms_item FOR EACH STATEMENT EXECUTE FUNCTION cms_stamp();
"""

REVERSE = """
DROP TRIGGER stamp ON cms_item; DROP TRIGGER stamp ON cms_column; DROP TRIGGER stamp ON cms_ending;
DROP TRIGGER stamp ON cms_publication; DROP FUNCTION cms_stamp();
DROP TRIGGER item_law ON cms_item; DROP FUNCTION cms_item_law();
DROP TRIGGER reading_law ON cms_secondreading; DROP FUNCTION cms_reading_law();
DROP TRIGGER ending_law ON cms_ending; DROP FUNCTION cms_ending_law();
DROP TRIGGER publication_law ON cms_publication; DROP FUNCTION cms_publication_law();
DROP TRIGGER version_law ON cms_version; DROP FUNCTION cms_version_law();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0001_initial"),
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
    ]

    operations = [
        *(
            insert_only(table)
            for table in (
                "cms_version",
                "cms_publication",
                "cms_ending",
                "cms_secondreading",
                "cms_wordlistversion",
            )
        ),
        migrations.RunSQL(VERSION + PUBLICATION + READING + ITEM + STAMP, REVERSE),
        authorised(
            "cms_publication",
            ["cms.news", "cms.material", "cms.product", "cms.event", "cms.poster"],
            {
                "item_id": "item",
                "version_id": "version",
                "column_id": "column",
                "digest": "digest",
                "asked_from": "from",
                "asked_until": "until",
            },
        ),
        authorised(
            "cms_ending",
            "cms.end",
            {"item_id": "item", "publication_id": "publication", "reason": "reason"},
            clauses=["C3.2"],
        ),
    ]
