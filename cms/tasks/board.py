"""Celery tasks of the message board."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from cms.services import board, letters


@shared_task(name="cms.forget_messages")
def forget_messages() -> None:
    while board.erase_expired(now=timezone.now()):
        pass


@shared_task(name="cms.send_answers", ignore_result=True)
def send_answers() -> None:
    letters.send_waiting(now=timezone.now())
