"""Celery tasks of access."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts.services import reviewing, security


@shared_task(name="accounts.open_grant_review")
def open_grant_review() -> None:
    """The quarter's review; and those in which nothing is left to say close."""
    now = timezone.now()
    reviewing.open_review(now=now)
    reviewing.close_finished(now=now)


@shared_task(name="accounts.report_security")
def report_security() -> None:
    """The week's record of security updates."""
    security.report(now=timezone.now())
