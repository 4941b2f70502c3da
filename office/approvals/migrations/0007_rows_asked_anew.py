"""A refused row counts as long as the step of its vote stands: who is asked anew is asked about every row."""

from __future__ import annotations

from django.db import migrations, models

from office.approvals.law import ROWS_SQL


class Migration(migrations.Migration):
    dependencies = [("approvals", "0006_annex")]

    operations = [
        migrations.RemoveConstraint(model_name="rowdecision", name="row_refused_once"),
        migrations.AddConstraint(
            model_name="rowdecision",
            constraint=models.UniqueConstraint(
                fields=("run", "round", "row", "vote"), name="row_refused_once_a_vote"
            ),
        ),
        migrations.RunSQL(ROWS_SQL, migrations.RunSQL.noop),
    ]
