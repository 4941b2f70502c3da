"""Approvals as desks use them: `from office.approvals import api as approvals`."""

from office.approvals.kinds import (
    Change,
    Evidence,
    Exhibit,
    Kind,
    kind_of,
    known_kinds,
    name_of,
    register_kind,
)
from office.approvals.models import Run
from office.approvals.selectors.drafts import FormDraft, form_draft
from office.approvals.selectors.runs import may_ask, may_read, may_read_about, runs_about
from office.approvals.services.activation import propose_activation
from office.approvals.services.context import MovedOn, OwnRequest
from office.approvals.services.deciding import Decision, Result, approve, decide_many, reject, return_to
from office.approvals.services.deputies import end_deputy, name_deputy
from office.approvals.services.drafting import discard_draft, forget_drafts, save_draft
from office.approvals.services.executing import check_execution, execute
from office.approvals.services.moving import add_signer, comment, copy_to, forward, hand_on, remind
from office.approvals.services.resolving import resolve_seats
from office.approvals.services.submitting import ask_again, resubmit, submit, withdraw
from office.approvals.services.voiding import SubjectChanged, hold, subject_changed

__all__ = [
    "Change",
    "Decision",
    "Evidence",
    "Exhibit",
    "FormDraft",
    "Kind",
    "MovedOn",
    "OwnRequest",
    "Result",
    "Run",
    "SubjectChanged",
    "add_signer",
    "approve",
    "ask_again",
    "check_execution",
    "comment",
    "copy_to",
    "decide_many",
    "discard_draft",
    "end_deputy",
    "execute",
    "forget_drafts",
    "form_draft",
    "forward",
    "hand_on",
    "hold",
    "kind_of",
    "known_kinds",
    "may_ask",
    "may_read",
    "may_read_about",
    "name_deputy",
    "name_of",
    "propose_activation",
    "register_kind",
    "reject",
    "remind",
    "resolve_seats",
    "resubmit",
    "return_to",
    "runs_about",
    "save_draft",
    "subject_changed",
    "submit",
    "withdraw",
]
