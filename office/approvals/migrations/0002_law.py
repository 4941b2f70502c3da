"""The database's own word on approvals: who may decide, what becomes agreed, what is carried out, and once.

Every function names its search path, so that a session cannot put tables of its own in front. SQLSTATE 23000 with the
constraint's name tells a program which law it met.
"""

from django.db import migrations

from office.approvals.law import authorised
from office.audit.law import insert_only

REFUSE = """
CREATE FUNCTION approvals_refuse(law text, reason text) RETURNS void LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '%', reason
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = law;
END $$;

CREATE FUNCTION approvals_digest(run bigint) RETURNS text LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.digest FROM approvals_run r JOIN approvals_paper p ON p.run_id = r.id AND p.round = r.round
    WHERE r.id = run
$$;

CREATE FUNCTION approvals_holds(employee bigint, post text, at timestamptz) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM staff_appointment a
                   WHERE a.employee_id = employee AND a.position = post AND a.during @> at)
$$;
"""

RUN = """
CREATE FUNCTION approvals_agreed_by_all(run bigint, now_round int, wanted int) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FILTER (WHERE s.origin = 'chain' AND s.state = 'agreed' AND s.round = now_round) = wanted
           AND wanted > 0
           AND bool_and(s.state = 'agreed' AND s.round = now_round)
           AND EXISTS (SELECT FROM approvals_paper p WHERE p.run_id = run AND p.round = now_round)
    FROM approvals_step s WHERE s.run_id = run AND s.current
$$;

CREATE FUNCTION approvals_run_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM approvals_refuse('run_stays', 'a run is not deleted');
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'running' OR NEW.round <> 1 OR NEW.decided_at IS NOT NULL OR NEW.executed_by_id IS NOT NULL THEN
            PERFORM approvals_refuse('run_begins', 'a run begins with nobody''s agreement');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.kind, NEW.subject_type, NEW.subject_id, NEW.label, NEW.flags, NEW.requester_id, NEW.post, NEW.chain,
        NEW.version_id, NEW.clause, NEW.chain_steps, NEW.executor, NEW.check_by, NEW.similar, NEW.follows_id,
        NEW.submitted_at)
       IS DISTINCT FROM
       (OLD.id, OLD.kind, OLD.subject_type, OLD.subject_id, OLD.label, OLD.flags, OLD.requester_id, OLD.post, OLD.chain,
        OLD.version_id, OLD.clause, OLD.chain_steps, OLD.executor, OLD.check_by, OLD.similar, OLD.follows_id,
        OLD.submitted_at) THEN
        PERFORM approvals_refuse('run_pinned', format('run %s: what was asked for does not change', OLD.id));
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('running', 'returned'), ('running', 'agreed'), ('running', 'rejected'), ('running', 'withdrawn'),
        ('running', 'voided'), ('returned', 'running'), ('returned', 'withdrawn'), ('returned', 'voided'),
        ('agreed', 'executed'), ('agreed', 'withdrawn'), ('agreed', 'voided')) THEN
        PERFORM approvals_refuse('run_move', format('run %s: no move from %s to %s', OLD.id, OLD.state, NEW.state));
    END IF;
    IF NEW.state <> OLD.state AND NEW.revision <= OLD.revision THEN
        PERFORM approvals_refuse('run_revision', format('run %s: a move has a revision of its own', OLD.id));
    END IF;
    IF NEW.round <> OLD.round AND NOT (OLD.state = 'returned' AND NEW.state = 'running' AND NEW.round = OLD.round + 1)
       OR (OLD.state = 'returned' AND NEW.state = 'running' AND NEW.round = OLD.round) THEN
        PERFORM approvals_refuse('run_round', format('run %s: a round begins when it is asked again', OLD.id));
    END IF;
    IF NEW.state = 'agreed' AND OLD.state <> 'agreed' OR NEW.state = 'executed' AND OLD.state <> 'executed' THEN
        IF NOT coalesce(approvals_agreed_by_all(NEW.id, NEW.round, NEW.chain_steps), false) THEN
            PERFORM approvals_refuse('run_agreed', format('run %s: not every step has agreed', OLD.id));
        END IF;
    END IF;
    IF NEW.state = 'executed' AND OLD.state <> 'executed' AND NEW.executor <> ''
       AND NOT coalesce(approvals_holds(NEW.executed_by_id, NEW.executor, NEW.executed_at), false) THEN
        PERFORM approvals_refuse('run_executor', format('run %s: carried out by its executor only', OLD.id));
    END IF;
    IF OLD.state = 'executed' AND (NEW.executed_at, NEW.executed_by_id, NEW.execution_evidence, NEW.decided_at)
                 IS DISTINCT FROM (OLD.executed_at, OLD.executed_by_id, OLD.execution_evidence, OLD.decided_at) THEN
        PERFORM approvals_refuse('run_once', format('run %s has been carried out', OLD.id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER run_law BEFORE INSERT OR UPDATE OR DELETE ON approvals_run
    FOR EACH ROW EXECUTE FUNCTION approvals_run_law();

CREATE FUNCTION approvals_paper_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.digest <> encode(sha256(NEW.payload), 'hex')
       OR jsonb_typeof(convert_from(NEW.payload, 'UTF8')::jsonb) <> 'object' THEN
        PERFORM approvals_refuse('paper_digest', 'a paper is a JSON object and its digest is that of its bytes');
    END IF;
    IF NOT EXISTS (
        SELECT FROM approvals_run r WHERE r.id = NEW.run_id
        AND (r.state = 'running' AND r.round = 1 AND NEW.round = 1
             OR r.state = 'returned' AND NEW.round = r.round + 1)) THEN
        PERFORM approvals_refuse('paper_round', 'a paper comes with the request, or when a returned one is asked again');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER paper_law BEFORE INSERT ON approvals_paper
    FOR EACH ROW EXECUTE FUNCTION approvals_paper_law();
"""

