"""Stored reasons in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from office.deadlines.api import title_of

register = template.Library()


@register.filter
def rule_title(rule: str) -> str:
    """The registered name of a deadline rule."""
    return str(title_of(rule))


@register.filter
def why(row: Mapping[str, Any]) -> str:
    """The reason of a refused row: its kept msgid in the active language, filled in."""
    text = _(str(row.get("code", "")))
    try:
        return str(text % row.get("params", {}))
    except (KeyError, TypeError, ValueError):
        return text
