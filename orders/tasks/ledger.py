"""The nightly erasure of what was kept only for a time."""

from celery import shared_task
from django.utils import timezone

from orders.services import erasure


@shared_task(name="orders.erase_expired", ignore_result=True)
def erase_expired() -> None:
    erasure.erase_expired(now=timezone.now())
