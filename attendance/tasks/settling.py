"""Settling by the clock."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from attendance.services.settling import settle_marked


@shared_task(name="attendance.settle", ignore_result=True)
def settle() -> None:
    """The marked days that are over."""
    settle_marked(now=timezone.now())
