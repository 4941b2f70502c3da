"""Other points than the examiner gave count only as the chain agreed (C2)."""

from django.db import migrations

from office.approvals.law import authorised, dated, executed
from office.audit.law import insert_only


class Migration(migrations.Migration):
    dependencies = [("attendance", "0031_exam_correction"), ("approvals", "0004_deputies_of_desks")]

    operations = [
        insert_only("attendance_examcorrection"),
        authorised(
            "attendance_examcorrection", "hiring.exam_correction", {"exam_id": "exam", "points": "points"}
        ),
        executed("attendance_examcorrection"),
        dated("attendance_examcorrection"),
    ]
