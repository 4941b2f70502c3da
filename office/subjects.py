"""A subject: the thing an audit entry, a deadline or a notice is about, without a foreign key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.urls import NoReverseMatch

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Subject(NamedTuple):
    """`type` is a registered word ("order", "batch", "employee"), `id` the key as text, `label` what people call it
    (order "TM01/8812"); a label holds no customer's personal data."""

    type: str
    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class SubjectType:
    """What pages need to know of a subject's type: its name, where its page is, and how people say its label."""

    word: str
    name: StrOrPromise
    url: Callable[[str], str] | None = None
    say: Callable[[str], str] | None = None


_types: dict[str, SubjectType] = {}


def register_subject(
    word: str,
    name: StrOrPromise,
    url: Callable[[str], str] | None = None,
    say: Callable[[str], str] | None = None,
) -> None:
    """Called in `apps.ready()` by the app that owns the subject. `say` makes of the stored label what people read."""
    _types[word] = SubjectType(word, name, url, say)


def numbered(name: StrOrPromise) -> Callable[[str], str]:
    """How to say labels that are a word and a number: the word in the reader's language, not in the writer's."""
    return lambda label: f"{name} {label.rpartition(' ')[2]}"


def subject_said(type_: str, label: str) -> str:
    """The label as people read it: "天猫旗舰店 88" for the order "TM01/88"."""
    known = _types.get(type_)
    return known.say(label) if known and known.say and label else label


def subject_url(type_: str, id_: str) -> str:
    """The page of a subject; "" when its type has none, or its id is none: of a forged request the trail keeps whatever
    it named, and no such line may take the page away from its readers."""
    known = _types.get(type_)
    try:
        return known.url(id_) if known and known.url else ""
    except (NoReverseMatch, ValueError):
        return ""


def subject_name(type_: str) -> StrOrPromise:
    """The translated name of a subject's type; the word itself when unknown (an old trail)."""
    known = _types.get(type_)
    return known.name if known else type_
