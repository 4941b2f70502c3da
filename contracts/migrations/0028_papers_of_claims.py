"""What was still open to whoever has the application's login: claims without their papers and deposits that fall away by
themselves (P2.2, P3.1, P5), silence that counts before its days are over (P7b), steps that need no report (P3.3), samples
of an inspection that no plan gives, findings that nobody has to put right (P3.2), photographs that are none (P1.1).
"""

from __future__ import annotations

from django.db import migrations

from contracts.migrations import _sql as sql

CLAIMS = """
-- Most that a set-off may be by the paper that it names; null for a paper that is not there, or is another order's.
CREATE FUNCTION contracts_claimable(s contracts_setoff) RETURNS numeric LANGUAGE plpgsql STABLE
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    key bigint := CASE WHEN s.paper_id ~ '^[0-9]{1,18}$' THEN s.paper_id::bigint END;
    found numeric;
BEGIN
    IF s.kind = 'price_cut' AND s.paper_type = 'acceptance' THEN
        SELECT a.cut INTO found FROM contracts_acceptance a JOIN contracts_arrivalline r ON r.id = a.arrived_id
        JOIN contracts_orderline l ON l.id = r.line_id WHERE a.id = key AND l.order_id = s.order_id;
    ELSIF s.kind = 'missing' AND s.paper_type = 'purchase_order' THEN
        -- Paid before it left, and under way when the order ended.
        SELECT sum(n.quantity * l.unit_price) INTO found FROM contracts_delivery d
        JOIN contracts_deliveryline n ON n.delivery_id = d.id JOIN contracts_orderline l ON l.id = n.line_id
        WHERE d.order_id = key AND key = s.order_id AND contracts_prepaid(key)
          AND EXISTS (SELECT FROM contracts_orderend e WHERE e.order_id = key)
          AND NOT EXISTS (SELECT FROM contracts_arrival a WHERE a.delivery_id = d.id);
    ELSIF s.kind = 'missing' THEN
        -- Of an arrived line: as many pieces as were sent, or as were ever counted of it.
        SELECT l.unit_price * greatest(
            r.counted, coalesce((SELECT max(n.was) FROM contracts_recount n WHERE n.arrived_id = r.id), 0),
            coalesce((SELECT n.quantity FROM contracts_deliveryline n
                      WHERE n.delivery_id = a.delivery_id AND n.line_id = r.line_id), 0)) INTO found
        FROM contracts_arrivalline r JOIN contracts_arrival a ON a.id = r.arrival_id
        JOIN contracts_orderline l ON l.id = r.line_id
        WHERE l.order_id = s.order_id AND r.id = CASE s.paper_type
            WHEN 'arrival_line' THEN key
            WHEN 'acceptance' THEN (SELECT c.arrived_id FROM contracts_acceptance c WHERE c.id = key)
            WHEN 'recount' THEN (SELECT n.arrived_id FROM contracts_recount n WHERE n.id = key) END;
    ELSIF s.kind IN ('late', 'material') AND s.paper_type = 'loss_claim' THEN
        SELECT sum(n.amount) INTO found FROM contracts_lossclaim c JOIN contracts_lossline n ON n.claim_id = c.id
        WHERE c.id = key AND c.order_id = s.order_id AND c.clause = s.authority_clause
          AND (c.clause = 'P1.5') = (s.kind = 'late');
    ELSIF s.kind = 'complaint' AND s.paper_type = 'complaint' THEN
        SELECT g.amount INTO found FROM contracts_complaintcharge g JOIN contracts_complaint c ON c.id = g.complaint_id
        WHERE c.id = key AND c.supplier_id = s.supplier_id;
    ELSIF s.kind = 'credit_note' AND s.paper_type = 'credit_note' THEN
        SELECT n.amount INTO found FROM contracts_creditnote n WHERE n.set_off_id = s.id;
    END IF;
    RETURN found;
END $$;

-- Looked at when the transaction ends: some papers are written after their claim.
CREATE FUNCTION contracts_setoff_paper() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    most numeric;
BEGIN
    IF (NEW.kind = 'penalty') <> (NEW.run_id IS NOT NULL) THEN
        PERFORM contracts_refuse_money('a penalty is what its chain agreed to, and nothing else is', 'setoff_paper');
    END IF;
    IF NEW.kind IN ('penalty', 'advance') THEN  -- judged by its run, by what has gone
        RETURN NULL;
    END IF;
    most := contracts_claimable(NEW);
    IF most IS NULL OR NEW.amount > most OR (NEW.amount <> most AND NEW.kind <> 'missing') THEN
        PERFORM contracts_refuse_money('a claim is over what its paper says (P3.1)', 'setoff_paper');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_paper AFTER INSERT ON contracts_setoff
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_setoff_paper();

CREATE FUNCTION contracts_lossline_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.amount <= 0 OR EXISTS (SELECT FROM contracts_setoff s
                                  WHERE s.paper_type = 'loss_claim' AND s.paper_id = NEW.claim_id::text) THEN
        PERFORM contracts_refuse_money('a loss claim stays as it was made (P1.5)', 'lossline_stays');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_stays_whole BEFORE INSERT ON contracts_lossline
    FOR EACH ROW EXECUTE FUNCTION contracts_lossline_law();

-- A deposit falls away with its order, but for what goods have carried of it.
CREATE FUNCTION contracts_deposit_void() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    p contracts_payable; carried numeric;
BEGIN
    SELECT * INTO p FROM contracts_payable WHERE id = NEW.payable_id;
    IF p.kind = 'deposit' THEN
        PERFORM pg_advisory_xact_lock(hashtext('contracts.account'), p.supplier_id::integer);
        SELECT coalesce(sum(b.goods - b.amount), 0) - coalesce(sum((
            SELECT sum(v.goods - v.amount - v.paid) FROM contracts_payablevoid v WHERE v.payable_id = b.id)), 0) INTO carried
        FROM contracts_payable b WHERE b.order_id = p.order_id AND b.kind = 'balance';
        IF NOT EXISTS (SELECT FROM contracts_orderend e WHERE e.order_id = p.order_id) OR NEW.amount > p.amount - carried THEN
            PERFORM contracts_refuse_money('a deposit falls away with its order, but for what goods carry (P2.2)', 'void_deposit');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_deposit BEFORE INSERT ON contracts_payablevoid
    FOR EACH ROW EXECUTE FUNCTION contracts_deposit_void();
"""
NO_CLAIMS = """
DROP TRIGGER law_deposit ON contracts_payablevoid; DROP FUNCTION contracts_deposit_void();
DROP TRIGGER law_stays_whole ON contracts_lossline; DROP FUNCTION contracts_lossline_law();
DROP TRIGGER law_paper ON contracts_setoff; DROP FUNCTION contracts_setoff_paper();
DROP FUNCTION contracts_claimable(contracts_setoff);
"""

