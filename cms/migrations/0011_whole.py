"""Presence by shift, answers that are held and answers that leave by mail, cases closed as unfounded, the words of
documents."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cms", "0010_ends_when_executed"), ("notices", "0004_subscription_position")]

    operations = [
        migrations.CreateModel(
            name="FileText",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("readable", models.BooleanField()),
                ("text", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
            ],
            options={"verbose_name": "words of a document", "verbose_name_plural": "words of documents"},
        ),
        migrations.AddField(
            "round", "shift", models.CharField(blank=True, default="", max_length=60), preserve_default=False
        ),
        migrations.AlterField(
            "round",
            "kind",
            models.CharField(
                choices=[
                    ("site", "Monthly check of the site"),
                    ("board", "Daily look at the message board"),
                    ("chat", "Present in the chats"),
                ],
                max_length=6,
            ),
        ),
        migrations.RemoveConstraint("round", "round_once"),
        migrations.AddConstraint(
            "round", models.UniqueConstraint(fields=["kind", "period", "shift"], name="round_once")
        ),
        migrations.AlterField(
            "boardreply",
            "kind",
            models.CharField(
                choices=[
                    ("answer", "Answer"),
                    ("note", "Inside note"),
                    ("held", "Held until a second person agrees"),
                ],
                max_length=6,
            ),
        ),
        migrations.AddField(
            "boardreply",
            "releases",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="released_by",
                to="cms.boardreply",
            ),
        ),
        migrations.CreateModel(
            name="BoardDelivery",
            fields=[
                (
                    "reply",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="delivery",
                        serialize=False,
                        to="cms.boardreply",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "To be sent"), ("sent", "Sent"), ("dead", "Given up")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("idempotency_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=300)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="notices.channel"
                    ),
                ),
            ],
            options={
                "verbose_name": "answer on its way",
                "verbose_name_plural": "answers on their way",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["next_at"],
                        name="board_delivery_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_at__isnull", False), ("state", "sent")),
                            models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="board_delivery_fits",
                    )
                ],
            },
        ),
        migrations.AddField("liabilitycase", "unfounded", models.BooleanField(default=False)),
        migrations.AddConstraint(
            "liabilitycase",
            models.CheckConstraint(
                condition=models.Q(
                    ("unfounded", False), models.Q(("liability", ""), ("state", "decided")), _connector="OR"
                ),
                name="case_unfounded_is_decided",
            ),
        ),
    ]
