"""A slip that came after its time and was agreed to: the leave stays lapsed, its days are excused from then on."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from office.approvals.law import authorised, dated, executed
from office.audit.law import insert_only

LAW = """
CREATE FUNCTION attendance_late_slip_law() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM attendance_leave l JOIN approvals_run r ON r.id = NEW.run_id
        WHERE l.id = NEW.leave_id AND l.state = 'lapsed' AND r.subject_type = 'leave' AND r.subject_id = l.id::text
          AND (l.employee_id, l.kind, l.starts_at, l.ends_at)
            = (NEW.employee_id, NEW.kind, NEW.starts_at, NEW.ends_at)) THEN
        RAISE EXCEPTION 'leave % has not lapsed, or is another', NEW.leave_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'late_slip_fits';
    END IF;
    IF EXISTS (SELECT FROM attendance_leave o WHERE o.employee_id = NEW.employee_id AND o.id <> NEW.leave_id
               AND o.state IN ('requested', 'provisional', 'approved')
               AND o.starts_at < NEW.ends_at AND o.ends_at > NEW.starts_at) THEN
        RAISE EXCEPTION 'another leave has the days of leave %', NEW.leave_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'late_slip_fits';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER late_slip_law BEFORE INSERT ON attendance_lateslip
    FOR EACH ROW EXECUTE FUNCTION attendance_late_slip_law();
"""
UNDO = "DROP TRIGGER late_slip_law ON attendance_lateslip; DROP FUNCTION attendance_late_slip_law();"


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0004_deputies_of_desks"),
        ("attendance", "0018_beginnings_law"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LateSlip",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("authority_clause", models.CharField(blank=True, max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "employee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "leave",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="late_slip",
                        to="attendance.leave",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="approvals.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "slip after its time",
                "verbose_name_plural": "slips after their time",
            },
        ),
        insert_only("attendance_lateslip"),
        authorised(
            "attendance_lateslip",
            "attendance.lapsed_slip",
            {
                "leave_id": "leave",
                "employee_id": "employee",
                "kind": "kind",
                "starts_at": "from",
                "ends_at": "until",
                "reason": "reason",
            },
        ),
        executed("attendance_lateslip"),
        dated("attendance_lateslip"),
        migrations.RunSQL(LAW, UNDO),
    ]
