"""What apps above tell the rulebook's pages in `apps.ready()`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from office.staff.models import Employee

_proposal: Callable[[Employee, datetime], str] | None = None


def register_proposal(where: Callable[[Employee, datetime], str]) -> None:
    """`where(person, now)`: the address at which the person proposes another rulebook, "" when he may not."""
    global _proposal
    _proposal = where


def proposal_url(person: Employee, now: datetime) -> str:
    return _proposal(person, now) if _proposal else ""
