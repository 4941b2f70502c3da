"""What was counted may be counted again: the table of recounts, and what is owed for one."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0013_money_law"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="payablepart",
            name="acceptance",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payable_part",
                to="contracts.acceptance",
            ),
        ),
        migrations.CreateModel(
            name="Recount",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("was", models.PositiveIntegerField()),
                ("counted", models.PositiveIntegerField()),
                ("withdrawn", models.PositiveIntegerField(default=0)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                (
                    "arrived",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recounts",
                        to="contracts.arrivalline",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "recount",
                "verbose_name_plural": "recounts",
            },
        ),
        migrations.AddField(
            model_name="payablepart",
            name="recount",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payable_part",
                to="contracts.recount",
            ),
        ),
        migrations.AddConstraint(
            model_name="payablepart",
            constraint=models.CheckConstraint(
                condition=models.Q(("acceptance", None), ("recount", None), _connector="XOR"),
                name="payablepart_for_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="recount",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted", models.F("was")), _negated=True), name="recount_differs"
            ),
        ),
        migrations.AddConstraint(
            model_name="recount",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="recount_has_reason"
            ),
        ),
    ]
