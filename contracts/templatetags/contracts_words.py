"""Words of deadlines on the pages of this desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django import template
from django.utils.translation import get_language

from contracts.forms.agreements import shown
from office.deadlines import api as deadlines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_stubs_ext import StrOrPromise

    from contracts.selectors.agreement_pages import VersionLine

register = template.Library()


class Departing(NamedTuple):
    """A term as the book has it and as the paper says it."""

    label: StrOrPromise
    book: str
    said: str


@register.filter
def enumerated(words: Iterable[object]) -> str:
    """One after the other, by the commas of the reader's language."""
    return ("、" if (get_language() or "zh").startswith("zh") else ", ").join(str(each) for each in words)


@register.filter
def departing(line: VersionLine) -> list[Departing]:
    book, said = line.version.book or {}, line.version.terms
    return [
        Departing(each.label, shown(each, book[each.name]), shown(each, said[each.name]))
        for each in line.departs
    ]


@register.filter
def clock_title(rule: str) -> str:
    """What the deadline of a rule is about."""
    return str(deadlines.title_of(rule))
