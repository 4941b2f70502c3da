"""What the vault does by the clock."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts.services.vault import duties, lending
from office.rulebook import api as rulebook


@shared_task(name="accounts.watch_vault")
def watch_vault() -> None:
    """Lendings that are over; secrets of custodians who have left. Nothing before a book is in force."""
    now = timezone.now()
    try:
        if not rulebook.has_rule("accounts.unlocked_for", now):
            return
    except rulebook.NoBookInForce:
        return
    lending.end_due(now=now)
    duties.watch(now=now)
