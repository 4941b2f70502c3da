"""The tick that seals."""

from celery import shared_task
from django.utils import timezone

from office.audit import sealing


@shared_task(name="audit.seal", ignore_result=True)
def seal() -> None:
    sealing.seal(now=timezone.now())
