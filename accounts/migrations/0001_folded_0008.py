"""The tables and the law of the first 8 migrations at once (office.fold)."""

from django.conf import settings
from django.db import migrations

from office.fold import fold

NAMES = (
    "0001_grants",
    "0002_vault",
    "0003_vault_law",
    "0004_reviews_room_changes_records",
    "0005_vault_words",
    "0006_vault_changed",
    "0007_recovery_of_two",
    "0008_advisory_files",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [("accounts", name) for name in NAMES]
    dependencies = [
        ("approvals", "0007_rows_asked_anew"),
        ("audit", "0006_index_key_roles"),
        ("files", "0002_law"),
        ("staff", "0003_also_granted"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = fold("accounts", "accounts.migrations", NAMES)
