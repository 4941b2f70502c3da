"""Which book is in force, and what it says. Reads only."""

from __future__ import annotations

import json
import time
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from office.errors import Forbidden
from office.rulebook import wiring
from office.rulebook.calendar import ZONE, DayTable, Override
from office.rulebook.errors import NoBookInForce, RuleNotAdopted, UnknownRule
from office.rulebook.models import DayOverride, Version
from office.rulebook.parser import parse_book, shipped_source
from office.rulebook.parser.book import CODES
from office.rulebook.types import (
    Book,
    ChainRule,
    Clause,
    DeadlineRule,
    HoursRule,
    LimitRule,
    ParameterRule,
    PermissionRule,
    RuleBase,
    ScheduleRule,
)
from office.staff.selectors import held_by, holders

if TYPE_CHECKING:
    from office.staff.models import Employee

R = TypeVar("R", bound=RuleBase)


#: For how long a process trusts what it read about versions and changed days; an activation elsewhere is seen after it.
MEMORY = 1.0  # seconds


class _Remembered:
    """The effective ranges of the versions and the day table, read again after MEMORY or a `forget()`.

    Not more than a memory: what a version says never changes, and which one is in force changes a few times a year.
    Everybody who writes them calls `forget`, so only another process can be late, by MEMORY.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._versions: list[tuple[datetime, datetime | None, int]] = []
        self._days: DayTable | None = None
        self._read_at = -MEMORY

    def _refresh(self) -> None:
        if time.monotonic() - self._read_at >= MEMORY:
            self.forget()
            self._read_at = time.monotonic()

    def versions(self) -> list[tuple[datetime, datetime | None, int]]:
        self._refresh()
        if not self._versions:
            found = Version.objects.order_by("-id").values_list("effective", "id")
            self._versions = [
                (effective.lower, effective.upper, version_id)
                for effective, version_id in found
                if effective.lower is not None  # an empty range has no ends
            ]
        return self._versions

    def days(self) -> DayTable:
        self._refresh()
        if self._days is None:
            self._days = _read_days()
        return self._days


_remembered = _Remembered()
forget = _remembered.forget


def book(at: datetime | None = None) -> Book:
    """The book in force at the instant (default: now). Which one it is, is asked once a second at most.

    Raises NoBookInForce.
    """
    instant = timezone.now() if at is None else at
    for start, end, version_id in _remembered.versions():
        if start <= instant and (end is None or instant < end):
            return book_by_version(version_id)
    raise NoBookInForce


@lru_cache(maxsize=16)
def book_by_version(version_id: int) -> Book:
    """The parsed content of a stored version; its text never changes, so neither does the answer."""
    version = Version.objects.get(pk=version_id)
    return parse_book(
        version.source,
        file=f"{version.book}.toml",
        version_id=version.pk,
        base_source=version.base_source or None,
    )


#: Two columns of a caller's own SELECT, with the instant as the parameter: what `in_force` wants to know.
IN_FORCE_SQL = (
    "(SELECT min(id) FROM rulebook_version WHERE effective @> %s::timestamptz),"
    " (SELECT coalesce(json_agg(json_build_array(date, kind, name) ORDER BY date), '[]')::text"
    " FROM rulebook_dayoverride)"
)


def in_force(version_id: int | None, overrides: str) -> tuple[Book, DayTable]:
    """The book in force and its calendar from the two columns of IN_FORCE_SQL: for whoever has a query to ask anyway.

    Raises NoBookInForce.
    """
    if version_id is None:
        raise NoBookInForce
    return book_by_version(version_id), _day_table_of(overrides)


@lru_cache(maxsize=4)
def _day_table_of(overrides: str) -> DayTable:
    return DayTable(
        {
            date.fromisoformat(day): Override("work" if kind == DayOverride.Kind.WORK else "off", name)
            for day, kind, name in json.loads(overrides)
        }
    )


def rule(key: str, *, at: datetime | None = None, kind: type[R]) -> R:
    """The rule of that key and kind in the book in force. Raises UnknownRule, NoBookInForce."""
    return rule_in(book(at), key, kind)


def rule_in(the_book: Book, key: str, kind: type[R]) -> R:
    """The rule of that key and kind in a book already at hand. Raises UnknownRule; RuleNotAdopted where the shipped
    text of that book has it."""
    found = the_book.rules.get(key)
    if found is None:
        if key in shipped_book(the_book.code).rules:
            raise RuleNotAdopted(key)
        raise UnknownRule(f"the {the_book.code} book has no rule {key!r}")
    if not isinstance(found, kind):
        raise UnknownRule(f"rule {key!r} of the {the_book.code} book is no {kind.__name__}")
    return found


def has_rule(key: str, at: datetime | None = None) -> bool:
    """Whether the book in force has the rule at all: some exist in one book only."""
    return key in book(at).rules


def deadline_rule(key: str, at: datetime | None = None) -> DeadlineRule:
    return rule(key, at=at, kind=DeadlineRule)


def chain_rule(key: str, at: datetime | None = None) -> ChainRule:
    return rule(key, at=at, kind=ChainRule)


def limit_rule(key: str, at: datetime | None = None) -> LimitRule:
    return rule(key, at=at, kind=LimitRule)


def schedule_rule(key: str, at: datetime | None = None) -> ScheduleRule:
    return rule(key, at=at, kind=ScheduleRule)


def hours_rule(key: str, at: datetime | None = None) -> HoursRule:
    return rule(key, at=at, kind=HoursRule)


def permission_rule(key: str, at: datetime | None = None) -> PermissionRule:
    return rule(key, at=at, kind=PermissionRule)


def parameter_rule(key: str, at: datetime | None = None) -> ParameterRule:
    return rule(key, at=at, kind=ParameterRule)


def positions_with(key: str, at: datetime | None = None) -> frozenset[str]:
    """The positions that hold the permission; "*" is spelled out as every position of the book."""
    the_book = book(at)
    found = rule_in(the_book, key, PermissionRule)
    return frozenset(the_book.superiors) if found.everybody else found.positions


def positions_holding(key: str, at: datetime | None = None) -> frozenset[str]:
    """Like `positions_with`, but none while no book is in force or the key is unknown: for the engines below."""
    try:
        return positions_with(key, at)
    except (NoBookInForce, UnknownRule):
        return frozenset()


def superior_of(position: str, at: datetime | None = None) -> str | None:
    """The position above, None at the top. Raises UnknownRule for a position the book does not have."""
    the_book = book(at)
    if position not in the_book.superiors:
        raise UnknownRule(f"the {the_book.code} book has no position {position!r}")
    return the_book.superiors[position]


def resolve_word(word: str, at: datetime | None = None) -> tuple[str, ...]:
    """The positions that a word of the chains ("leader", "department_head", …) means, or the position
    itself.
    """
    the_book = book(at)
    if word in the_book.words:
        return the_book.words[word]
    if word in the_book.superiors:
        return (word,)
    raise UnknownRule(f"the {the_book.code} book has no word or position {word!r}")


def people_of(word: str, at: datetime) -> list[Employee]:
    """The people that a word of the chains or a position means at the instant: whom the roster names for the word, else
    the holders of its posts. Raises UnknownRule."""
    positions = resolve_word(word, at)
    named = wiring.named_people(at).get(word)
    return named or list({each.pk: each for code in positions for each in holders(code, at)}.values())


def permissions_of(employee: Employee, at: datetime | None = None) -> frozenset[str]:
    """Every permission key that the person's posts and grants give at the instant; none before a book is in force."""
    instant = timezone.now() if at is None else at
    try:
        the_book = book(instant)
    except NoBookInForce:
        return frozenset()
    return permissions_in(the_book, *held_by(employee, instant)) if employee.is_active else frozenset()


