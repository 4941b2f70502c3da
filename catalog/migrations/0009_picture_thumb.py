from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_market_law")]

    operations = [
        migrations.AddField("picture", "thumb", models.BinaryField(default=b""), preserve_default=False),
    ]
