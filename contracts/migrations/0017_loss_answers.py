"""What a supplier says to a loss claim, once; of its own claims only."""

import django.db.models.deletion
from django.db import migrations, models

from office.audit.law import insert_only

LAW = """
CREATE FUNCTION contracts_lossanswer_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM contracts_lossclaim c JOIN contracts_purchaseorder o ON o.id = c.order_id
                   JOIN contracts_suppliercontact p ON p.supplier_id = o.supplier_id
                   WHERE c.id = NEW.claim_id AND p.id = NEW.contact_id) THEN
        RAISE EXCEPTION 'a claim is answered by the supplier that it is against'
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'lossanswer_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_gate BEFORE INSERT ON contracts_lossanswer
    FOR EACH ROW EXECUTE FUNCTION contracts_lossanswer_law();
"""


class Migration(migrations.Migration):
    dependencies = [("contracts", "0016_door_drafts")]

    operations = [
        migrations.CreateModel(
            name="LossAnswer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "word",
                    models.CharField(choices=[("bear", "we bear it"), ("object", "we object")], max_length=6),
                ),
                ("text", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "claim",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answer",
                        to="contracts.lossclaim",
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.suppliercontact",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer to a loss claim",
                "verbose_name_plural": "answers to loss claims",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("word", "object"), _negated=True),
                            models.Q(("text", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="lossanswer_object_in_words",
                    )
                ],
            },
        ),
        insert_only("contracts_lossanswer"),
        migrations.RunSQL(
            LAW, "DROP TRIGGER law_gate ON contracts_lossanswer; DROP FUNCTION contracts_lossanswer_law();"
        ),
    ]
