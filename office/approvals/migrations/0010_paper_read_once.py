"""A paper of many rows is parsed once for each question to it, not once for each of its rows: two hundred accounts of one
file are signed in seconds."""

from django.db import migrations

from office.approvals.law import ROWS_SQL


class Migration(migrations.Migration):
    dependencies = [("approvals", "0009_decided_for_me")]

    operations = [migrations.RunSQL(ROWS_SQL, migrations.RunSQL.noop)]
