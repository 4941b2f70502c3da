"""Attendance's tables, by subject."""

from attendance.models.leave import (
    BalanceMovement,
    Leave,
    LeaveApproval,
    LeaveProof,
    PriorService,
    StandIn,
)
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
    "BalanceMovement",
    "CorrectedPunch",
    "DeviceUser",
    "HandOverItem",
    "HotlineSpan",
    "Leave",
    "LeaveApproval",
    "LeaveProof",
    "Leaving",
    "MonthClose",
    "PriorService",
    "Punch",
    "PunchBatch",
    "PunchSource",
    "RejectedPunch",
    "SettledDay",
    "Shift",
    "StandIn",
    "Unsettled",
    "UploadBlock",
    "WageBase",
    "WageLine",
]
