"""The nightly sweep."""

from celery import shared_task
from django.utils import timezone

from office.files import services


@shared_task(name="files.sweep", ignore_result=True)
def sweep() -> None:
    services.sweep(now=timezone.now())
