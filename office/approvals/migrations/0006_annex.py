"""What is shown beside a paper and cannot be worked out again is kept with it, under its digest."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("approvals", "0005_step_agreed_planned_once")]

    operations = [
        migrations.CreateModel(
            name="Annex",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "paper",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="annex",
                        to="approvals.paper",
                    ),
                ),
            ],
            options={"verbose_name": "annex", "verbose_name_plural": "annexes"},
        ),
        migrations.RunSQL(
            "ALTER TABLE approvals_annex ADD CONSTRAINT annex_digest CHECK (digest = encode(sha256(content), 'hex'))",
            "ALTER TABLE approvals_annex DROP CONSTRAINT annex_digest",
        ),
        insert_only("approvals_annex"),
    ]
