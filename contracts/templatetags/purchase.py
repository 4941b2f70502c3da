"""Words that the pages of purchasing draw."""

from __future__ import annotations

from django import template

from contracts.models import Acceptance
from contracts.services.saying import VERBS
from office.deadlines import api as deadlines

register = template.Library()


@register.filter
def rule_title(rule: str) -> str:
    """What a clock is called."""
    return str(deadlines.title_of(rule))


@register.filter
def remedy_name(remedy: str) -> str:
    """What becomes of refused goods (P3.1)."""
    return str(Acceptance.Remedy(remedy).label) if remedy in Acceptance.Remedy.values else remedy


@register.filter
def said_word(word: str) -> str:
    """A word of an order's life as our pages call it."""
    return str(VERBS.get(f"contracts.order_{word}", word))
