from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0014_planning_law"),
    ]

    operations = [
        migrations.AddField(
            model_name="livedifference",
            name="also",
            field=models.JSONField(default=list),
        ),
    ]
