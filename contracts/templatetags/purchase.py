"""Words that the pages of purchasing draw."""

from __future__ import annotations

from django import template

from office.deadlines import api as deadlines

register = template.Library()


@register.filter
def rule_title(rule: str) -> str:
    """What a clock is called."""
    return str(deadlines.title_of(rule))
