"""Goods that stand ready to ship, and what is paid for them before they do (P2.2)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PROTECT = django.db.models.deletion.PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0020_invoices"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReadyNotice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True, on_delete=PROTECT, related_name="+", to="contracts.suppliercontact"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(on_delete=PROTECT, related_name="ready", to="contracts.purchaseorder"),
                ),
            ],
            options={
                "verbose_name": "notice of goods ready to ship",
                "verbose_name_plural": "notices of goods ready to ship",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("by", None), ("contact", None), _connector="XOR"),
                        name="readynotice_one_hand",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadyLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("quantity", models.PositiveIntegerField()),
                (
                    "line",
                    models.ForeignKey(on_delete=PROTECT, related_name="ready", to="contracts.orderline"),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False, on_delete=PROTECT, related_name="lines", to="contracts.readynotice"
                    ),
                ),
            ],
            options={
                "verbose_name": "line of goods ready to ship",
                "verbose_name_plural": "lines of goods ready to ship",
                "constraints": [
                    models.UniqueConstraint(fields=("notice", "line"), name="readyline_once"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="readyline_some"),
                ],
            },
        ),
        migrations.AddField(
            model_name="payable",
            name="ready",
            field=models.OneToOneField(
                null=True, on_delete=PROTECT, related_name="payable", to="contracts.readynotice"
            ),
        ),
        migrations.AlterField(
            model_name="payable",
            name="about",
            field=models.DateField(verbose_name="accepted, arrived, ready or shipped on"),
        ),
        migrations.RemoveConstraint(model_name="payable", name="payable_is_for_something"),
        migrations.AddConstraint(
            model_name="payable",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount__gt", 0),
                        ("arrival", None),
                        ("delivery", None),
                        ("goods", 0),
                        ("kind", "deposit"),
                        ("ready", None),
                    ),
                    models.Q(
                        ("goods__gte", models.F("amount")),
                        ("kind", "balance"),
                        models.Q(
                            models.Q(("arrival__isnull", False), ("delivery", None), ("ready", None)),
                            models.Q(("arrival", None), ("delivery__isnull", False), ("ready", None)),
                            models.Q(("arrival", None), ("delivery", None), ("ready__isnull", False)),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="payable_is_for_something",
            ),
        ),
        migrations.AddField(
            model_name="payablevoid",
            name="goods",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=12),
        ),
        migrations.AddField(
            model_name="payablevoid",
            name="paid",
            field=models.DecimalField(decimal_places=2, default=0, max_digits=12),
        ),
        migrations.RemoveConstraint(model_name="payablevoid", name="payablevoid_some"),
        migrations.AddConstraint(
            model_name="payablevoid",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("goods", 0), ("paid", 0)),
                    models.Q(
                        ("amount__gte", 0),
                        (
                            "goods__gte",
                            models.expressions.CombinedExpression(models.F("amount"), "+", models.F("paid")),
                        ),
                        ("paid__gte", 0),
                    ),
                    _connector="OR",
                ),
                name="payablevoid_some",
            ),
        ),
        migrations.CreateModel(
            name="ReadyLess",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("quantity", models.PositiveIntegerField()),
                (
                    "line",
                    models.ForeignKey(on_delete=PROTECT, related_name="less", to="contracts.readyline"),
                ),
                (
                    "void",
                    models.ForeignKey(on_delete=PROTECT, related_name="pieces", to="contracts.payablevoid"),
                ),
            ],
            options={
                "verbose_name": "pieces that are not ready after all",
                "verbose_name_plural": "pieces that are not ready after all",
                "constraints": [
                    models.UniqueConstraint(fields=("void", "line"), name="readyless_once"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="readyless_some"),
                ],
            },
        ),
    ]
