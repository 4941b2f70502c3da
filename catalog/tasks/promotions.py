"""What happens at the catalog by itself."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from catalog.services.turning import turn_promotions


@shared_task(name="catalog.turn_promotions", ignore_result=True)
def turn() -> None:
    """Begins and ends of promotions."""
    turn_promotions(now=timezone.now())
