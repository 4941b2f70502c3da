from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0016_each_wrong_line")]
    operations = [
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(
                fields=["at"],
                condition=models.Q(source__in=["order", "order_back"]),
                name="movement_sold",
            ),
        ),
    ]
