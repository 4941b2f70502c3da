"""Trigger functions see this database's tables, never a session's temporary ones of the same name."""

from django.db import migrations

from office.audit.law import fixed_path


class Migration(migrations.Migration):
    dependencies = [("rulebook", "0002_law"), ("audit", "0005_fixed_path")]

    operations = [fixed_path("rulebook_version_law()")]
