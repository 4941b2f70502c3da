"""The tables and the law of the first 2 migrations at once (office.fold)."""

from django.conf import settings
from django.db import migrations

from office.fold import fold

NAMES = (
    "0001_initial",
    "0002_law",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [("backups", name) for name in NAMES]
    dependencies = [
        ("approvals", "0006_annex"),
        ("audit", "0006_index_key_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = fold("backups", "backups.migrations", NAMES)
