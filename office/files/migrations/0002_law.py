"""Kept files are law: insert-only."""

from django.db import migrations

from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial"), ("audit", "0005_fixed_path")]

    operations = [insert_only("files_storedfile")]
