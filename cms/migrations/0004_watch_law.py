"""What the database itself refuses about sites, incidents, takedowns and the message board."""

from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import insert_only

INCIDENT = """
CREATE FUNCTION cms_incident_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'closed' THEN
        RAISE EXCEPTION 'incident % stands as it is', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_incident_stays';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('open', 'acknowledged'), ('open', 'told'), ('open', 'resolved'), ('acknowledged', 'told'),
        ('acknowledged', 'resolved'), ('told', 'resolved'), ('resolved', 'closed')) THEN
        RAISE EXCEPTION 'incident %: no move from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_incident_move';
    END IF;
    IF (NEW.site_id, NEW.kind, NEW.opened_at, NEW.opened_by_id, NEW.title)
       IS DISTINCT FROM (OLD.site_id, OLD.kind, OLD.opened_at, OLD.opened_by_id, OLD.title) THEN
        RAISE EXCEPTION 'how incident % began stands', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_incident_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incident_law BEFORE UPDATE OR DELETE ON cms_siteincident
    FOR EACH ROW EXECUTE FUNCTION cms_incident_law();
"""

TAKEDOWN = """
CREATE FUNCTION cms_takedown_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.digest <> encode(sha256(NEW.evidence), 'hex') THEN
        RAISE EXCEPTION 'the digest is not that of the evidence'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_takedown_digest';
    END IF;
    UPDATE cms_item SET hidden_at = greatest(hidden_at, NEW.at) WHERE id = NEW.item_id;
    RETURN NEW;
END $$;
CREATE TRIGGER takedown_law BEFORE INSERT ON cms_takedown FOR EACH ROW EXECUTE FUNCTION cms_takedown_law();

CREATE FUNCTION cms_hidden_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.hidden_at IS DISTINCT FROM OLD.hidden_at
       AND (NEW.hidden_at IS NULL OR NEW.hidden_at < OLD.hidden_at) THEN
        RAISE EXCEPTION 'what was taken down comes back by a new publication only (C6.7)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_hidden_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hidden_law BEFORE UPDATE OF hidden_at ON cms_item FOR EACH ROW EXECUTE FUNCTION cms_hidden_law();

CREATE FUNCTION cms_back_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM cms_takedown t JOIN approvals_run r ON r.id = NEW.run_id
               WHERE t.item_id = NEW.item_id AND r.submitted_at <= t.at) THEN
        RAISE EXCEPTION 'this content was taken down after the approval was asked for: it needs a new one (C6.7)'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_back_by_new_run';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER back_law BEFORE INSERT ON cms_publication FOR EACH ROW EXECUTE FUNCTION cms_back_law();

CREATE FUNCTION cms_case_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'decided' THEN
        RAISE EXCEPTION 'case % stands as it is', OLD.takedown_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_case_stays';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (('open', 'heard'), ('heard', 'decided')) THEN
        RAISE EXCEPTION 'case %: the author is heard before it is decided', OLD.takedown_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_case_move';
    END IF;
    IF NEW.decided_by_id IS NOT NULL
       AND EXISTS (SELECT FROM cms_takedown t WHERE t.id = NEW.takedown_id AND t.author_id = NEW.decided_by_id) THEN
        RAISE EXCEPTION 'nobody decides his own case'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_case_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER case_law BEFORE UPDATE OR DELETE ON cms_liabilitycase
    FOR EACH ROW EXECUTE FUNCTION cms_case_law();
"""

BOARD = """
CREATE FUNCTION cms_board_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'message % is settled or erased, never deleted', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_board_stays';
    END IF;
    IF NEW.sealed IS NOT NULL AND NEW.sealed IS DISTINCT FROM OLD.sealed THEN
        RAISE EXCEPTION 'what message % says stands', OLD.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'cms_board_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER board_law BEFORE UPDATE OR DELETE ON cms_boardmessage
    FOR EACH ROW EXECUTE FUNCTION cms_board_law();
"""

REVERSE = """
DROP TRIGGER board_law ON cms_boardmessage; DROP FUNCTION cms_board_law();
DROP TRIGGER case_law ON cms_liabilitycase; DROP FUNCTION cms_case_law();
DROP TRIGGER back_law ON cms_publication; DROP FUNCTION cms_back_law();
DROP TRIGGER hidden_law ON cms_item; DROP FUNCTION cms_hidden_law();
DROP TRIGGER takedown_law ON cms_takedown; DROP FUNCTION cms_takedown_law();
DROP TRIGGER incident_law ON cms_siteincident; DROP FUNCTION cms_incident_law();
"""


class Migration(migrations.Migration):
    dependencies = [("cms", "0003_watch")]

    operations = [
        *(
            insert_only(table)
            for table in (
                "cms_baseline",
                "cms_partnernotice",
                "cms_takedown",
                "cms_boardreply",
                "cms_boardentry",
                "cms_boardwithdrawal",
                "cms_tick",
            )
        ),
        migrations.RunSQL(INCIDENT + TAKEDOWN + BOARD, REVERSE),
        authorised(
            "cms_boardentry",
            "cms.board_entry",
            {"message_id": "message", "question": "question", "answer": "answer"},
        ),
    ]
