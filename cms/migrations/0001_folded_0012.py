"""The tables and the law of the first 12 migrations at once (office.fold)."""

from django.conf import settings
from django.db import migrations

from office.fold import fold

NAMES = (
    "0001_initial",
    "0002_law",
    "0003_watch",
    "0004_watch_law",
    "0005_starter_words",
    "0006_ends_as_agreed",
    "0007_assets",
    "0008_assets_law",
    "0009_freshness",
    "0010_ends_when_executed",
    "0011_whole",
    "0012_law_of_time",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [("cms", name) for name in NAMES]
    dependencies = [
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
        ("files", "0002_law"),
        ("notices", "0004_subscription_position"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = fold("cms", "cms.migrations", NAMES)
