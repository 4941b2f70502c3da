"""The week's market summary is opened by beat."""

from celery import shared_task
from django.utils import timezone

from catalog.services.market import open_due_summary


@shared_task(name="catalog.open_summary", ignore_result=True)
def open_summary() -> None:
    """Asks every few minutes whether a new week has begun (J6)."""
    open_due_summary(now=timezone.now())
