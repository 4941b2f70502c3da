"""What beat sends: fetch and call a verb."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from contracts.services.drawing import draw_due


@shared_task(name="contracts.draw_inspections", ignore_result=True)
def draw_inspections() -> None:
    """Asks now and then whether the lottery of inspections is due (P3.2)."""
    draw_due(now=timezone.now())
