"""The facts of attendance as plain values: what rosters, punches and leave say to each other and to the settlement.

Every instant is aware; a day is a local day of Asia/Shanghai; a period is half open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

Period = tuple[datetime, datetime]
LeaveState = Literal["requested", "provisional", "approved"]


@dataclass(frozen=True, slots=True)
class ShiftFact:
    """A published shift: `spans` to be worked, in order and apart; `meal` is the unpaid break inside."""

    id: int
    employee_id: int
    day: date
    sort: Literal["work", "duty"]
    code: str
    spans: tuple[Period, ...]
    meal: timedelta = timedelta()

    @property
    def starts_at(self) -> datetime:
        return self.spans[0][0]

    @property
    def ends_at(self) -> datetime:
        return self.spans[-1][1]

    @property
    def length(self) -> timedelta:
        """What is to be worked, the meal taken out."""
        return sum((end - start for start, end in self.spans), timedelta()) - self.meal


@dataclass(frozen=True, slots=True)
class PunchFact:
    """Somebody was there. `direction` is what the device said, "" unknown: it is not trusted. `corrected`: an approved
    correction, not a device, says so."""

    employee_id: int
    at: datetime
    direction: Literal["", "in", "out"] = ""
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class LeaveFact:
    """A leave over a period. Approved excuses; provisional (told by phone, S2c) excuses until it lapses; requested
    only reserves its balance and excuses nothing."""

    id: int
    employee_id: int
    kind: str
    state: LeaveState
    starts_at: datetime
    ends_at: datetime
    paid: bool = True
