from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_reviews_room_changes_records"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="state",
            field=models.CharField(
                choices=[
                    ("proposed", "to be signed"),
                    ("open", "in the vault"),
                    ("closed", "closed"),
                    ("dropped", "not agreed to"),
                ],
                default="proposed",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="lending",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "waits for the department head"),
                    ("agreed", "may be handed out"),
                    ("released", "lent out"),
                    ("over", "over"),
                    ("refused", "not agreed to"),
                ],
                default="asked",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="vaultkey",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "waits for two people"),
                    ("current", "present key"),
                    ("ended", "former key"),
                ],
                max_length=7,
            ),
        ),
    ]
