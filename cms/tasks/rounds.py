"""Celery tasks of recurring looks."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cms.services import rounds


@shared_task(name="cms.open_rounds")
def open_rounds() -> None:
    rounds.open_due(now=timezone.now())
    rounds.report_freshness(now=timezone.now())
