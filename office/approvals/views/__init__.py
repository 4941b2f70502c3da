"""The pages of approvals: the queue, one run, deputies, figures."""

from office.approvals.views.activation import activation
from office.approvals.views.acts import act, decide
from office.approvals.views.deputies import deputy, end_deputy
from office.approvals.views.drafts import discard_draft, draft
from office.approvals.views.figures import figure_rows, figures, workbook
from office.approvals.views.own_text import own_text
from office.approvals.views.pages import queue, run

__all__ = [
    "act",
    "activation",
    "decide",
    "deputy",
    "discard_draft",
    "draft",
    "end_deputy",
    "figure_rows",
    "figures",
    "own_text",
    "queue",
    "run",
    "workbook",
]
