"""Words of leave in templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django import template
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from attendance.models import Leave, SettledDay
from attendance.selectors.leave_kinds import LeaveKind
from attendance.services.balances import plain
from office.staff.selectors import position_label

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

register = template.Library()

#: A state's shape: waiting, going on, done, ended otherwise.
TONES = {"requested": "wait", "provisional": "wait", "approved": "done", "lapsed": "late"}


@register.filter
def leave_tone(leave: Leave) -> str:
    return "done" if leave.excused_late else TONES.get(leave.state, "stop")


@register.filter
def leave_state(leave: Leave) -> StrOrPromise:
    """The state in words; a lapse that was agreed to afterwards says both."""
    return _("Lapsed, agreed to afterwards") if leave.excused_late else leave.get_state_display()


@register.filter
def amount(value: Decimal) -> str:
    """Without needless zeros."""
    return plain(value)


@register.filter
def kind_of(kinds: Mapping[str, LeaveKind], code: str) -> str:
    """The kind's name; the code for one that the book no longer has."""
    found = kinds.get(code)
    return str(found.name) if found else code


@register.filter
def during(leave: Leave) -> str:
    """ "11-25 – 11-27" for whole days, with the hours for less."""
    if leave.portion == Leave.Portion.DAYS:
        same = leave.first_day == leave.last_day
        return f"{leave.first_day:%Y-%m-%d}" + ("" if same else f" – {leave.last_day:%m-%d}")
    return f"{_clock(leave.starts_at, '%Y-%m-%d %H:%M')}–{_clock(leave.ends_at, '%H:%M')}"


@register.filter
def post_said(code: str) -> str:
    return position_label(code)


def _clock(at: datetime, pattern: str) -> str:
    return localtime(at).strftime(pattern)


@register.filter
def verdict_said(code: str) -> str:
    """A day's outcome in words; "–" for a day that is not settled."""
    return str(dict(SettledDay.Verdict.choices).get(code, "–"))
