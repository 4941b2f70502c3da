"""Files of punches read by a worker, and old punches erased."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from attendance.services import batches, retention
from attendance.services.queue import TASK


@shared_task(name=TASK, ignore_result=True)
def run_batch(batch_id: int) -> None:
    """Read one batch; a second message for it has no effect."""
    try:
        batches.run_batch(batch_id=batch_id, now=timezone.now())
    except batches.Busy:
        return


@shared_task(name="attendance.resume_batches", ignore_result=True)
def resume_batches() -> None:
    """Batches whose message or worker was lost."""
    batches.resume_batches(now=timezone.now())


@shared_task(name="attendance.erase", ignore_result=True)
def erase() -> None:
    """Raw punches and refused rows whose time is over."""
    now = timezone.now()
    batches.erase_batches(now=now)
    retention.erase_punches(now=now)