def permissions_in(
    the_book: Book, held: frozenset[str], also: frozenset[str] = frozenset()
) -> frozenset[str]:
    """What the book allows to an active person who holds these posts, and what was granted `also` (C13.2)."""
    by_posts = the_book.allowed(held)
    return by_posts | granted_in(the_book, also) if also else by_posts


LEVELS, NOT_GRANTED, LEVEL = "accounts.levels", "accounts.not_granted", "level."


def granted_in(the_book: Book, also: frozenset[str]) -> frozenset[str]:
    """The permissions of the book that grants of these words give: of a permission its own key, of a level ("level.…")
    those that the book lists for it. What the book no longer has, or keeps for posts alone, is given by no grant."""
    keys = {word for word in also if not word.startswith(LEVEL)}
    for word in also - keys:
        keys.update(level_keys(the_book, word))
    posts_only = the_book.rules.get(NOT_GRANTED)
    if isinstance(posts_only, ParameterRule):
        keys.difference_update(posts_only.texts())
    return frozenset(key for key in keys if isinstance(the_book.rules.get(key), PermissionRule))


def words_giving(key: str, at: datetime | None = None) -> tuple[str, ...]:
    """The words of grants that give the permission: its own key and the levels that list it; none for what the book in
    force lacks or keeps for posts."""
    the_book = book(at)
    if key not in granted_in(the_book, frozenset({key})):
        return ()
    levels = the_book.rules.get(LEVELS)
    named = levels.table() if isinstance(levels, ParameterRule) else {}
    return (key, *(LEVEL + code for code in named if key in level_keys(the_book, LEVEL + code)))