LACKS_BEFORE = sql.replaced("0015_recount_law", "_LACKS_NOW")
LACKS = sql.changed(
    LACKS_BEFORE,
    (
        "            RETURN 'process steps (P3.3)';\n        END IF;",
        """            RETURN 'process steps (P3.3)';
        END IF;
        IF EXISTS (SELECT FROM contracts_productionstep s JOIN contracts_orderline l ON l.id = s.line_id
                   JOIN contracts_contractversion v ON v.id = o.version_id
                   WHERE l.order_id = o.id AND s.reports < (v.terms ->> 'reports_per_step')::integer) THEN
            RETURN 'the reports that the contract wants (P3.3)';
        END IF;""",
    ),
    (
        "AND d.subject_type = 'purchase_order' AND d.subject_id = o.id::text AND d.due_at <= said_at) THEN",
        """AND d.subject_type = 'purchase_order' AND d.subject_id = o.id::text AND d.due_at <= said_at)
           -- To the end of the last of the contract's days, whatever its clock says.
           OR said_at < (SELECT ((o.opened_at AT TIME ZONE 'Asia/Shanghai')::date
                                 + (v.terms ->> 'deemed_days')::integer + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
                         FROM contracts_contractversion v WHERE v.id = o.version_id) THEN""",
    ),
    (
        "    IF said = 'issued' THEN",
        """    IF said IN ('sent', 'opened', 'returned') AND said_at < greatest(o.issued_at, o.sent_at) THEN
        RETURN 'what came before it';
    END IF;
    IF said = 'issued' THEN""",
    ),
)

