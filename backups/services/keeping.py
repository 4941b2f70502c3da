"""What the clock asks of the backups every few seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.core.cache import cache

from backups.rules.clock import going_on
from backups.services import erasures, listing, proving, running, state, storing

log = structlog.get_logger(__name__)


def tick(*, now: datetime) -> None:
    """Plan, make, send, look, clear. A step that fails does not keep the others."""
    clock = going_on(now)
    steps: tuple[Callable[[], object], ...] = (
        lambda: running.plan(now=clock()),
        lambda: erasures.publish(now=clock()),
        lambda: running.work(now=clock()),
        lambda: storing.send(now=clock()),
        lambda: listing.send(now=clock()),
        lambda: storing.look(now=clock()),
        lambda: proving.open_proof(now=clock()),
        lambda: hourly(clock()),
    )
    for step in steps:
        try:
            step()
        except Exception:
            log.exception("a step of the backups failed")
    state.remember(now=clock())


def hourly(now: datetime) -> None:
    """Taking old copies away needs no hurry."""
    if cache.add("backups.cleared", now.isoformat(), timeout=int(timedelta(hours=1).total_seconds())):
        storing.clear(now=now)
