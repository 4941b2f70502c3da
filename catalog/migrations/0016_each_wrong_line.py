"""Every wrong price of the same goods is an incident of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0015_live_also")]
    operations = [
        migrations.RemoveConstraint(model_name="livedifference", name="difference_one_open"),
        migrations.RemoveField(model_name="livedifference", name="also"),
        migrations.AddConstraint(
            model_name="livedifference",
            constraint=models.UniqueConstraint(
                fields=["channel", "kind", "code", "shown"],
                condition=models.Q(closed_at=None),
                nulls_distinct=False,
                name="difference_one_open",
            ),
        ),
    ]
