"""What leaves for suppliers' contacts, and what is kept of them no longer."""

from celery import shared_task
from django.utils import timezone

from contracts.services.door import drafts, letters


@shared_task(name="contracts.send_door_letters", ignore_result=True)
def send_door_letters() -> None:
    letters.send_waiting(now=timezone.now())


@shared_task(name="contracts.forget_door_drafts", ignore_result=True)
def forget_door_drafts() -> None:
    drafts.forget_old(now=timezone.now())