INSPECTIONS = """
-- Normal single sampling, level II: GB/T 2828.1 table 1 and 2-A with their arrows followed; one value for each size of
-- lot. contracts/rules/sampling.py says where it comes from; a test compares the two.
CREATE FUNCTION contracts_sampling(lot bigint, of_aql text, OUT letter text, OUT sample bigint, OUT ac integer)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT substr(t.letters, k.place, 1),
           least(('{2,3,5,8,13,20,32,50,80,125,200,315,500,800,1250}'::bigint[])[
               strpos('ABCDEFGHJKLMNPQ', substr(t.letters, k.place, 1))], $1),
           t.acs[k.place]
    FROM (VALUES
        ('0.65', 'FFFFFFFJJKLMNPQ', '{0,0,0,0,0,0,0,1,1,2,3,5,7,10,14}'::integer[]),
        ('1.0', 'EEEEEEHHJKLMNPQ', '{0,0,0,0,0,0,1,1,2,3,5,7,10,14,21}'::integer[]),
        ('1.5', 'DDDDDGGHJKLMNPP', '{0,0,0,0,0,1,1,2,3,5,7,10,14,21,21}'::integer[]),
        ('2.5', 'CCCCFFGHJKLMNNN', '{0,0,0,0,1,1,2,3,5,7,10,14,21,21,21}'::integer[]),
        ('4.0', 'BBBEEFGHJKLMMMM', '{0,0,0,1,1,2,3,5,7,10,14,21,21,21,21}'::integer[]),
        ('6.5', 'AADDEFGHJKLLLLL', '{0,0,1,1,2,3,5,7,10,14,21,21,21,21,21}'::integer[])
    ) AS t (aql, letters, acs), LATERAL (
        SELECT 1 + count(*)::integer FROM unnest('{8,15,25,50,90,150,280,500,1200,3200,10000,35000,150000,500000}'::bigint[]) AS b (most)
        WHERE b.most < $1) AS k (place)
    WHERE t.aql = $2
$$;

CREATE FUNCTION contracts_inspection_planned() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.lot > (SELECT l.quantity FROM contracts_orderline l WHERE l.id = NEW.line_id) OR NOT EXISTS (
            SELECT FROM contracts_sampling(NEW.lot, NEW.aql) p
            WHERE p.letter = NEW.letter AND p.sample = NEW.sample AND p.ac = NEW.ac) THEN
        RAISE EXCEPTION 'a sample is as large as its plan says (P3.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'inspection_planned';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_planned BEFORE INSERT ON contracts_inspection
    FOR EACH ROW EXECUTE FUNCTION contracts_inspection_planned();

-- Looked at when the transaction ends.
CREATE FUNCTION contracts_result_followed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT NEW.passed AND NOT EXISTS (SELECT FROM contracts_rectification r WHERE r.result_id = NEW.id) THEN
        RAISE EXCEPTION 'what did not pass is put right (P3.2)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'result_followed';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER law_followed AFTER INSERT ON contracts_inspectionresult
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contracts_result_followed();
"""
NO_INSPECTIONS = """
DROP TRIGGER law_followed ON contracts_inspectionresult; DROP FUNCTION contracts_result_followed();
DROP TRIGGER law_planned ON contracts_inspection; DROP FUNCTION contracts_inspection_planned();
DROP FUNCTION contracts_sampling(bigint, text);
"""

SAMPLES = """
CREATE FUNCTION contracts_sample_picture() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.word = 'photographed' AND NOT EXISTS (
            SELECT FROM files_storedfile f WHERE f.id = NEW.file_id AND f.mime LIKE 'image/%') THEN
        RAISE EXCEPTION 'a photo of a sample is a picture (P1.1)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sample_picture';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_picture BEFORE INSERT ON contracts_sampleevent
    FOR EACH ROW EXECUTE FUNCTION contracts_sample_picture();

CREATE FUNCTION contracts_sample_signed() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.signed_at IS DISTINCT FROM OLD.signed_at AND (OLD.signed_at IS NOT NULL OR NEW.state <> 'signed_off') THEN
        RAISE EXCEPTION 'sample %: nobody signed it then (P1.1)', OLD.number
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'sample_signed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_signed BEFORE UPDATE ON contracts_sample
    FOR EACH ROW EXECUTE FUNCTION contracts_sample_signed();
"""
NO_SAMPLES = """
DROP TRIGGER law_signed ON contracts_sample; DROP FUNCTION contracts_sample_signed();
DROP TRIGGER law_picture ON contracts_sampleevent; DROP FUNCTION contracts_sample_picture();
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0027_money_that_has_gone"), ("files", "0002_law")]

    operations = [
        migrations.RunSQL(CLAIMS, NO_CLAIMS),
        migrations.RunSQL(LACKS, LACKS_BEFORE),
        migrations.RunSQL(INSPECTIONS, NO_INSPECTIONS),
        migrations.RunSQL(SAMPLES, NO_SAMPLES),
    ]
