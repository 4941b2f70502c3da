import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0010_standing_law"),
        ("approvals", "0003_activation_law"),
    ]

    operations = [
        migrations.AddField(
            model_name="promotion",
            name="stopped_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="PromotionStop",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
                ("authority_clause", models.CharField(blank=True, max_length=20)),
                (
                    "promotion",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stop",
                        to="catalog.promotion",
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
            options={
                "verbose_name": "stop of a promotion",
                "verbose_name_plural": "stops of promotions",
            },
        ),
    ]
