"""How the clauses fare: a registry, because the engine that counts deadlines stands above this app."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from office.rulebook.types import Counts

StateProvider = Callable[[Iterable[str], datetime, datetime], Mapping[str, Counts]]

_providers: list[StateProvider] = []


def register_state_provider(provider: StateProvider) -> None:
    """`provider(clause_ids, start, end)` answers kept, late and open per clause id; called from
    `apps.ready()`.
    """
    if provider not in _providers:
        _providers.append(provider)


def state_of(clause_ids: Iterable[str], start: datetime, end: datetime) -> dict[str, Counts]:
    """The sum over all providers; clauses that nobody counts are left out."""
    wanted = tuple(clause_ids)
    total: dict[str, Counts] = {}
    for provider in _providers:
        for clause_id, found in provider(wanted, start, end).items():
            before = total.get(clause_id, Counts())
            total[clause_id] = Counts(
                before.kept + found.kept, before.late + found.late, before.open + found.open
            )
    return total
