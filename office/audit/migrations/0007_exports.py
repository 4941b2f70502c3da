"""The register of exports (C13.5); its rows are law."""

from django.db import migrations, models

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0006_index_key_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="export number")),
                ("at", models.DateTimeField()),
                ("verb", models.CharField(max_length=60)),
                ("subject_type", models.CharField(max_length=40)),
                ("subject_id", models.CharField(max_length=64)),
                ("label", models.CharField(blank=True, max_length=120)),
                ("actor_id", models.BigIntegerField()),
                ("actor_name", models.CharField(max_length=120)),
                ("filters", models.JSONField(default=dict)),
                ("rows", models.PositiveIntegerField()),
                ("format", models.CharField(max_length=10)),
                ("clause", models.CharField(max_length=20)),
                ("entry_id", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["actor_id", "-id"], name="export_by_person")],
            },
        ),
        insert_only("audit_export"),
    ]
