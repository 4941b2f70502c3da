"""What the rulebook pages show, ready for the templates."""

from __future__ import annotations

import unicodedata
from calendar import Calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from office.rulebook.calendar import ZONE, DayKind, DayTable
from office.rulebook.models import Version
from office.rulebook.selectors import book_by_version, versions
from office.rulebook.state import state_of
from office.rulebook.types import Book, Clause, Counts, Text
from office.rulebook.words import Line, rule_line


@dataclass(frozen=True, slots=True)
class Entry:
    """A clause with its rules in words and this week's counts (None: nobody counts it)."""

    clause: Clause
    lines: tuple[Line, ...]
    counts: Counts | None


@dataclass(slots=True)
class Chapter:
    code: str
    title: Text
    entries: list[Entry] = field(default_factory=list)

    @property
    def late(self) -> int:
        return sum(entry.counts.late for entry in self.entries if entry.counts)


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    kind: DayKind
    name: str
    changed: bool
    today: bool


@dataclass(frozen=True, slots=True)
class Month:
    number: int
    first: date
    weeks: tuple[tuple[Day | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """One activated version that has the clause; `changed` when text or rules differ from the version
    before.
    """

    version: Version
    changed: bool


def week_of(now: datetime) -> tuple[datetime, datetime]:
    """Monday 00:00 to Monday 00:00 in Asia/Shanghai."""
    today = now.astimezone(ZONE).date()
    monday = today - timedelta(days=today.weekday())
    start = datetime.combine(monday, time(0), tzinfo=ZONE)
    return start, start + timedelta(days=7)


def chapters(book: Book, now: datetime, query: str = "") -> list[Chapter]:
    """The chapters with the clauses that match `query` (id, title, text, rule key); empty chapters are left
    out.
    """
    wanted = [clause for clause in book.clauses.values() if matches(book, clause, query)]
    counts = state_of([clause.id for clause in wanted], *week_of(now))
    found: dict[str, Chapter] = {}
    for clause in wanted:
        chapter = found.setdefault(clause.chapter, Chapter(clause.chapter, book.chapters[clause.chapter]))
        chapter.entries.append(entry(book, clause, counts.get(clause.id)))
    return list(found.values())


def entry(book: Book, clause: Clause, counts: Counts | None) -> Entry:
    return Entry(clause, tuple(rule_line(book, rule) for rule in book.rules_of(clause.id)), counts)


def matches(book: Book, clause: Clause, query: str) -> bool:
    """Whether every word of the query occurs somewhere in the clause, in either language."""
    words = _plain(query).split()
    if not words:
        return True
    texts: Iterable[str] = (
        clause.id,
        clause.title.zh,
        clause.title.en,
        clause.text.zh,
        clause.text.en,
        *(rule.key for rule in book.rules_of(clause.id)),
    )
    hay = _plain(" ".join(texts))
    return all(word in hay for word in words)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def wordings(clause_id: str) -> list[Wording]:
    """Activated versions that have the clause, newest first, marking where its words or rules changed."""
    found: list[Wording] = []
    before: tuple[object, ...] | None = None
    for version in reversed(versions()):
        book = book_by_version(version.pk)
        clause = book.clauses.get(clause_id)
        if clause is None:
            before = None
            continue
        now = (clause, *book.rules_of(clause_id))
        found.append(Wording(version, before is not None and now != before))
        before = now
    return found[::-1]


def months(year: int, days: DayTable, today: date) -> list[Month]:
    """Twelve months of weeks from Monday to Sunday; None pads the first and last week."""
    return [
        Month(
            number,
            date(year, number, 1),
            tuple(
                tuple(_day(each, days, today) if each.month == number else None for each in week)
                for week in Calendar().monthdatescalendar(year, number)
            ),
        )
        for number in range(1, 13)
    ]


def _day(day: date, days: DayTable, today: date) -> Day:
    return Day(day, days.kind(day), days.name(day), day in days.overrides, day == today)
