"""Approvals as desks use them: `from office.approvals import api as approvals`."""

from office.approvals.kinds import Change, Evidence, Kind, kind_of, known_kinds, name_of, register_kind
from office.approvals.models import Run
from office.approvals.services.activation import propose_activation
from office.approvals.services.context import MovedOn, OwnRequest
from office.approvals.services.deciding import Decision, Result, approve, decide_many, reject, return_to
from office.approvals.services.deputies import end_deputy, name_deputy
from office.approvals.services.executing import check_execution, execute
from office.approvals.services.moving import add_signer, comment, copy_to, forward, remind
from office.approvals.services.resolving import resolve_seats
from office.approvals.services.submitting import resubmit, save_draft, submit, withdraw
from office.approvals.services.voiding import SubjectChanged, hold, subject_changed

__all__ = [
    "Change",
    "Decision",
    "Evidence",
    "Kind",
    "MovedOn",
    "OwnRequest",
    "Result",
    "Run",
    "SubjectChanged",
    "add_signer",
    "approve",
    "check_execution",
    "comment",
    "copy_to",
    "decide_many",
    "end_deputy",
    "execute",
    "forward",
    "hold",
    "kind_of",
    "known_kinds",
    "name_deputy",
    "name_of",
    "propose_activation",
    "register_kind",
    "reject",
    "remind",
    "resolve_seats",
    "resubmit",
    "return_to",
    "save_draft",
    "subject_changed",
    "submit",
    "withdraw",
]
