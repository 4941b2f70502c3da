"""A change of the rulebook before it is signed: clause by clause, and what would have happened under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from office.deadlines.kinds import title_of
from office.deadlines.replay import WINDOW, Outcome, Replayed, Tally, replay
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


def outlook(old: rulebook.Book, new: rulebook.Book, now: datetime, outcome: Outcome | None = None) -> Outlook:
    """From the book in force to the proposed one, in the active language. The statements of `replay`, and no others;
    none when its `outcome` is known."""
    changes = compare(old, new)
    outcome = outcome or replay(new, now)
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


def plain(found: Outlook) -> dict[str, Any]:
    """The outlook as the page shows it, in the active language, in values that JSON can keep."""
    outcome = found.outcome
    return {
        "outcome": {"judged": outcome.judged, "lines": [_line(each) for each in outcome.lines]},
        "real": _tally(found.real),
        "proposed": _tally(found.proposed),
        "counts": found.counts,
        "days": f"{found.days:g}",
        "shortened": found.shortened,
        "chapters": [
            {
                "code": chapter.code,
                "title": str(chapter.title),
                "changes": [_change(each) for each in chapter.changes],
            }
            for chapter in found.chapters
        ],
    }


def _line(line: Replayed) -> dict[str, Any]:
    return {
        "title": str(title_of(line.rule)),
        "clause": line.clause,
        "real": _tally(line.real),
        "proposed": _tally(line.proposed) if line.proposed else None,
        "same": line.same,
        "more_late": line.more_late,
    }


def _tally(tally: Tally) -> dict[str, int]:
    return {"kept": tally.kept, "late": tally.late, "running": tally.running}


def _change(change: ClauseChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "title": str(change.title),
        "what": change.what,
        "words_changed": change.words_changed,
        "before": {"text": str(change.before.text)} if change.before else None,
        "after": {"text": str(change.after.text)} if change.after else None,
        "rules": [{"before": list(rule.before), "after": list(rule.after)} for rule in change.rules],
    }


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
