"""What we make of a loss claim that the supplier objects to, or does not answer in time (P1.5, P3.4): decided once, not
while its time runs; after it nothing more is answered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from contracts.migrations import _sql as sql
from office.audit.law import insert_only

LAW = """
CREATE FUNCTION contracts_lossdecision_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    said text;
BEGIN
    -- Answer and decision wait for each other.
    PERFORM FROM contracts_purchaseorder o JOIN contracts_lossclaim c ON c.order_id = o.id
    WHERE c.id = NEW.claim_id FOR NO KEY UPDATE OF o;
    SELECT a.word INTO said FROM contracts_lossanswer a WHERE a.claim_id = NEW.claim_id;
    IF said = 'bear' OR NEW.unanswered <> (said IS NULL) OR (said IS NULL AND EXISTS (
            SELECT FROM deadlines_deadline d WHERE d.rule = 'contracts.loss_answer' AND d.subject_type = 'loss_claim'
            AND d.subject_id = NEW.claim_id::text AND d.due_at > NEW.at)) THEN
        RAISE EXCEPTION 'a claim is decided when the supplier objects, or its time is over (P1.5)'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'lossdecision_gate';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_lossdecision
    FOR EACH ROW EXECUTE FUNCTION contracts_lossdecision_law();
"""
UNDO = "DROP TRIGGER law_gate ON contracts_lossdecision; DROP FUNCTION contracts_lossdecision_law();"

ANSWER_BEFORE = sql.function("0017_loss_answers", "LAW", "contracts_lossanswer_law")
ANSWER = sql.changed(
    ANSWER_BEFORE,
    (
        "BEGIN\n    IF NOT EXISTS",
        """BEGIN
    PERFORM FROM contracts_purchaseorder o JOIN contracts_lossclaim c ON c.order_id = o.id
    WHERE c.id = NEW.claim_id FOR NO KEY UPDATE OF o;
    IF EXISTS (SELECT FROM contracts_lossdecision d WHERE d.claim_id = NEW.claim_id) OR NOT EXISTS""",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0022_departing_terms"),
        ("deadlines", "0003_fewer_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LossDecision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("unanswered", models.BooleanField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "claim",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="contracts.lossclaim",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision on a loss claim",
                "verbose_name_plural": "decisions on loss claims",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="lossdecision_has_reason"
                    )
                ],
            },
        ),
        insert_only("contracts_lossdecision"),
        migrations.RunSQL(LAW, UNDO),
        migrations.RunSQL(ANSWER, ANSWER_BEFORE),
    ]
