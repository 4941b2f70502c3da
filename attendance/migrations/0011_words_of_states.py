from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("attendance", "0010_hiring_law")]

    operations = [
        migrations.AlterField(
            model_name="review",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "to be scored"),
                    ("scored", "waits for the person’s word"),
                    ("closed", "closed for good"),
                ],
                default="open",
                max_length=6,
            ),
        ),
        migrations.AlterField(
            model_name="vacancy",
            name="state",
            field=models.CharField(
                choices=[("asked", "asked for"), ("open", "open"), ("closed", "no longer open")],
                default="asked",
                max_length=6,
            ),
        ),
    ]
