"""Beat has an application of its own that loads no Django."""

import json
import subprocess
import sys

from django.conf import settings

from ecdept.celery import app
from tests.ecdept.homes import ROOT

SCRIPT = """
import json, sys
from ecdept.beat import app
app.loader.init_worker()
app.finalize()
from django.apps import apps
print(json.dumps({"ready": apps.ready, "table": sorted(app.conf.beat_schedule), "zone": str(app.timezone)}))
"""


def test_every_name_in_the_table_is_a_task_of_the_worker() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_it_reads_the_table_without_loading_django() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, check=True).stdout
    assert json.loads(said) == {
        "ready": False,
        "table": sorted(settings.CELERY_BEAT_SCHEDULE),
        "zone": "Asia/Shanghai",
    }
