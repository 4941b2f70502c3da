"""What differs between two books, clause by clause, in words for people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from office.rulebook.types import Book, Clause, Rule, Text
from office.rulebook.words import phrases


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that came, went or changed. `before`, `after`: its statements in the active language, () where it is not
    there."""

    key: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One clause that came, went or changed, in words or in its rules. `before`, `after`: the clause on each side."""

    id: str
    title: Text
    what: Literal["added", "removed", "changed"]
    before: Clause | None
    after: Clause | None
    rules: tuple[RuleChange, ...]

    @property
    def words_changed(self) -> bool:
        """Whether title, text or the way it is enforced differ."""
        return (
            self.before is not None and self.after is not None and _words(self.before) != _words(self.after)
        )


def compare(old: Book, new: Book) -> list[ClauseChange]:
    """Every clause that differs from `old` to `new`, in the order of the new book, those that went at the end.

    A rule counts under its own clause (`rule.clause`) of the side that has it. A change of posts, superiors or of what
    a word of the chains means shows in the rules it moves.
    """
    found = []
    keys: dict[str, dict[str, None]] = {}  # clause → its rules in either book
    for key in dict.fromkeys([*new.rules, *old.rules]):
        for rule in (new.rules.get(key), old.rules.get(key)):
            if rule is not None:
                keys.setdefault(rule.clause, {})[key] = None
    for clause_id in dict.fromkeys([*new.clauses, *old.clauses]):
        before, after = old.clauses.get(clause_id), new.clauses.get(clause_id)
        rules = tuple(_rules(old, new, clause_id, keys.get(clause_id, ())))
        if before is not None and after is not None and _words(before) == _words(after) and not rules:
            continue
        shown = after or before
        if shown is None:
            continue
        what: Literal["added", "removed", "changed"] = "changed"
        if before is None:
            what = "added"
        elif after is None:
            what = "removed"
        found.append(ClauseChange(clause_id, shown.title, what, before, after, rules))
    return found


def _words(clause: Clause) -> tuple[Text, Text, tuple[str, ...]]:
    return clause.title, clause.text, clause.enforcement


def _rules(old: Book, new: Book, clause_id: str, keys: Iterable[str]) -> Iterator[RuleChange]:
    for key in keys:
        before, after = _of(old, key, clause_id), _of(new, key, clause_id)
        said = (_said(old, before), _said(new, after))
        if said[0] != said[1] or (before is None) != (after is None):
            yield RuleChange(key, *said)


def _of(book: Book, key: str, clause_id: str) -> Rule | None:
    rule = book.rules.get(key)
    return rule if rule is not None and rule.clause == clause_id else None


def _said(book: Book, rule: Rule | None) -> tuple[str, ...]:
    return () if rule is None else tuple(phrases(book, rule))
