"""Celery tasks of the desk."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from orders.services import desk


@shared_task(name="orders.return_idle")
def return_idle() -> None:
    desk.return_idle_orders(now=timezone.now())
