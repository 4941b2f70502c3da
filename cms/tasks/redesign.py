"""The review of the main page, opened by beat."""

from celery import shared_task
from django.utils import timezone

from cms.services import page_review


@shared_task(name="cms.open_review", ignore_result=True)
def open_review() -> None:
    """Asks every few minutes whether a scheduled review has not begun (C3.1, M1.1)."""
    page_review.open_review(now=timezone.now())
