"""What the public reads of a column changes by an agreement only (C6.1): the table of what was agreed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cms", "0013_takedown_of_entries"), ("approvals", "0003_activation_law")]

    operations = [
        migrations.AlterField("column", "active", models.BooleanField(default=False, verbose_name="active")),
        migrations.CreateModel(
            name="ColumnFace",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("slug", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=40)),
                ("description", models.CharField(blank=True, max_length=200)),
                ("place", models.PositiveSmallIntegerField()),
                ("active", models.BooleanField()),
                ("at", models.DateTimeField()),
                ("authority_clause", models.CharField(blank=True, max_length=20)),
                (
                    "column",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="faces", to="cms.column"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.run",
                    ),
                ),
            ],
            options={"verbose_name": "face of a column", "verbose_name_plural": "faces of columns"},
        ),
    ]
