"""The outbox's tick and the nightly clearing of the inbox."""

from __future__ import annotations

import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from office.notices.clearing import clear_inbox as clear_old_lines
from office.notices.outbox import send_outbox as send_round

#: A worker is never kept busy by slow robots for much longer than this many seconds.
LONGEST = 20.0


@shared_task(name="notices.send_outbox", ignore_result=True)
def send_outbox() -> None:
    """Hand over what waits, in small rounds, until nothing does or time is up."""
    began = time.monotonic()
    while send_round(now=timezone.now()).claimed and time.monotonic() - began < LONGEST:
        pass


@shared_task(name="notices.clear_inbox", ignore_result=True)
def clear_inbox() -> None:
    """Once a night."""
    clear_old_lines(kept_days=settings.NOTICES_KEPT_DAYS, now=timezone.now())
