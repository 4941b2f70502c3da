"""Posts by name, and the instants of a refusal as times."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from office.approvals import kinds
from office.approvals.models import Run
from office.approvals.selectors.runs import flag_names
from office.staff.selectors import position_label
from office.subjects import subject_name as name_of_type

register = template.Library()


@register.filter
def post_name(code: str) -> str:
    """The post's name; the code itself for one that is unknown."""
    return position_label(str(code)) if code else ""


@register.filter
def kind_name(code: str) -> str:
    """What a kind of request is called."""
    return str(kinds.name_of(str(code)))


@register.filter
def flags(run: Run) -> list[str]:
    """What chose the chain, by name."""
    return flag_names(run)


@register.filter
def subject_name(word: str) -> str:
    """What a subject's type is called."""
    return str(name_of_type(word))


@register.filter
def changed_names(run: Run) -> str:
    """Why a request is void: the fields that changed, as people call them."""
    return kinds.field_names(run.kind, run.changed_fields)


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


@register.filter
def iso(at: datetime | None) -> str:
    """An instant as machines read it, to the microsecond; "" for none."""
    return at.isoformat() if at else ""


@register.simple_tag
def instant() -> str:
    """When this page was drawn."""
    return timezone.now().isoformat()