STEP = """
CREATE FUNCTION approvals_step_agreed(step approvals_step) RETURNS boolean LANGUAGE sql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
    WITH seat AS (
        SELECT s.state, s.forwarded_from_id, coalesce(nullif(s.climbed_from, ''), s.position) AS post,
               s.state = 'forwarded'
                   AND EXISTS (SELECT FROM approvals_seat o WHERE o.forwarded_from_id = s.id) AS handed_on,
               EXISTS (SELECT FROM approvals_vote v
                       WHERE v.seat_id = s.id AND v.step_id = step.id AND v.decision IN ('approve', 'agreed_before')
                         AND v.digest = approvals_digest(step.run_id)) AS agreed
        FROM approvals_seat s WHERE s.step_id = step.id
    )
    SELECT coalesce(bool_or(agreed), false)
           AND (step.mode = 'any'
                OR bool_and(agreed OR handed_on)
                   AND step.positions::text[] <@ coalesce(
                       array_agg(post::text) FILTER (WHERE forwarded_from_id IS NULL), '{}'))
    FROM seat
$$;

CREATE FUNCTION approvals_step_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    run approvals_run;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM approvals_refuse('step_stays', 'a step is not deleted');
    END IF;
    SELECT * INTO run FROM approvals_run WHERE id = NEW.run_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'waiting' OR NOT NEW.current OR run.state <> 'running' OR NEW.round <> run.round
           OR NEW.person_id = run.requester_id
           OR (NEW.origin = 'added') = (NEW.person_id IS NULL) THEN
            PERFORM approvals_refuse('step_begins', 'a step begins waiting, in the round of a running run');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.run_id, NEW.round, NEW.place, NEW.mode, NEW.positions, NEW.person_id, NEW.origin, NEW.added_by_id,
        NEW.rule)
       IS DISTINCT FROM
       (OLD.id, OLD.run_id, OLD.round, OLD.place, OLD.mode, OLD.positions, OLD.person_id, OLD.origin, OLD.added_by_id,
        OLD.rule)
       OR (NEW.current AND NOT OLD.current) THEN
        PERFORM approvals_refuse('step_pinned', format('step %s: what it asks for does not change', OLD.id));
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('waiting', 'active'), ('waiting', 'cancelled'), ('active', 'agreed'), ('active', 'rejected'),
        ('active', 'returned'), ('active', 'cancelled')) THEN
        PERFORM approvals_refuse('step_move', format('step %s: no move from %s to %s', OLD.id, OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'active' AND OLD.state = 'waiting' AND (run.state <> 'running' OR EXISTS (
            SELECT FROM approvals_step s
            WHERE s.run_id = NEW.run_id AND s.current AND s.place < NEW.place AND s.state <> 'agreed')) THEN
        PERFORM approvals_refuse('step_order', format('step %s: the steps before it have not agreed', OLD.id));
    END IF;
    IF NEW.state = 'agreed' AND OLD.state <> 'agreed' AND NOT approvals_step_agreed(NEW) THEN
        PERFORM approvals_refuse('step_agreed', format('step %s: its seats have not agreed', OLD.id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER step_law BEFORE INSERT OR UPDATE OR DELETE ON approvals_step
    FOR EACH ROW EXECUTE FUNCTION approvals_step_law();

CREATE FUNCTION approvals_seat_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    step approvals_step;
    run approvals_run;
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM approvals_refuse('seat_stays', 'a seat is not deleted');
    ELSIF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.run_id, NEW.step_id, NEW.position, NEW.person_id, NEW.climbed_from, NEW.forwarded_from_id)
           IS DISTINCT FROM
           (OLD.id, OLD.run_id, OLD.step_id, OLD.position, OLD.person_id, OLD.climbed_from, OLD.forwarded_from_id)
           OR (OLD.state <> 'active' AND NEW.state <> OLD.state) THEN
            PERFORM approvals_refuse('seat_pinned', format('seat %s: whose turn it is does not change', OLD.id));
        END IF;
        IF NEW.state = 'decided' AND NOT EXISTS (SELECT FROM approvals_vote v WHERE v.seat_id = NEW.id) THEN
            PERFORM approvals_refuse('seat_decided', format('seat %s: nobody has decided', OLD.id));
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO step FROM approvals_step WHERE id = NEW.step_id;
    SELECT * INTO run FROM approvals_run WHERE id = NEW.run_id;
    IF step.run_id <> NEW.run_id OR step.state <> 'active' OR run.state <> 'running' OR NEW.state <> 'active'
       OR NEW.person_id = run.requester_id THEN
        PERFORM approvals_refuse('seat_begins', 'a seat belongs to the active step, and never to the requester');
    END IF;
    IF NEW.forwarded_from_id IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM approvals_seat s WHERE s.id = NEW.forwarded_from_id AND s.step_id = NEW.step_id
                       AND s.state = 'forwarded') THEN
            PERFORM approvals_refuse('seat_forwarded', 'a seat is forwarded from one of the same step');
        END IF;
    ELSIF step.person_id IS NOT NULL THEN
        IF NEW.person_id IS DISTINCT FROM step.person_id THEN
            PERFORM approvals_refuse('seat_of_step', 'the seat is not the one the step asks for');
        END IF;
    ELSIF NEW.person_id IS NOT NULL
          OR coalesce(nullif(NEW.climbed_from, ''), NEW.position) <> ALL (step.positions) THEN
        PERFORM approvals_refuse('seat_of_step', 'the seat is not one the step asks for');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER seat_law BEFORE INSERT OR UPDATE OR DELETE ON approvals_seat
    FOR EACH ROW EXECUTE FUNCTION approvals_seat_law();
"""

