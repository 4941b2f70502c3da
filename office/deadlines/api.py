"""Deadlines as desks use them: `from office.deadlines import api as deadlines`."""

from office.deadlines.kinds import register_kind, title_of
from office.deadlines.selectors import Figure, figures, last_tick, of, running
from office.deadlines.services import OPENING, assign, cancel, meet, meet_many, open, open_many, opening
from office.deadlines.sweep import Settled, settle_due

__all__ = [
    "OPENING",
    "Figure",
    "Settled",
    "assign",
    "cancel",
    "figures",
    "last_tick",
    "meet",
    "meet_many",
    "of",
    "open",
    "open_many",
    "opening",
    "register_kind",
    "running",
    "settle_due",
    "title_of",
]
