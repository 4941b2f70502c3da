"""Trigger functions see this database's tables, never a session's temporary ones of the same name."""

from django.db import migrations

from office.audit.law import fixed_path


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_incidents_are_law")]

    operations = [fixed_path("law_refuse()")]
