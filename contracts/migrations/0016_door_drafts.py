import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0015_recount_law"),
    ]

    operations = [
        migrations.CreateModel(
            name="DoorDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("page", models.CharField(max_length=80)),
                ("fields", models.JSONField()),
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
            ],
            options={
                "verbose_name": "draft at the supplier's door",
                "verbose_name_plural": "drafts at the supplier's door",
                "constraints": [models.UniqueConstraint(fields=("contact", "page"), name="doordraft_one")],
            },
        ),
    ]
