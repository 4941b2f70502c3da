"""Suppliers to choose from: a few at a time, however many there are, and the one that was meant."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from contracts.models import Supplier
from office.finding import wanted

#: So many are offered at once; typing narrows them down.
OFFERED = 20
#: What is typed or sent is no longer than a code and a name.
LONGEST = 160


def label(supplier: Supplier) -> str:
    """The code and the name: by its code it is found again."""
    return f"{supplier.code} {supplier.name}"


def offered(text: str, *, every: bool = False) -> list[Supplier]:
    """By code; those that the text begins the code of, or is in the name of. `every`: those no longer active, too."""
    return list(_fitting(text, every).order_by("code")[:OFFERED])


def meant(text: str, *, every: bool = False) -> list[Supplier]:
    """The one that the text names by its code, alone or before its name, or by its whole name; else all that have it in
    code or name as it stands, at most as many as are offered."""
    text = text.strip()[:LONGEST]
    named = _all(every).filter(Q(code__iexact=text) | Q(code__iexact=text.partition(" ")[0]) | Q(name=text))
    # A word of one supplier's name may be another's code: what follows a code must fit, too.
    found = [each for each in named.order_by("pk")[:OFFERED] if text.casefold() in label(each).casefold()]
    whole = [each for each in found if text in (each.code, each.name, label(each))]
    if whole or found:
        return whole or found
    return [each for each in offered(text, every=every) if text.casefold() in label(each).casefold()]


def _fitting(text: str, every: bool) -> QuerySet[Supplier]:
    text = text.strip()[:LONGEST]
    if not text:
        return _all(every)
    found, parts = Q(code__istartswith=text), wanted(text)
    return _all(every).filter(found | Q(words__contains=parts) if parts else found)


def _all(every: bool) -> QuerySet[Supplier]:
    return Supplier.objects.all() if every else Supplier.objects.filter(active=True)
