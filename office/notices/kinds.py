"""The registered kinds of notices and their words, rendered in the reader's language when they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from office.enumerating import enumerated

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Between a kind and its detail: "deadline.breached:orders.accept".
SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class Kind:
    """`text` is a format string over label, clause, the notice's params, and `what`: the name that `detail` gives to
    the part of the stored kind after the colon, without one to the param `what`. `mutable` is False for what is always
    urgent.
    """

    word: str
    title: StrOrPromise
    text: StrOrPromise
    detail: Callable[[str], StrOrPromise] | None = None
    mutable: bool = True


_kinds: dict[str, Kind] = {}


def register_kind(
    kind: str,
    *,
    title: StrOrPromise,
    text: StrOrPromise,
    detail: Callable[[str], StrOrPromise] | None = None,
    mutable: bool = True,
) -> None:
    """Called in `apps.ready()`. Params hold no customer's personal data; those named `…_at` are ISO 8601
    instants and shown in local time.
    """
    _kinds[kind] = Kind(kind, title, text, detail, mutable)


def check(kind: str) -> None:
    """Raises LookupError for a kind that nobody registered: a typo, not a fact."""
    if kind.partition(SEPARATOR)[0] not in _kinds:
        raise LookupError(f"no notice kind {kind!r} is registered")


def can_be_muted(kind: str) -> bool:
    """Whether the kind is registered and may be muted at all."""
    known = _kinds.get(kind.partition(SEPARATOR)[0])
    return known is not None and known.mutable


def title_of(kind: str, *, short: bool = False) -> str:
    """The kind's name, with its detail unless `short`; the word itself when its app is gone."""
    word, _colon, detail = kind.partition(SEPARATOR)
    known = _kinds.get(word)
    if known is None:
        return kind
    if detail and known.detail and not short:
        return f"{known.title} · {known.detail(detail)}"
    return str(known.title)


def text_of(kind: str, *, label: str, clause: str, params: Mapping[str, Any]) -> str:
    """The sentence in the active language. A param that an old row does not have never breaks a page."""
    word, _colon, detail = kind.partition(SEPARATOR)
    known = _kinds.get(word)
    if known is None:
        return label
    values = _Values({name: shown(name, value) for name, value in params.items()}, label=label, clause=clause)
    if known.detail:
        values["what"] = known.detail(detail or str(params.get("what", "")))
    return str(known.text).format_map(values)


def shown(name: str, value: Any) -> Any:
    """A param as people read it: instants as local "2026-11-23 09:05", lists by the commas of their language."""
    if isinstance(value, list):
        return enumerated(value)
    if name.endswith("_at") and isinstance(value, str):
        try:
            instant: datetime | None = parse_datetime(value)
        except ValueError:  # looks like one and is none: shown as it is
            instant = None
        if instant is not None and timezone.is_aware(instant):
            return timezone.localtime(instant).strftime("%Y-%m-%d %H:%M")
    return value


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"
