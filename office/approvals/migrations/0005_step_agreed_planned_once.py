"""Whether a step has agreed is planned once per session: planning it anew for every row took longer than looking."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("approvals", "0004_deputies_of_desks")]

    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION approvals_step_agreed(approvals_step) SET plan_cache_mode TO force_generic_plan",
            "ALTER FUNCTION approvals_step_agreed(approvals_step) RESET plan_cache_mode",
        )
    ]
