"""Proofs of what a supplier's person said of an order at the door (P7b, P1.4)."""

import django.db.models.deletion
from django.db import migrations, models

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("contracts", "0037_drawn_again")]

    operations = [
        migrations.CreateModel(
            name="DoorProof",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("mac", models.CharField(max_length=64)),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proofs",
                        to="contracts.orderevent",
                    ),
                ),
            ],
            options={
                "verbose_name": "proof of a word said at the door",
                "verbose_name_plural": "proofs of words said at the door",
                "constraints": [models.UniqueConstraint(fields=("event", "mac"), name="doorproof_once")],
            },
        ),
        insert_only("contracts_doorproof"),
    ]
