"""The tables and the law of the first 14 migrations at once (office.fold)."""

from django.conf import settings
from django.db import migrations

from office.fold import fold

NAMES = (
    "0001_initial",
    "0002_law",
    "0003_agreements",
    "0004_agreements_law",
    "0005_records_plans",
    "0006_parties",
    "0006_order_life",
    "0007_order_law",
    "0008_door_complaints",
    "0009_door_law",
    "0010_inspections",
    "0011_inspection_law",
    "0012_money",
    "0013_money_law",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [("contracts", name) for name in NAMES]
    dependencies = [
        ("approvals", "0008_signed_before"),
        ("audit", "0006_index_key_roles"),
        ("deadlines", "0003_fewer_indexes"),
        ("files", "0002_law"),
        ("rulebook", "0004_version_run"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = fold("contracts", "contracts.migrations", NAMES)