def level_keys(the_book: Book, word: str) -> tuple[str, ...]:
    """The permissions that the book lists for a level ("level.database_administrator"); none for one it has not."""
    levels = the_book.rules.get(LEVELS)
    listed = levels.table().get(word.removeprefix(LEVEL)) if isinstance(levels, ParameterRule) else None
    return tuple(str(key) for key in listed) if isinstance(listed, tuple) else ()


def may(employee: Employee, key: str, at: datetime | None = None) -> bool:
    """Whether one of the posts that the person holds or acts for has the permission, or a grant in force gives it.
    Nothing else does: no superuser's flag. Raises UnknownRule, NoBookInForce.
    """
    instant = timezone.now() if at is None else at
    found = rule(key, at=instant, kind=PermissionRule)
    if not employee.is_active:
        return False
    if found.everybody:
        return True
    posts, also = held_by(employee, instant)
    return bool(found.positions & posts) or (bool(also) and key in granted_in(book(instant), also))


def holds(employee: Employee, key: str, at: datetime | None = None) -> bool:
    """Like `may`, but False while no book is in force or the key is unknown: for the first steps of an
    installation.
    """
    return key in permissions_of(employee, at)


def acting_pairs(at: datetime | None = None) -> frozenset[tuple[str, str]]:
    """(own post, post one may act for) as the book allows (J2); empty before a book is in force."""
    try:
        table = parameter_rule("staff.acting", at).table()
    except NoBookInForce:
        return frozenset()
    return frozenset(
        (own, str(other)) for own, others in table.items() if isinstance(others, tuple) for other in others
    )


def day_table() -> DayTable:
    """The national calendar with the company's changed days."""
    return _remembered.days()


def _read_days() -> DayTable:
    return DayTable(
        {
            day: Override("work" if kind == DayOverride.Kind.WORK else "off", name)
            for day, kind, name in DayOverride.objects.values_list("date", "kind", "name")
        }
    )


def versions() -> list[Version]:
    """Every version ever activated, newest first, without the texts."""
    return list(Version.objects.defer("source", "base_source").order_by("-id"))


def find_clause(clause_id: str, the_book: Book | None = None) -> Clause | None:
    """The clause in the given book, else in the newest activated version or shipped book that has it.

    Old papers and timelines cite clauses of books that are no longer in force.
    """
    if the_book is not None and clause_id in the_book.clauses:
        return the_book.clauses[clause_id]
    found = find_in_versions(clause_id)
    return None if found is None else found.clauses[clause_id]


def find_in_versions(clause_id: str) -> Book | None:
    """The book in force, else the newest activated, else a shipped book, that has the clause."""
    ids = Version.objects.order_by("-id").values_list("id", flat=True)
    try:
        current = book()
    except NoBookInForce:
        current = None
    if current is not None and clause_id in current.clauses:
        return current
    for version_id in ids:
        stored = book_by_version(version_id)
        if clause_id in stored.clauses:
            return stored
    return next((shipped for code in CODES if clause_id in (shipped := shipped_book(code)).clauses), None)


@lru_cache(maxsize=4)
def shipped_book(code: str) -> Book:
    """The book that comes with this release, whether activated or not."""
    return parse_book(shipped_source(code), file=f"{code}.toml")


def text_of(code: str, at: datetime) -> str:
    """The book's own text as it is in force at the instant, else as this release ships it: what a text of one's own
    begins with. Raises LookupError for an unknown code."""
    shipped = shipped_source(code)
    version = Version.objects.filter(effective__contains=at, book=code).first()
    return version.source if version else shipped


def not_adopted(the_book: Book) -> list[str]:
    """Keys of the rules that this release ships for that book and the text of the version does not have, sorted."""
    return sorted(shipped_book(the_book.code).rules.keys() - the_book.rules.keys())


def require(employee: Employee, key: str, at: datetime | None = None) -> None:
    """Raises Forbidden, naming the clause, unless one of the person's posts has the permission."""
    if not may(employee, key, at):
        raise Forbidden(
            _("None of your posts allows this."),
            clause=rule(key, at=at, kind=PermissionRule).clause,
            permission=key,
        )


def unpublished_years(now: datetime) -> list[int]:
    """This year and the next, as far as their days off are not published."""
    year = now.astimezone(ZONE).year
    days = day_table()
    return [each for each in (year, year + 1) if not days.published(each)]
