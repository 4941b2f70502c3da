"""The tables and the law of the first 4 migrations at once (office.fold)."""

from django.conf import settings
from django.db import migrations

from office.fold import fold

NAMES = (
    "0001_initial",
    "0002_initial",
    "0003_told_once",
    "0004_subscription_position",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [("notices", name) for name in NAMES]
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = fold("notices", "office.notices.migrations", NAMES)
