"""What apps above tell the rulebook's pages in `apps.ready()`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from office.staff.models import Employee

People = Callable[[datetime], "list[Employee]"]

_words: dict[str, People] = {}
_proposal: Callable[[Employee, datetime], str] | None = None


def register_proposal(where: Callable[[Employee, datetime], str]) -> None:
    """`where(person, now)`: the address at which the person proposes another rulebook, "" when he may not."""
    global _proposal
    _proposal = where


def proposal_url(person: Employee, now: datetime) -> str:
    return _proposal(person, now) if _proposal else ""


def register_word(word: str, people: People) -> None:
    """`people(at)`: whom a word of the chains means at the instant when a roster names people; with none it means the
    holders of the posts that the book gives for it."""
    _words[word] = people


def named_people(at: datetime) -> dict[str, list[Employee]]:
    """Word → the people that a roster names for it at the instant; words without any are left out."""
    return {word: found for word, people in _words.items() if (found := people(at))}
