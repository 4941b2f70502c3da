"""The outbox's tick."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from office.notices.outbox import send_outbox as send_round

#: A worker is never kept busy by slow robots for much longer than this many seconds.
LONGEST = 20.0


@shared_task(name="notices.send_outbox", ignore_result=True)
def send_outbox() -> None:
    """Hand over what waits, in small rounds, until nothing does or time is up."""
    began = time.monotonic()
    while send_round(now=timezone.now()).claimed and time.monotonic() - began < LONGEST:
        pass
