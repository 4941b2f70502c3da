"""What money and scores do by the clock."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from contracts.services import scores
from office.rulebook import api as rulebook


@shared_task(name="contracts.score_suppliers")
def score_suppliers() -> None:
    """The month's scores when their day has come; nothing before a book is in force."""
    try:
        scores.score_month(now=timezone.now())
    except rulebook.NoBookInForce:
        return
