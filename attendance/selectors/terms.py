"""The figures of the matching rule by the book that is in force."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from attendance.rules.matching import Terms
from attendance.rules.settling import ZONE
from office.rulebook import api as rulebook
from office.rulebook.types import ParameterRule

MATCHING = "attendance.matching"


def terms_of(book: rulebook.Book) -> Terms:
    """The rule's figures; a stored book never changes its mind."""
    return _terms(rulebook.rule_in(book, MATCHING, ParameterRule))


def begins(day: date) -> datetime:
    """The first instant of the local day."""
    return datetime.combine(day, time(0), ZONE)


def book_of(day: date) -> rulebook.Book:
    """The book that judges a day: the one in force when it began; where that says nothing of punches, the one now."""
    try:
        found = rulebook.book(begins(day))
    except rulebook.NoBookInForce:
        return rulebook.book()
    return found if MATCHING in found.rules else rulebook.book()


def _terms(rule: ParameterRule) -> Terms:
    names = (
        "window_before", "window_after", "adjoin", "double_punch", "late_grace", "early_grace", "absent_from",
    )  # fmt: skip
    return _made(*(rule.integer(name) for name in names))


@lru_cache(maxsize=16)
def _made(*minutes: int) -> Terms:
    return Terms(*(timedelta(minutes=each) for each in minutes))
