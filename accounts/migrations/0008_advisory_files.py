"""Files of advisories that IT sends in (C13.7)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_recovery_of_two"),
        ("files", "0002_law"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AdvisoryFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("records", models.PositiveIntegerField()),
                ("found", models.JSONField()),
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
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.storedfile"
                    ),
                ),
            ],
            options={
                "verbose_name": "file of advisories",
                "verbose_name_plural": "files of advisories",
            },
        ),
        insert_only("accounts_advisoryfile"),
    ]
