"""What the engine does by itself."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from office.approvals.services.resolving import resolve_seats


@shared_task(name="approvals.resolve_seats")
def resolve() -> None:
    """Every minute: posts that became vacant, or found a holder, since their holders were asked."""
    resolve_seats(now=timezone.now())
