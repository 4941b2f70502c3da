"""What the tests of this engine share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from office.notices import api as notices
from office.notices.channels import create_channel
from office.notices.models import Channel
from office.staff.models import Employee
from office.subjects import Subject

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
#: A kind of our own, so that the tests do not hang on the words of a desk.
notices.register_kind("test.told", title="Told", text="{label} moved by {name} at {moved_at}, {missing}")


def later(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def tell(*people: Employee, number: int = 1, urgent: bool = False, **more: Any) -> int:
    return notices.notify(
        "test.told",
        recipients=[each.pk for each in people],
        source="test",
        source_id=number,
        subject=Subject("order", str(number), f"TM01/{number:04d}"),
        params={"name": "王主管", "moved_at": NOW},
        urgent=urgent,
        now=more.pop("now", NOW),
        **more,
    )


def channel(
    kind: str = "webhook", *people: Employee, name: str = "", positions: Any = (), **more: Any
) -> Channel:
    return create_channel(
        name=name or kind,
        kind=kind,
        config=more.pop("config", {}),
        urgent_only=more.pop("urgent_only", False),
        positions=positions,
        people=[each.pk for each in people],
        by=None,
        now=NOW,
    )
