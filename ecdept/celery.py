"""The worker's Celery application, with every task; beat has its own (`ecdept.beat`)."""

import os

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

from ecdept.observability.logs import leave_logging_to_us

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")
# `./dev check` runs Django's checks; Celery would run them at every start and throw the result away.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("ecdept")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.autodiscover_tasks()
setup_logging.connect(leave_logging_to_us(app), weak=False)
