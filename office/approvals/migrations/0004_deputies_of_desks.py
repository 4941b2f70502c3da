"""Deputies whom a desk names: who is on leave, and who decides for him meanwhile.

`approvals_also_deputies(at)` answers nobody here. The one desk that knows who is away replaces it in its own migration.
"""

from django.db import migrations

ALSO = """
CREATE FUNCTION approvals_also_deputies(at timestamptz)
    RETURNS TABLE (absent_id bigint, person_id bigint) LANGUAGE sql STABLE AS $$
    SELECT NULL::bigint, NULL::bigint WHERE false
$$;
"""

VOTE = """
CREATE OR REPLACE FUNCTION approvals_vote_law() RETURNS trigger LANGUAGE plpgsql
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
          AND NOT EXISTS (SELECT FROM approvals_deputyend x WHERE x.deputy_id = d.id AND x.at <= NEW.at))
       AND NOT EXISTS (SELECT FROM approvals_also_deputies(NEW.at) d
                       WHERE d.absent_id = NEW.on_behalf_of_id AND d.person_id = NEW.person_id) THEN
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
"""

BEFORE = """
CREATE OR REPLACE FUNCTION approvals_vote_law() RETURNS trigger LANGUAGE plpgsql
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
"""


class Migration(migrations.Migration):
    dependencies = [("approvals", "0003_activation_law")]
    operations = [
        migrations.RunSQL(ALSO, "DROP FUNCTION approvals_also_deputies(timestamptz);"),
        migrations.RunSQL(VOTE, BEFORE),
    ]
