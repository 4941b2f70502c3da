"""Trigger functions see this database's tables, never a session's temporary ones of the same name."""

from django.db import migrations

from office.audit.law import fixed_path


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_traces"), ("audit", "0005_fixed_path")]

    operations = [fixed_path("orders_progress_move()", "orders_progress_begin()", "orders_note_stands()")]
