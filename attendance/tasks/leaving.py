"""The clock of leavings."""

from celery import shared_task
from django.utils import timezone

from attendance.services import leaving


@shared_task(name="attendance.end_access", ignore_result=True)
def end_access() -> None:
    """Whose last day is over can no longer sign in (S4c, S6)."""
    leaving.end_access(now=timezone.now())


@shared_task(name="attendance.watch_leavings", ignore_result=True)
def watch_leavings() -> None:
    """The checklists follow what people on the way out hold."""
    leaving.watch_leavings(now=timezone.now())
