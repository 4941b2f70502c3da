"""The record of orders, kept by beat."""

from celery import shared_task
from django.utils import timezone

from orders.services.record import back_up_orders


@shared_task(name="orders.back_up_orders")
def back_up_orders_task() -> None:
    """Asks every few minutes whether a scheduled record is missing (C7.4, M5.4)."""
    back_up_orders(by=None, now=timezone.now())
