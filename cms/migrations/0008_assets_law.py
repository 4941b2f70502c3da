"""What the database itself refuses about assets and redesigns: versions and finals are insert-only, a final poster is
what the superior agreed to, a redesign carried out is what the chain agreed to, a review is closed once."""

from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import insert_only

ASSETS = """
CREATE FUNCTION cms_assetfinal_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM cms_assetversion v
                   JOIN files_storedfile f ON f.id = v.stored_id
                   JOIN cms_asset a ON a.id = v.asset_id
                   WHERE v.id = NEW.version_id AND v.asset_id = NEW.asset_id AND f.sha256 = NEW.sha256
                     AND a.purpose = 'poster') THEN
        RAISE EXCEPTION 'what is final is a version of a poster, with its own bytes (J4)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_assetfinal_version';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assetfinal_law BEFORE INSERT ON cms_assetfinal
    FOR EACH ROW EXECUTE FUNCTION cms_assetfinal_law();

CREATE FUNCTION cms_asset_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an asset is not deleted: it is retired'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_asset_stays';
    END IF;
    IF (NEW.id, NEW.purpose, NEW.created_by_id, NEW.created_at)
       IS DISTINCT FROM (OLD.id, OLD.purpose, OLD.created_by_id, OLD.created_at) THEN
        RAISE EXCEPTION 'the kind and the beginning of an asset stay'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_asset_stays';
    END IF;
    IF NOT (NEW.newest_id IS NULL OR EXISTS (
                SELECT FROM cms_assetversion v WHERE v.id = NEW.newest_id AND v.asset_id = NEW.id))
       OR NOT (NEW.final_id IS NULL OR EXISTS (
                SELECT FROM cms_assetfinal f WHERE f.id = NEW.final_id AND f.asset_id = NEW.id)) THEN
        RAISE EXCEPTION 'an asset points to versions of its own'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_asset_own_versions';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER asset_law BEFORE UPDATE OR DELETE ON cms_asset FOR EACH ROW EXECUTE FUNCTION cms_asset_law();
"""

REVIEWS = """
CREATE FUNCTION cms_review_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.closed_at IS NOT NULL
       OR (NEW.id, NEW.opened_for, NEW.clause, NEW.opened_at)
          IS DISTINCT FROM (OLD.id, OLD.opened_for, OLD.clause, OLD.opened_at) THEN
        RAISE EXCEPTION 'a review is closed once and stays (C3.1)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_review_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_law BEFORE UPDATE OR DELETE ON cms_review FOR EACH ROW EXECUTE FUNCTION cms_review_law();

CREATE FUNCTION cms_redesigndone_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM approvals_run r WHERE r.id = NEW.run_id AND r.state = 'executed'
                   AND r.executed_by_id = NEW.by_id AND r.execution_evidence = NEW.evidence) THEN
        RAISE EXCEPTION 'a redesign is carried out with its approval and the evidence given there (C3.3)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_redesigndone_executed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER redesigndone_law BEFORE INSERT ON cms_redesigndone
    FOR EACH ROW EXECUTE FUNCTION cms_redesigndone_law();
"""

REVERSE = """
DROP TRIGGER redesigndone_law ON cms_redesigndone; DROP FUNCTION cms_redesigndone_law();
DROP TRIGGER review_law ON cms_review; DROP FUNCTION cms_review_law();
DROP TRIGGER asset_law ON cms_asset; DROP FUNCTION cms_asset_law();
DROP TRIGGER assetfinal_law ON cms_assetfinal; DROP FUNCTION cms_assetfinal_law();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0007_assets"),
        ("files", "0002_law"),
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
    ]

    operations = [
        *(insert_only(table) for table in ("cms_assetversion", "cms_assetfinal", "cms_redesigndone")),
        migrations.RunSQL(ASSETS + REVIEWS, REVERSE),
        authorised(
            "cms_assetfinal",
            "cms.poster_final",
            {"asset_id": "asset", "version_id": "version", "sha256": "sha256"},
        ),
        authorised("cms_redesigndone", "cms.redesign", {"redesign_id": "redesign", "digest": "digest"}),
    ]
