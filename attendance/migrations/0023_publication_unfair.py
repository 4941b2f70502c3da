from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("attendance", "0022_reduced_days")]

    operations = [
        migrations.RemoveConstraint("publication", "publication_holes_have_a_reason"),
        migrations.AddField("publication", "unfair", models.JSONField(default=list)),
        migrations.AddConstraint(
            "publication",
            models.CheckConstraint(
                condition=Q(holes=[], unfair=[]) | ~Q(reason=""), name="publication_holes_have_a_reason"
            ),
        ),
    ]
