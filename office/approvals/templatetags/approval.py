"""Posts by name, and the instants of a refusal as times."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils.dateparse import parse_datetime

from office.staff.selectors import position_label

register = template.Library()


@register.filter
def post_name(code: str) -> str:
    """The post's name; the code itself for one that is unknown."""
    return position_label(str(code)) if code else ""


@register.filter
def moment(text: str) -> datetime | None:
    """The instant of a canonical text."""
    return parse_datetime(str(text))


@register.filter
def span(length: timedelta | None) -> str:
    """Hours and minutes (27:05), "—" for none."""
    if length is None:
        return "—"
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02}"
