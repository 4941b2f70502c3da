"""A change of the rulebook before it is signed: clause by clause, and what would have happened under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from office.deadlines.replay import WINDOW, Outcome, Tally, replay
from office.rulebook import api as rulebook
from office.rulebook.compare import ClauseChange, compare
from office.rulebook.types import Text

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Chapter:
    code: str
    title: Text
    changes: tuple[ClauseChange, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """`counts`: how many clauses are added, removed, changed. `real`, `proposed`: the deadlines of the rules that both
    books have, added up. `gone`: rules with real deadlines that the proposed book does not have. `days`: how far back
    was judged."""

    old: rulebook.Book
    new: rulebook.Book
    chapters: tuple[Chapter, ...]
    counts: dict[str, int]
    outcome: Outcome
    real: Tally
    proposed: Tally
    gone: int
    days: float

    @property
    def shortened(self) -> bool:
        """Whether fewer days than usual were judged."""
        return self.days < WINDOW / DAY


def outlook(old: rulebook.Book, new: rulebook.Book, now: datetime) -> Outlook:
    """From the book in force to the proposed one. The statements of `replay`, and no others."""
    changes = compare(old, new)
    outcome = replay(new, now)
    both = [line for line in outcome.lines if line.proposed is not None]
    return Outlook(
        old=old,
        new=new,
        chapters=tuple(_chapters(old, new, changes)),
        counts=dict(Counter(change.what for change in changes)),
        outcome=outcome,
        real=_sum(line.real for line in both),
        proposed=_sum(line.proposed for line in both if line.proposed),
        gone=len(outcome.lines) - len(both),
        days=round((now - outcome.start) / DAY, 1),
    )


def _chapters(old: rulebook.Book, new: rulebook.Book, changes: Iterable[ClauseChange]) -> list[Chapter]:
    found: dict[str, list[ClauseChange]] = {}
    for change in changes:
        clause = change.after or change.before
        if clause is not None:
            found.setdefault(clause.chapter, []).append(change)
    titles = {**old.chapters, **new.chapters}
    return [Chapter(code, titles[code], tuple(found[code])) for code in titles if code in found]


def _sum(tallies: Iterable[Tally]) -> Tally:
    each = list(tallies)
    return Tally(sum(t.kept for t in each), sum(t.late for t in each), sum(t.running for t in each))
