"""What an approval is made of: the run and its papers, its steps and seats, the votes, the deputies."""

from office.approvals.models.deputy import Deputy, DeputyEnd
from office.approvals.models.papers import Annex, Comment, Copy, Draft, Paper
from office.approvals.models.run import Run, Seat, Step
from office.approvals.models.votes import Check, RowDecision, Vote

__all__ = [
    "Annex",
    "Check",
    "Comment",
    "Copy",
    "Deputy",
    "DeputyEnd",
    "Draft",
    "Paper",
    "RowDecision",
    "Run",
    "Seat",
    "Step",
    "Vote",
]
