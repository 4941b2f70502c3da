"""What leaves for suppliers' contacts."""

from celery import shared_task
from django.utils import timezone

from contracts.services.door import letters


@shared_task(name="contracts.send_door_letters", ignore_result=True)
def send_door_letters() -> None:
    letters.send_waiting(now=timezone.now())
