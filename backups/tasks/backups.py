"""The clock of the backups. Runs in the keeper only: it is the one process with the owner's login."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from backups.services import keeping


@shared_task(name="backups.tick")
def tick() -> None:
    keeping.tick(now=timezone.now())
