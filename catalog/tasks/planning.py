"""What the planner is asked for is opened by beat."""

from celery import shared_task
from django.utils import timezone

from catalog.services.planning import open_due_tasks


@shared_task(name="catalog.open_planner_tasks", ignore_result=True)
def open_tasks() -> None:
    """Asks every few minutes whether records are to be asked for (J3)."""
    open_due_tasks(now=timezone.now())
