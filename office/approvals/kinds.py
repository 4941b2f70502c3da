"""What desks tell the engine about what they let be approved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.approvals.models import Run
    from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a before/after, in words for people. `row`: what people call the row of a request of many that it
    belongs to; "" for a request of one thing. `index`: which of payload["rows"] that is, from 0; without it rows are
    refused singly only where every one of them has a name of its own and a change."""

    field: str
    label: StrOrPromise
    before: StrOrPromise
    after: StrOrPromise
    row: str = ""
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something a decider looks at beside the before/after: a figure, a link, a picture. `url`: a page of this site
    ("/…") or of another (http, https); `image`: a picture of this site, whose view lets in who `may_read_about` the
    subject. `at`: when it was gathered. `row`: the row of a request of many that it belongs to."""

    label: StrOrPromise
    text: StrOrPromise = ""
    url: str = ""
    image: str = ""
    at: datetime | None = None
    row: str = ""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What the page of a run shows in the desk's own form: a template of the desk and its context, under a heading."""

    title: StrOrPromise
    template: str
    context: Mapping[str, Any]


def no_check(payload: Mapping[str, Any]) -> None:
    """Any payload will do."""


def own_name(field: str) -> str:
    """A field is called what the code calls it."""
    return field


def no_words(run: Run, now: datetime) -> bool:
    """An agreement needs no comment."""
    return False


def no_exhibits(run: Run, person: Employee, now: datetime) -> list[Exhibit]:
    """The before/after says it all."""
    return []


def no_annex(run: Run, now: datetime) -> None:
    """Nothing that could not be worked out again."""


def nothing_more(run: Run, by: Employee | None, now: datetime) -> None:
    """A run that ends without being carried out moves nothing else."""


def no_evidence(run: Run) -> list[Evidence]:
    """Nothing beside the before/after."""
    return []


def attached_evidence(payload: Mapping[str, Any]) -> Collection[str]:
    """The names under payload["evidence"] that hold something."""
    found = payload.get("evidence")
    return [name for name, value in found.items() if value] if isinstance(found, Mapping) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Something that needs agreement.

    `code` is the key of its ordinary chain in the book. `fields(subject_id)` answers the present texts of what an edit
    would change: the fingerprint; `fields_of_many(subject_ids)`, where it is cheaper, the same for many at once, by
    subject id. `changes(run)` is called once a round, when the paper is written; what it answers is kept. `apply(run,
    payload, by, now)` runs inside the transaction that carries the run out, with the refused rows taken out of the
    payload; what it raises undoes the act. `ended(run, by, now)` runs inside the transaction in which a run ends
    otherwise: rejected, taken back, void. `check(payload)` raises Invalid for what cannot be. `visible(person,
    subject_id)` lets more people read a run than those who take part; `visible_of_many(person, subject_ids)`, where it
    is cheaper, the same for many at once. `closed`: nobody else reads it; who sees the figures of approvals counts it,
    and reads neither its paper nor its name. `execute_rule`: the deadline opened at the
    agreement and met at the execution, or what names it for a run ("" for the usual one). `similar(run)`: the key under
    which cases count as alike. `executes_itself`: without an executor in the chain the last agreement applies it at
    once. `attached`: which of the chain's required evidence a payload has. `ask(subject_id)`: the address of the page
    where it is asked for; drafts and returned runs lead there. `exhibits(run, reader, now)`: what the page of a run
    shows beside the before/after. `annex(run, now)`: called once a round; what a later hour could not work out again,
    in each language, kept with the paper for `exhibits`. `field_name`: as people call a field that changed meanwhile.
    `again(run, by, now, comment)`: "ask again unchanged" of a kind whose paper says what is true on a day (a price
    before, the age of its evidence, flags): the desk's own verb with the same wishes; without it the same paper goes.
    `in_words(run, now)`: whether each agreement to the run must say something in writing. `fresh`: whoever agrees to it
    or carries it out has just confirmed who he is (office.rulebook.sudo).
    """

    code: str
    name: StrOrPromise
    subject_type: str
    fields: Callable[[str], Mapping[str, str]]
    changes: Callable[[Run], list[Change]]
    apply: Callable[[Run, Mapping[str, Any], Employee | None, datetime], None]
    fields_of_many: Callable[[Collection[str]], Mapping[str, Mapping[str, str]]] | None = None
    ended: Callable[[Run, Employee | None, datetime], None] = nothing_more
    check: Callable[[Mapping[str, Any]], None] = no_check
    visible: Callable[[Employee, str], bool] | None = None
    visible_of_many: Callable[[Employee, Collection[str]], Collection[str]] | None = None
    closed: bool = False
    execute_rule: str | Callable[[Run], str] = ""
    similar: Callable[[Run], str] | None = None
    executes_itself: bool = True
    evidence: Callable[[Run], list[Evidence]] = no_evidence
    attached: Callable[[Mapping[str, Any]], Collection[str]] = attached_evidence
    ask: Callable[[str], str] | None = None
    exhibits: Callable[[Run, Employee, datetime], list[Exhibit]] = no_exhibits
    annex: Callable[[Run, datetime], Mapping[str, Mapping[str, Any]] | None] = no_annex
    field_name: Callable[[str], StrOrPromise] = own_name
    again: Callable[[Run, Employee, datetime, str], Run] | None = None
    in_words: Callable[[Run, datetime], bool] = no_words
    fresh: bool = False


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> None:
    """Called in `apps.ready()` by the app whose subjects the kind is about."""
    _kinds[kind.code] = kind


def kind_of(code: str) -> Kind:
    """LookupError for a kind that nobody registered: a typo, not a fact."""
    if code not in _kinds:
        raise LookupError(f"no approval kind {code!r} is registered")
    return _kinds[code]


def find(code: str) -> Kind | None:
    """The kind, or None for a run whose kind is gone."""
    return _kinds.get(code)


def named(code: str) -> StrOrPromise | None:
    """The kind's name, for pages that list rules."""
    found = _kinds.get(code)
    return found.name if found else None


def field_names(code: str, fields: Collection[str]) -> str:
    """The fields of a kind as people call them, in one line."""
    known = _kinds.get(code)
    return str(_(", ")).join(str(known.field_name(each) if known else each) for each in fields)


def known_kinds() -> list[Kind]:
    """Every registered kind, by code."""
    return [_kinds[code] for code in sorted(_kinds)]


def name_of(code: str) -> StrOrPromise:
    """The kind's name; the code itself for a run whose kind is gone."""
    found = _kinds.get(code)
    return found.name if found else code
