"""Which book is in force, and what it says. Reads only."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from django.utils import timezone

from office.rulebook.calendar import DayTable, Override
from office.rulebook.errors import NoBookInForce, UnknownRule
from office.rulebook.models import DayOverride, Version
from office.rulebook.parser import parse_book
from office.rulebook.types import (
    Book,
    ChainRule,
    DeadlineRule,
    HoursRule,
    LimitRule,
    ParameterRule,
    PermissionRule,
    RuleBase,
    ScheduleRule,
)
from office.staff.selectors import positions_of

if TYPE_CHECKING:
    from office.staff.models import Employee

R = TypeVar("R", bound=RuleBase)


def book(at: datetime | None = None) -> Book:
    """The book in force at the instant (default: now); one indexed query, the content comes from memory.

    Raises NoBookInForce.
    """
    instant = timezone.now() if at is None else at
    found = Version.objects.filter(effective__contains=instant).values_list("id", flat=True).first()
    if found is None:
        raise NoBookInForce
    return book_by_version(found)


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


def rule(key: str, *, at: datetime | None = None, kind: type[R]) -> R:
    """The rule of that key and kind in the book in force. Raises UnknownRule, NoBookInForce."""
    return rule_in(book(at), key, kind)


def rule_in(the_book: Book, key: str, kind: type[R]) -> R:
    """The rule of that key and kind in a book already at hand. Raises UnknownRule."""
    found = the_book.rules.get(key)
    if found is None:
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


def permissions_of(employee: Employee, at: datetime | None = None) -> frozenset[str]:
    """Every permission key that the person's posts give at the instant; none before a book is in force."""
    instant = timezone.now() if at is None else at
    try:
        the_book = book(instant)
    except NoBookInForce:
        return frozenset()
    held = positions_of(employee, instant)
    return frozenset(
        key
        for key, found in the_book.rules.items()
        if isinstance(found, PermissionRule)
        and (found.positions & held or (found.everybody and employee.is_active))
    )


def may(employee: Employee, key: str, at: datetime | None = None) -> bool:
    """Whether one of the posts that the person holds or acts for has the permission. No post, no permission:
    superusers included. Raises UnknownRule, NoBookInForce.
    """
    instant = timezone.now() if at is None else at
    found = rule(key, at=instant, kind=PermissionRule)
    if not employee.is_active:
        return False
    return found.everybody or bool(found.positions & positions_of(employee, instant))


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
    """The national calendar with the company's changed days; one query."""
    return DayTable(
        {
            day: Override("work" if kind == DayOverride.Kind.WORK else "off", name)
            for day, kind, name in DayOverride.objects.values_list("date", "kind", "name")
        }
    )


def versions() -> list[Version]:
    """Every version ever activated, newest first, without the texts."""
    return list(Version.objects.defer("source", "base_source").order_by("-id"))
