"""Wiring only: settings, URLs, Celery, the embedded servers, pages that join several desks."""
