"""Attendance's tables, by subject."""

from attendance.models.leaving import HandOverItem, Leaving
from attendance.models.months import Adjustment, MonthClose, WageBase, WageLine
from attendance.models.punches import (
    CorrectedPunch,
    DeviceUser,
    Punch,
    PunchBatch,
    PunchSource,
    RejectedPunch,
    UploadBlock,
)
from attendance.models.roster import HotlineSpan, Shift
from attendance.models.settling import SettledDay, Unsettled

__all__ = [
    "Adjustment",
    "CorrectedPunch",
    "DeviceUser",
    "HandOverItem",
    "HotlineSpan",
    "Leaving",
    "MonthClose",
    "Punch",
    "PunchBatch",
    "PunchSource",
    "RejectedPunch",
    "SettledDay",
    "Shift",
    "Unsettled",
    "UploadBlock",
    "WageBase",
    "WageLine",
]
