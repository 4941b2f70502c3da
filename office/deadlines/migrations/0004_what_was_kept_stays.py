"""Whether a clock was kept is not rewritten: what it is about, when it began and when it is due stay as they were opened;
one that has ended stays as it ended, a breach that was told stays told, and no clock is deleted. What was told when is
insert-only."""

from __future__ import annotations

from django.db import migrations

from office.audit.law import FUNCTION_SQL, TRIGGER

#: As they were opened.
OPENED = (
    "id", "rule", "clause", "version_id", "subject_type", "subject_id", "label", "started_at", "due_at", "plan_at",
    "plan_kind", "plan_to",
)  # fmt: skip
#: As they were when the clock ended: whose turn it was, too, for his figures.
ENDED = ("state", "met_at", "cancelled_at", "breached_at", "holder_id", "step", "next_at")


def _row(of: str, columns: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"{of}.{each}" for each in columns) + ")"


# The sweep moves thousands of rows in one statement: it sets none of what was opened, so the first law is not asked at
# all, and of the second the database itself finds, before the function is called, that an open clock goes forward.
LAW = f"""
{FUNCTION_SQL}
CREATE TRIGGER law_opened BEFORE UPDATE OF {", ".join(OPENED)} ON deadlines_deadline FOR EACH ROW WHEN (
    {_row("OLD", OPENED)} IS DISTINCT FROM {_row("NEW", OPENED)}
) EXECUTE FUNCTION law_refuse();
CREATE TRIGGER law_stands BEFORE UPDATE ON deadlines_deadline FOR EACH ROW WHEN (
    OLD.state <> 'open' AND {_row("OLD", ENDED)} IS DISTINCT FROM {_row("NEW", ENDED)}
    OR OLD.breached_at IS NOT NULL AND NEW.breached_at IS DISTINCT FROM OLD.breached_at
    OR NEW.step < OLD.step
) EXECUTE FUNCTION law_refuse();
CREATE TRIGGER law_stays BEFORE DELETE ON deadlines_deadline FOR EACH ROW EXECUTE FUNCTION law_refuse();
CREATE TRIGGER {TRIGGER} BEFORE UPDATE OR DELETE ON deadlines_deadlineevent
    FOR EACH ROW EXECUTE FUNCTION law_refuse();
"""
UNDO = f"""
DROP TRIGGER {TRIGGER} ON deadlines_deadlineevent;
DROP TRIGGER law_stays ON deadlines_deadline;
DROP TRIGGER law_stands ON deadlines_deadline;
DROP TRIGGER law_opened ON deadlines_deadline;
"""


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0003_fewer_indexes"), ("audit", "0001_initial")]

    operations = [migrations.RunSQL(LAW, UNDO)]
