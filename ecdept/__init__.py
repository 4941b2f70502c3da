"""Wiring only: settings, URLs, Celery, the embedded servers, pages that join several desks."""

from ecdept.celery import app as celery_app

__all__ = ["celery_app"]
