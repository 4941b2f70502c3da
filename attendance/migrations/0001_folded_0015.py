"""The tables and the law of the first 15 migrations at once (office.fold)."""

from django.conf import settings
from django.db import migrations

from office.fold import fold

NAMES = (
    "0001_initial",
    "0002_settled_law",
    "0003_punches_months",
    "0004_punch_law",
    "0005_leaving",
    "0006_leaving_law",
    "0007_leave",
    "0008_leave_law",
    "0009_hiring",
    "0010_hiring_law",
    "0011_words_of_states",
    "0012_roster",
    "0013_roster_law",
    "0014_cases",
    "0015_case_law",
)


class Migration(migrations.Migration):
    initial = True
    replaces = [("attendance", name) for name in NAMES]
    dependencies = [
        ("approvals", "0004_deputies_of_desks"),
        ("audit", "0005_fixed_path"),
        ("files", "0002_law"),
        ("rulebook", "0004_version_run"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = fold("attendance", "attendance.migrations", NAMES)
