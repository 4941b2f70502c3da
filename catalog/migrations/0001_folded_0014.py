"""The tables and the law of the first 14 migrations at once (office.fold)."""

from django.conf import settings
from django.db import migrations

from office.fold import fold

NAMES = (
    "0001_initial",
    "0002_listing_law",
    "0003_prices_texts_promotions",
    "0004_price_law",
    "0005_stock",
    "0006_stock_law",
    "0007_live_market",
    "0008_market_law",
    "0009_picture_thumb",
    "0010_standing_law",
    "0011_promotion_stop",
    "0012_stop_and_time_law",
    "0013_planning",
    "0014_planning_law",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [("catalog", name) for name in NAMES]
    dependencies = [
        ("approvals", "0003_activation_law"),
        ("audit", "0005_fixed_path"),
        ("rulebook", "0004_version_run"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = fold("catalog", "catalog.migrations", NAMES)
