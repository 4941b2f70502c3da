"""Clause chips: `{% clause_chip "C7.2" %}` is a small link to the clause, its title as the tooltip."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from office.rulebook.errors import NoBookInForce
from office.rulebook.guards import may_open
from office.rulebook.parser.book import CODES
from office.rulebook.selectors import book, find_clause, shipped_book
from office.rulebook.types import Book
from office.rulebook.words import ENFORCEMENT_NAMES
from office.subjects import subject_url

register = template.Library()

_BOOK = "_rulebook_in_force"


@register.simple_tag(takes_context=True)
def clause_chip(context: Context, clause_id: str) -> SafeString | str:
    """The chip, or "" for no clause. The book is asked for once per rendered page."""
    if not clause_id:
        return ""
    clause = find_clause(str(clause_id), _book_of(context))
    title = str(clause.title) if clause is not None else _("Clause of an earlier rulebook")
    return format_html(
        '<a class="chip chip-clause" href="{}" title="{}">{}</a>',
        reverse("rulebook:clause", args=[clause_id]),
        f"{clause_id} {title}",
        clause_id,
    )


@register.filter
def clause_title(clause_id: str) -> str:
    """The clause's title in the active language, "" for a clause that no book has."""
    clause = find_clause(str(clause_id), None)
    return "" if clause is None else str(clause.title)


@register.filter
def enforcement_name(word: str) -> str:
    return str(ENFORCEMENT_NAMES.get(word, word))


@register.filter
def book_title(code: str) -> str:
    """The title of a shipped book, the code itself for another."""
    return str(shipped_book(code).title) if code in CODES else code


@register.filter
def opens(request: HttpRequest, url: str) -> bool:
    """Whether a link to the page would let the reader in; a list shows the others as words."""
    return bool(url) and may_open(request, url)


@register.filter
def run_url(pk: int) -> str:
    """The page of the approval that a version rests on."""
    return subject_url("run", str(pk))


def _book_of(context: Context) -> Book | None:
    # The outermost layer of the context lives as long as the page, includes and loops come and go above it.
    cache = context.dicts[0]
    if _BOOK not in cache:
        try:
            cache[_BOOK] = book()
        except NoBookInForce:
            cache[_BOOK] = None
    found: Book | None = cache[_BOOK]
    return found
