"""What deputies decided for a person is read along an index, like his own decisions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("approvals", "0008_signed_before")]

    operations = [
        migrations.AddIndex(
            "vote",
            models.Index(
                fields=["on_behalf_of", "-id"],
                condition=models.Q(on_behalf_of__isnull=False),
                name="vote_on_behalf_of",
            ),
        )
    ]
