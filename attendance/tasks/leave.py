"""Celery tasks of leave."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from attendance.services import balances, leave_ending
from attendance.services.absence_watch import watch_absence


@shared_task(name="attendance.keep_balances", ignore_result=True)
def keep_balances() -> None:
    """What was granted by the rule, what is over, what has expired."""
    now = timezone.now()
    balances.grant_due(now=now)
    leave_ending.take_ended(now=now)
    balances.expire_due(now=now)


@shared_task(name="attendance.watch_absence", ignore_result=True)
def watch() -> None:
    """Absence that the clause speaks of becomes a case; people decide."""
    watch_absence(now=timezone.now())
