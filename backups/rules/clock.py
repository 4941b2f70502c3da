"""What takes minutes begins at a `now` and ends later: a clock that goes on from there."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

Clock = Callable[[], datetime]


def going_on(now: datetime) -> Clock:
    """Answers `now` and whatever has passed since."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)
