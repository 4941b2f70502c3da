"""One thing that waits on a person at this desk, as my day shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Waiting:
    """What, until when, by which clause, and the one button that moves it on."""

    title: StrOrPromise
    label: str
    detail: StrOrPromise
    url: str
    action: StrOrPromise
    due_at: datetime | None
    started_at: datetime | None
    clause: str
