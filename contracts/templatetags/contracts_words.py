"""Words of deadlines on the pages of this desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django import template

from contracts.forms.agreements import shown
from office.deadlines import api as deadlines
from office.enumerating import enumerated

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from contracts.selectors.agreement_pages import VersionLine

register = template.Library()


class Departing(NamedTuple):
    """A term as the book has it and as the paper says it."""

    label: StrOrPromise
    book: str
    said: str


register.filter("enumerated", enumerated)


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
