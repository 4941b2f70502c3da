"""The clock of hiring."""

from celery import shared_task
from django.utils import timezone

from attendance.services import candidates, probation


@shared_task(name="attendance.erase_candidates", ignore_result=True)
def erase_candidates() -> None:
    """Candidates whose time is over are forgotten."""
    while candidates.erase_candidates(now=timezone.now()):
        pass


@shared_task(name="attendance.finish_changes", ignore_result=True)
def finish_changes() -> None:
    """Old posts end once the second person has confirmed the new ones."""
    probation.finish_changes(now=timezone.now())
