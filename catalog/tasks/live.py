"""Channels are read by beat."""

from celery import shared_task
from django.utils import timezone

from catalog.services.live import read_due_feeds


@shared_task(name="catalog.read_feeds", ignore_result=True)
def read_feeds() -> None:
    """Asks every few minutes whether a channel's feed is to be read."""
    read_due_feeds(now=timezone.now())
