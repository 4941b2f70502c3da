"""Words of deadlines on the pages of this desk."""

from __future__ import annotations

from django import template

from office.deadlines import api as deadlines

register = template.Library()


@register.filter
def clock_title(rule: str) -> str:
    """What the deadline of a rule is about."""
    return str(deadlines.title_of(rule))
