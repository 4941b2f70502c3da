"""Words of coming and leaving in templates."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from office.deadlines import api as deadlines
from office.staff.selectors import position_label

register = template.Library()


@register.filter
def clock_title(rule: str) -> str:
    """What a clock is for."""
    return str(deadlines.title_of(rule))


@register.filter
def post(code: str) -> str:
    """A post as people call it."""
    return position_label(code)


@register.filter
def at(table: Mapping[str, object], key: str) -> object:
    """What a mapping has under the key; "" when it has nothing."""
    return table.get(key, "")
