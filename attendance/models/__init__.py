"""Attendance's tables, by subject."""

from attendance.models.career import (
    Kpi,
    KpiTable,
    PostChange,
    Probation,
    Review,
    ReviewScore,
)
from attendance.models.cases import Acknowledgement, Case, CaseAnswer, CaseDecision, CaseEvidence, CaseFile
from attendance.models.hiring import (
    Candidate,
    CandidateNote,
    Engagement,
    Exam,
    ExamCorrection,
    ExamPaper,
    ExamScore,
    HeadcountFigure,
    JobDescription,
    PayScale,
    Vacancy,
)
from attendance.models.leave import (
    BalanceMovement,
    CallWord,
    LateSlip,
    Leave,
    LeaveApproval,
    LeaveProof,
    PriorService,
    ProofRuling,
    StandIn,
)
from attendance.models.leaving import (
    HandOverItem,
    Leaving,
)
from attendance.models.months import (
    Adjustment,
    MonthClose,
    WageBase,
    WageLine,
)
from attendance.models.planning import DayWish, Pattern, Publication, RestWaiver, RosterKey, Rota, Swap
from attendance.models.punches import (
    CorrectedPunch,
    DeviceUser,
    Punch,
    PunchBatch,
    PunchSource,
    RejectedPunch,
    UploadBlock,
)
from attendance.models.roster import (
    HotlineSpan,
    Shift,
)
from attendance.models.settling import (
    SettledDay,
    Unsettled,
)
from attendance.models.terminals import Terminal

__all__ = [
    "Acknowledgement",
    "Adjustment",
    "BalanceMovement",
    "CallWord",
    "Candidate",
    "CandidateNote",
    "Case",
    "CaseAnswer",
    "CaseDecision",
    "CaseEvidence",
    "CaseFile",
    "CorrectedPunch",
    "DayWish",
    "DeviceUser",
    "Engagement",
    "Exam",
    "ExamCorrection",
    "ExamPaper",
    "ExamScore",
    "HandOverItem",
    "HeadcountFigure",
    "HotlineSpan",
    "JobDescription",
    "Kpi",
    "KpiTable",
    "LateSlip",
    "Leave",
    "LeaveApproval",
    "LeaveProof",
    "Leaving",
    "MonthClose",
    "Pattern",
    "PayScale",
    "PostChange",
    "PriorService",
    "Probation",
    "ProofRuling",
    "Publication",
    "Punch",
    "PunchBatch",
    "PunchSource",
    "RejectedPunch",
    "RestWaiver",
    "Review",
    "ReviewScore",
    "RosterKey",
    "Rota",
    "SettledDay",
    "Shift",
    "StandIn",
    "Swap",
    "Terminal",
    "Unsettled",
    "UploadBlock",
    "Vacancy",
    "WageBase",
    "WageLine",
]
