import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_law"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="orderprogress", name="progress_mine"),
        migrations.RemoveIndex(model_name="orderprogress", name="progress_open_due"),
        migrations.AddField(
            model_name="orderprogress", name="moved_at", field=models.DateTimeField(null=True)
        ),
        migrations.AlterField(
            model_name="orderprogress",
            name="holder",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="held_orders",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="orderprogress",
            name="taken_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="taken_orders",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="orderprogress",
            index=models.Index(
                condition=models.Q(("state__in", ("accepted", "contacted", "confirmed"))),
                fields=["holder", "due_at", "order"],
                name="progress_mine",
            ),
        ),
        migrations.AddIndex(
            model_name="orderprogress",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ("waiting", "accepted", "contacted", "confirmed", "handed_over", "taken"))
                ),
                fields=["due_at", "order"],
                name="progress_open_due",
            ),
        ),
        migrations.AddIndex(
            model_name="orderprogress",
            index=models.Index(
                condition=models.Q(("state__in", ("handed_over", "taken"))),
                fields=["due_at", "order"],
                name="progress_takeover",
            ),
        ),
        migrations.AddIndex(
            model_name="orderprogress",
            index=models.Index(
                condition=models.Q(("holder__isnull", False)),
                fields=["holder", "-received_at", "-order"],
                name="progress_holder",
            ),
        ),
        migrations.AddIndex(
            model_name="orderprogress",
            index=models.Index(fields=["shop_id", "-received_at", "-order"], name="progress_shop"),
        ),
        migrations.AddConstraint(
            model_name="orderprogress",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting"), _negated=True), ("due_at__isnull", False), _connector="OR"
                ),
                name="progress_waiting_is_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderprogress",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "taken"), _negated=True),
                    models.Q(("taken_at__isnull", False), ("taken_by__isnull", False)),
                    _connector="OR",
                ),
                name="progress_taken_by_name",
            ),
        ),
    ]
