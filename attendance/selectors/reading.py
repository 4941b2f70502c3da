"""Who has read which version of the rulebook, and what is new in it for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from attendance.models import Acknowledgement
from attendance.selectors.teams import team_of
from office.rulebook import api as rulebook
from office.rulebook.compare import ClauseChange, compare
from office.rulebook.models import Version
from office.staff.models import Employee

PAGE = 100
SEE = "attendance.see_readers"


def version_now(now: datetime) -> Version | None:
    return Version.objects.filter(effective__contains=now).first()


def owes(person: Employee, now: datetime) -> Version | None:
    """The version in force that the person has not read yet; None when there is nothing to read."""
    version = version_now(now)
    if version is None or Acknowledgement.objects.filter(employee=person, book_version=version).exists():
        return None
    return version


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What a person reads. `changes`: the clauses that differ from the version he read last; `last` None: he reads it
    all."""

    version: Version
    book: rulebook.Book
    read_at: datetime | None
    last: Acknowledgement | None
    changes: tuple[ClauseChange, ...]
    sections: tuple[tuple[str, str, tuple[rulebook.Clause, ...]], ...]


def read_page(person: Employee, now: datetime) -> ReadPage | None:
    """None before the first book is in force."""
    version = version_now(now)
    if version is None:
        return None
    book = rulebook.book_by_version(version.pk)
    own = (
        Acknowledgement.objects.filter(employee=person).select_related("book_version").order_by("-at", "-pk")
    )
    this = next((each for each in own if each.book_version_id == version.pk), None)
    last = next((each for each in own if each.book_version_id != version.pk), None)
    changes: tuple[ClauseChange, ...] = ()
    if last is not None:
        changes = tuple(compare(rulebook.book_by_version(last.book_version_id), book))
    sections = tuple(
        (code, str(title), tuple(clause for clause in book.clauses.values() if clause.chapter == code))
        for code, title in book.chapters.items()
    )
    return ReadPage(
        version, book, this.at if this else None, last, changes, tuple(each for each in sections if each[2])
    )


@dataclass(frozen=True, slots=True)
class Readers:
    """Of those whom the reader may see: how many there are, how many have read, and who has not, one page by number;
    `following` is the number after which the next page begins, "" on the last."""

    total: int
    done: int
    missing: tuple[Employee, ...]
    following: str


def readers(person: Employee, now: datetime, *, after: str = "") -> Readers:
    """The counts are of everybody, whatever the page. Three queries."""
    people = team_of(person, now).filter(is_active=True)
    version = version_now(now)
    done = Acknowledgement.objects.filter(book_version=version).values("employee_id")
    missing = people.exclude(pk__in=done)
    total = people.count()
    left = missing.count()
    page = list(missing.filter(number__gt=after).order_by("number")[: PAGE + 1])
    following = page[PAGE - 1].number if len(page) > PAGE else ""
    return Readers(total, total - left, tuple(page[:PAGE]), following)
