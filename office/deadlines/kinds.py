"""What desks tell the engine about their rules: a name for notices, and what else happens at the breach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from office.notices import api as notices

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.deadlines.models import Deadline

Handler = Callable[["Deadline", datetime], None]

#: Stored as "deadline.breached:orders.accept", so that a person mutes the warnings of one rule alone.
NOTICE_OF = {"w": "deadline.warned", "b": "deadline.breached", "e": "deadline.escalated"}
GAP = "deadline.gap"


@dataclass(frozen=True, slots=True)
class Kind:
    """A rule's name in a sentence ("first contact with the customer") and its handler."""

    rule: str
    title: StrOrPromise
    on_breach: Handler | None = None


_kinds: dict[str, Kind] = {}


def register_kind(rule_key: str, *, title: StrOrPromise, on_breach: Handler | None = None) -> None:
    """Called in `apps.ready()` by the desk that opens deadlines of the rule.

    `on_breach(deadline, now)` runs once, in the transaction that tells the breach. When it raises, the
    row keeps the error, backs off and is tried again; the others go on. It may take its own locks: the
    row is not locked yet.
    """
    _kinds[rule_key] = Kind(rule_key, title, on_breach)


def title_of(rule_key: str) -> StrOrPromise:
    """The registered name; the key itself for a rule that nobody registered."""
    kind = _kinds.get(rule_key)
    return kind.title if kind else rule_key


def named(rule_key: str) -> StrOrPromise | None:
    """The registered name, for pages that list rules."""
    kind = _kinds.get(rule_key)
    return kind.title if kind else None


def handlers() -> dict[str, Handler]:
    """The rules whose breach does more than tell."""
    return {kind.rule: kind.on_breach for kind in _kinds.values() if kind.on_breach is not None}


def register_notices() -> None:
    """The words of this engine's own notices; {what} is the rule's registered name."""
    notices.register_kind(
        "deadline.warned",
        title=_("Time is running out"),
        text=_("{label}: {what} is due at {due_at}."),
        detail=title_of,
    )
    notices.register_kind(
        "deadline.breached",
        title=_("Overdue"),
        text=_("{label}: {what} was due at {due_at} and was not done in time."),
        detail=title_of,
        mutable=False,
    )
    notices.register_kind(
        "deadline.escalated",
        title=_("Escalation"),
        text=_("{label}: {what} was due at {due_at} and was still open. Please step in."),
        detail=title_of,
        mutable=False,
    )
    notices.register_kind(
        GAP,
        title=_("Deadlines were not watched"),
        text=_(
            "No deadline was looked at from {started_at} to {ended_at}. What was missed has been told since."
        ),
        mutable=False,
    )
