"""How pages show content: the text, what the word lists found in it, how it differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from cms.selectors.papers import field_name as name_of_field
from cms.selectors.words import Passage, list_name
from office.approvals.models import Run

register = template.Library()


@register.filter
def field_name(name: str) -> str:
    return name_of_field(str(name))


@register.filter
def word_list_name(code: str) -> str:
    return list_name(str(code))


@register.filter
def passages(by_field: Mapping[str, list[Passage]], name: str) -> list[Passage]:
    """The paragraphs of one field."""
    return by_field.get(name, [])


@register.filter
def hits_in(by_field: Mapping[str, list[Passage]], name: str) -> bool:
    return any(passage.hits for passage in by_field.get(name, []))


@register.filter
def requested(run: Run, name: str) -> Any:
    """One fact of what a run asks for."""
    return run.payload.get(name)
