"""The sweep's tick. It carries `expires` in the beat table, keeps no result, and needs no lock: sweeps may
overlap.
"""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from office.deadlines import sweep

#: A worker that catches up after an outage gives the queue a chance after this many seconds.
LONGEST = 30.0


@shared_task(name="deadlines.settle", ignore_result=True)
def settle() -> None:
    """Tell what is due; while batches are full, go on with what came due meanwhile, for at most LONGEST seconds."""
    began = time.monotonic()
    sweep.tick(timezone.now())
    while sweep.settle_due(timezone.now(), max_batches=1).settled >= sweep.BATCH:
        if time.monotonic() - began > LONGEST:
            break
