"""Beat's own Celery application: it sends names of tasks by the clock, so it needs the settings and no Django.

That spares every start a second of imports and every installation the memory of one more Django.
"""

from celery import Celery
from celery.signals import setup_logging

from ecdept.observability.logs import leave_logging_to_us

app = Celery("ecdept", fixups=[])
app.config_from_object("ecdept.settings", namespace="CELERY")
setup_logging.connect(leave_logging_to_us(app), weak=False)
