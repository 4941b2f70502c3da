"""Batches run by a worker."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from orders.services import intake
from orders.services.intake.queue import TASK


@shared_task(name=TASK)
def run_batch(batch_id: int) -> None:
    """Read and book one batch; a second message for a batch that runs or is finished has no effect."""
    try:
        intake.run_batch(batch_id=batch_id, now=timezone.now())
    except intake.Busy:
        return


@shared_task(name="orders.resume_batches")
def resume_batches() -> None:
    """Batches whose message or worker was lost."""
    intake.resume_batches(now=timezone.now())
