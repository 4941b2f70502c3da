"""Packs of the files that lie beside the database."""

import django.db.models.deletion
from django.db import migrations, models

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("backups", "0002_law"), ("audit", "0006_index_key_roles")]

    operations = [
        migrations.AlterField(
            model_name="backuprun",
            name="kind",
            field=models.CharField(
                choices=[("database", "Database"), ("orders", "Orders"), ("files", "Files")], max_length=8
            ),
        ),
        migrations.AddField(model_name="certificate", name="files", field=models.BigIntegerField(default=0)),
        migrations.AddField(model_name="certificate", name="missing", field=models.JSONField(default=list)),
        migrations.CreateModel(
            name="PackedFile",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=140)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="packed",
                        to="backups.backuprun",
                    ),
                ),
            ],
            options={
                "verbose_name": "file in a backup",
                "verbose_name_plural": "files in backups",
                "constraints": [models.UniqueConstraint(fields=("run", "name"), name="backups_packed_once")],
            },
        ),
        insert_only("backups_packedfile"),
    ]
