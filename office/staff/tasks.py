"""What the staff engine does by itself."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from office.staff.services.duty import end_unseen_duty

#: Nobody works twelve hours without opening a page: the switch was forgotten.
FORGOTTEN = timedelta(hours=12)


@shared_task(name="staff.end_unseen_duty")
def end_unseen() -> None:
    """Hourly: 下班 for those who forgot it."""
    now = timezone.now()
    end_unseen_duty(unseen_since=now - FORGOTTEN, now=now)
