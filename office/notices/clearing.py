"""Old lines leave the inbox. What was told stays provable: deadlines and the trail keep what happened.

A line goes when it is older than the setting NOTICES_KEPT_DAYS and was read, or was never urgent. It stays while it is
an escalation that nobody has read, or while a message about it waits or was given up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

log = structlog.get_logger(__name__)
#: Lines of one transaction.
STEP = 2_000

_CLEAR = """
WITH old AS (
    SELECT n.id FROM notices_notice n
    WHERE n.created_at < %(before)s AND (n.read_at IS NOT NULL OR NOT n.urgent)
      AND NOT EXISTS (SELECT 1 FROM notices_outboxmessage m WHERE m.notice_id = n.id AND m.state <> 'sent')
    ORDER BY n.id LIMIT %(step)s FOR UPDATE SKIP LOCKED
), messages AS (
    DELETE FROM notices_outboxmessage m USING old WHERE m.notice_id = old.id
)
DELETE FROM notices_notice n USING old WHERE n.id = old.id
"""


def clear_inbox(*, kept_days: int, now: datetime) -> int:
    """Delete lines older than `kept_days` days with their sent messages; answers how many. 0 days keeps everything.

    Housekeeping, not an act: nothing is written to the trail.
    """
    if kept_days <= 0:
        return 0
    cleared = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_CLEAR, {"before": now - timedelta(days=kept_days), "step": STEP})
            step = int(cursor.rowcount)
        cleared += step
        if step < STEP:
            break
    if cleared:
        log.info("inbox_cleared", lines=cleared, kept_days=kept_days)
    return cleared
