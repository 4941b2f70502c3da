"""What a person holds when he leaves: each desk says it for its own things, and how one of them changes hands.

A desk registers a provider in `apps.ready()`; desks that attendance may not know are wired by `ecdept`. What has no
verb of its own for changing hands is handed over by word: the successor's yes is kept, nothing else moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who leaves, and from which instant on he is no longer here."""

    employee: Employee
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Holding:
    """One thing: `key` names it for its provider (at most 40 characters), `label` is what people call it and holds no
    customer's data, `url` its page of this site or ""."""

    key: str
    label: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One thing on its way: `by` named the successor and answers for it, `to` has said yes."""

    key: str
    leaver: Employee
    to: Employee
    by: Employee
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """`held(leaver, now)` lists what the person holds. `check(transfer)` raises Refused when this person cannot be
    given it, or `by` cannot give it; asked when the successor is named. `move(transfer)` gives it to him, inside the
    transaction of his yes; it answers whether anything moved (False: this one is handed over by word). `by_itself`: it
    ends with the last day; it is shown, and nobody is asked to take it."""

    code: str
    name: StrOrPromise
    held: Callable[[Leaver, datetime], list[Holding]]
    check: Callable[[Transfer], None] | None = None
    move: Callable[[Transfer], bool] | None = None
    by_itself: bool = False


_providers: dict[str, Provider] = {}


def register_holdings(provider: Provider) -> None:
    """Called in `apps.ready()`."""
    _providers[provider.code] = provider


def providers() -> list[Provider]:
    """In the order of registration."""
    return list(_providers.values())


def find(code: str) -> Provider | None:
    """None for a provider that this installation no longer has."""
    return _providers.get(code)


def name_of(code: str) -> StrOrPromise:
    found = _providers.get(code)
    return found.name if found else code