VOTE = """
CREATE FUNCTION approvals_vote_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    run approvals_run;
    step approvals_step;
    seat approvals_seat;
    voter bigint := coalesce(NEW.on_behalf_of_id, NEW.person_id);
BEGIN
    SELECT * INTO run FROM approvals_run WHERE id = NEW.run_id;
    SELECT * INTO step FROM approvals_step WHERE id = NEW.step_id;
    SELECT * INTO seat FROM approvals_seat WHERE id = NEW.seat_id;
    IF run.requester_id IN (NEW.person_id, voter) THEN
        PERFORM approvals_refuse('vote_not_ones_own', format('run %s: nobody decides on his own request', run.id));
    END IF;
    IF run.state IS DISTINCT FROM 'running' OR step.state IS DISTINCT FROM 'active' OR NOT step.current
       OR seat.state IS DISTINCT FROM 'active' OR step.run_id <> run.id OR seat.step_id <> step.id
       OR NEW.round <> run.round THEN
        PERFORM approvals_refuse('vote_in_turn', format('run %s: this step is not being decided', NEW.run_id));
    END IF;
    IF NEW.digest IS DISTINCT FROM approvals_digest(run.id) THEN
        PERFORM approvals_refuse('vote_on_paper', format('run %s: the vote is on another paper', run.id));
    END IF;
    IF NOT (CASE WHEN seat.person_id IS NOT NULL THEN seat.person_id = voter
                 ELSE approvals_holds(voter, seat.position, NEW.at) END)
       OR NOT EXISTS (SELECT FROM staff_employee e WHERE e.id = NEW.person_id AND e.is_active) THEN
        PERFORM approvals_refuse('vote_by_holder', format('run %s: the seat is not this person''s', run.id));
    END IF;
    IF NEW.on_behalf_of_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM approvals_deputy d
        WHERE d.absent_id = NEW.on_behalf_of_id AND d.person_id = NEW.person_id
          AND d.starts_at <= NEW.at AND NEW.at < d.ends_at
          AND NOT EXISTS (SELECT FROM approvals_deputyend x WHERE x.deputy_id = d.id AND x.at <= NEW.at)) THEN
        PERFORM approvals_refuse('vote_by_deputy', format('run %s: no deputy in force', run.id));
    END IF;
    IF NEW.decision = 'agreed_before' AND NOT EXISTS (
        SELECT FROM approvals_vote v JOIN approvals_step s ON s.id = v.step_id AND s.current
        WHERE v.id = NEW.names_id AND v.run_id = run.id AND v.round = NEW.round AND v.person_id = NEW.person_id
          AND v.decision = 'approve' AND v.digest = NEW.digest AND NEW.on_behalf_of_id IS NULL) THEN
        PERFORM approvals_refuse('vote_agreed_before', format('run %s: no earlier agreement of this person', run.id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER vote_law BEFORE INSERT ON approvals_vote FOR EACH ROW EXECUTE FUNCTION approvals_vote_law();

CREATE FUNCTION approvals_row_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM approvals_vote v JOIN approvals_step s ON s.id = v.step_id AND s.state = 'active'
        JOIN approvals_paper p ON p.run_id = v.run_id AND p.round = v.round
        WHERE v.id = NEW.vote_id AND v.run_id = NEW.run_id AND v.round = NEW.round AND v.decision = 'approve'
          AND NEW.row < jsonb_array_length(convert_from(p.payload, 'UTF8')::jsonb -> 'rows')) THEN
        PERFORM approvals_refuse('row_of_vote', 'a row is refused with a vote of the step that is being decided');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER row_law BEFORE INSERT ON approvals_rowdecision FOR EACH ROW EXECUTE FUNCTION approvals_row_law();

CREATE FUNCTION approvals_check_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    run approvals_run;
BEGIN
    SELECT * INTO run FROM approvals_run WHERE id = NEW.run_id;
    IF run.state <> 'executed' OR NEW.person_id IN (run.requester_id, coalesce(run.executed_by_id, 0))
       OR NOT EXISTS (SELECT FROM unnest(run.check_by) AS post
                      WHERE approvals_holds(NEW.person_id, post, NEW.at)) THEN
        PERFORM approvals_refuse('check_by_third', format('run %s: checked by a third person', run.id));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_law BEFORE INSERT ON approvals_check FOR EACH ROW EXECUTE FUNCTION approvals_check_law();
"""

