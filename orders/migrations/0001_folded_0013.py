"""The tables and the law of the first 13 migrations at once (office.fold)."""

from django.conf import settings
from django.db import migrations

from office.fold import fold

NAMES = (
    "0001_initial",
    "0002_initial",
    "0003_law",
    "0004_desk_lists",
    "0005_progress_law",
    "0006_order_record",
    "0007_batch_runs",
    "0008_customer_erased",
    "0009_progress_begin_by_key",
    "0010_traces",
    "0011_fixed_path",
    "0012_fewer_indexes",
    "0013_progress_begin_without_joins",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [("orders", name) for name in NAMES]
    dependencies = [
        ("audit", "0005_fixed_path"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = fold("orders", "orders.migrations", NAMES)
