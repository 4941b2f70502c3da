"""Attendance's tables, by subject."""

from attendance.models.roster import HotlineSpan, Shift
from attendance.models.settling import SettledDay, Unsettled

__all__ = ["HotlineSpan", "SettledDay", "Shift", "Unsettled"]
