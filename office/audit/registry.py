"""What the higher apps tell the trail: their verbs, and how the ledger they keep is recomputed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_verbs: dict[str, StrOrPromise] = {}


class UnknownVerb(LookupError):
    """A verb that no app registered: a typo in code."""


def register_verbs(verbs: Mapping[str, StrOrPromise]) -> None:
    """{"orders.accept": _("Accepted")}: called in `apps.ready()`. The label is what the timeline shows."""
    for verb, label in verbs.items():
        if len(verb) > 60 or not verb.isascii() or not verb.isprintable():
            raise ValueError(f"not a verb: {verb!r}")
        _verbs[verb] = label


def check_verb(verb: str) -> None:
    """UnknownVerb unless somebody registered it."""
    if verb not in _verbs:
        raise UnknownVerb(f"the verb {verb!r} is not registered with the audit trail")


def verb_label(verb: str) -> str:
    """The translated label; the verb itself for one that is no longer known (an old trail)."""
    return str(_verbs[verb]) if verb in _verbs else gettext(verb)


def known_verbs() -> list[str]:
    return sorted(_verbs)


class Verifier(NamedTuple):
    """`count(cursor)` is how many things the ledger holds, `findings(cursor)` yields "order SHOP/NUMBER: REASON"."""

    name: str
    count: Callable[[Any], int]
    findings: Callable[[Any], Iterator[str]]


verifiers: dict[str, Verifier] = {}


def register_verifier(
    name: str, count: Callable[[Any], int], findings: Callable[[Any], Iterator[str]]
) -> None:
    """Called in `apps.ready()` by the app whose ledger stands on the trail. Both run in one read-only snapshot."""
    verifiers[name] = Verifier(name, count, findings)


#: Whether a person may, by the rulebook, which stands above the trail: (employee, permission key) -> bool.
Permission = Callable[[Any, str], bool]
_permission: list[Permission] = []


def register_permission(answer: Permission) -> None:
    """Called once at start by the rulebook."""
    _permission[:] = [answer]


def may(person: Any, key: str) -> bool:
    """False for everybody until the rulebook has registered itself."""
    return bool(_permission) and _permission[0](person, key)


_incidents: dict[str, StrOrPromise] = {}


def register_incidents(kinds: Mapping[str, StrOrPromise]) -> None:
    """What kinds of incidents are called. Called in `apps.ready()` by the app that records them."""
    _incidents.update(kinds)


def incident_name(kind: str) -> StrOrPromise:
    """The kind in words; the code itself for one that nobody names any more."""
    return _incidents.get(kind, kind)
