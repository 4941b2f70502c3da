"""What beat sends: fetch and call a verb."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from catalog.services.stock.counting import open_due_counts


@shared_task(name="catalog.open_counts", ignore_result=True)
def open_counts() -> None:
    """Asks every few minutes whether a scheduled count is to be opened (J6)."""
    open_due_counts(now=timezone.now())