REVERSE_VOTE = """
DROP TRIGGER check_law ON approvals_check;
DROP FUNCTION approvals_check_law();
DROP TRIGGER row_law ON approvals_rowdecision;
DROP FUNCTION approvals_row_law();
DROP TRIGGER vote_law ON approvals_vote;
DROP FUNCTION approvals_vote_law();
"""
REVERSE_STEP = """
DROP TRIGGER seat_law ON approvals_seat;
DROP FUNCTION approvals_seat_law();
DROP TRIGGER step_law ON approvals_step;
DROP FUNCTION approvals_step_law();
DROP FUNCTION approvals_step_agreed(approvals_step);
"""
REVERSE_RUN = """
DROP TRIGGER paper_law ON approvals_paper;
DROP FUNCTION approvals_paper_law();
DROP TRIGGER run_law ON approvals_run;
DROP FUNCTION approvals_run_law();
DROP FUNCTION approvals_agreed_by_all(bigint, int, int);
"""
REVERSE_REFUSE = """
DROP FUNCTION approvals_holds(bigint, text, timestamptz);
DROP FUNCTION approvals_digest(bigint);
DROP FUNCTION approvals_refuse(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_initial"),
        ("audit", "0005_fixed_path"),
        ("staff", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(REFUSE, REVERSE_REFUSE),
        migrations.RunSQL(RUN, REVERSE_RUN),
        migrations.RunSQL(STEP, REVERSE_STEP),
        migrations.RunSQL(VOTE, REVERSE_VOTE),
        insert_only("approvals_paper"),
        insert_only("approvals_copy"),
        insert_only("approvals_comment"),
        insert_only("approvals_vote"),
        insert_only("approvals_rowdecision"),
        insert_only("approvals_check"),
        insert_only("approvals_deputy"),
        insert_only("approvals_deputyend"),
        authorised(
            "approvals_deputy",
            "approvals.deputy",
            {"absent_id": "absent", "person_id": "deputy", "starts_at": "from", "ends_at": "until"},
        ),
    ]
