"""The way from a committed batch to a worker. The broker may lose a message: the sweep finds the batch again."""

from __future__ import annotations

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)
TASK = "attendance.run_batch"


def send_to_worker(batch_id: int) -> None:
    """Ask for a worker when the transaction is committed; a broker that is down delays, and refuses nothing."""

    def send() -> None:
        try:
            current_app.send_task(TASK, args=[batch_id], retry=False)
        except (OperationalError, OSError):
            log.warning("punches_not_sent", batch_id=batch_id)

    transaction.on_commit(send)
