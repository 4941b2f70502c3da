"""What suppliers' contacts were told of the money between us (P1.5, P2.2): a contact of that supplier, once, of money
that has gone or a claim that is there; a letter of its own, to that very contact."""

import django.db.models.deletion
from django.db import migrations, models

from office.audit.law import insert_only

LAW = """
CREATE FUNCTION contracts_doornews_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    theirs bigint;
BEGIN
    SELECT supplier_id INTO theirs FROM contracts_suppliercontact WHERE id = NEW.contact_id;
    IF NOT (CASE NEW.kind
        WHEN 'paid' THEN EXISTS (
            SELECT FROM contracts_payment p WHERE p.id = NEW.payment_id AND p.supplier_id = theirs
            AND (p.total = 0 OR EXISTS (SELECT FROM contracts_paymentvoucher v WHERE v.payment_id = p.id)))
        ELSE EXISTS (
            SELECT FROM contracts_setoff s WHERE s.id = NEW.set_off_id AND s.supplier_id = theirs
            AND (NEW.kind <> 'back' OR EXISTS (SELECT FROM contracts_setoffend e WHERE e.set_off_id = s.id)))
        END)
       OR NEW.letter_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM contracts_doorletter t JOIN contracts_doorlink l ON l.id = t.link_id
            WHERE t.id = NEW.letter_id AND t.kind = 'news' AND l.contact_id = NEW.contact_id) THEN
        RAISE EXCEPTION 'a supplier is told of its own money, once it has gone (P2.2)'
            USING ERRCODE = 'integrity_constraint_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'contracts_doornews_law';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER law_told BEFORE INSERT ON contracts_doornews
    FOR EACH ROW EXECUTE FUNCTION contracts_doornews_law();
"""
UNDO = "DROP TRIGGER law_told ON contracts_doornews; DROP FUNCTION contracts_doornews_law();"


class Migration(migrations.Migration):
    dependencies = [("contracts", "0031_rows_out_of_turn")]

    operations = [
        migrations.AlterField(
            "doorletter",
            "kind",
            models.CharField(
                choices=[("link", "link"), ("code", "six-digit code"), ("news", "message about money")],
                max_length=4,
            ),
        ),
        migrations.CreateModel(
            name="DoorNews",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("paid", "payment made"),
                            ("claimed", "claim made"),
                            ("back", "claim taken back"),
                        ],
                        max_length=7,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.suppliercontact",
                    ),
                ),
                (
                    "letter",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="news",
                        to="contracts.doorletter",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="news",
                        to="contracts.payment",
                    ),
                ),
                (
                    "set_off",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="news",
                        to="contracts.setoff",
                    ),
                ),
            ],
            options={
                "verbose_name": "news for a supplier’s contact",
                "verbose_name_plural": "news for suppliers’ contacts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "paid"), ("payment__isnull", False), ("set_off", None)),
                            models.Q(
                                ("kind__in", ["claimed", "back"]),
                                ("payment", None),
                                ("set_off__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="doornews_about_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "paid")),
                        fields=("contact", "payment"),
                        name="doornews_paid_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "paid"), _negated=True),
                        fields=("contact", "set_off", "kind"),
                        name="doornews_claim_once",
                    ),
                ],
            },
        ),
        insert_only("contracts_doornews"),
        migrations.RunSQL(LAW, UNDO),
    ]
