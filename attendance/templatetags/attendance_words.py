"""Outcomes and lengths of time as people read them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django import template
from django.utils.translation import gettext_lazy as _

from attendance.rules.wages import plain
from attendance.selectors.months import SHAPES, TONES

register = template.Library()
FLAGS = {
    "late": _("came late"),
    "early": _("left early"),
    "missing_in": _("no punch in"),
    "missing_out": _("no punch out"),
    "provisional": _("slip to follow"),
    "unplanned": _("punched on a rest day"),
    "waived": _("rest given up"),
}


@register.filter
def flag_word(flag: str) -> str:
    return str(FLAGS.get(flag, flag))


@register.filter
def shape(verdict: str) -> str:
    return SHAPES.get(verdict, "")


@register.filter
def tone(verdict: str) -> str:
    return TONES.get(verdict, "quiet")


@register.filter
def hours(time: timedelta) -> str:
    """ "9:05"."""
    minutes = int(time.total_seconds() // 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


@register.filter
def days(share: Decimal) -> str:
    """Days and parts of a day, always alike: "0", "0.5", "3"."""
    return plain(share)
