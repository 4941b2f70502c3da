"""Which clauses a case may cite, and which measures each allows, out of the book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from office.rulebook import api as rulebook

MEASURES, FINE = "attendance.measures.", "attendance.fine"
ABSENCE = "S2e"
#: Measures after which the person leaves, and why the record of leaving says so.
LEAVES = {"dismissal": "dismissal", "treated_as_left": "absence"}


@dataclass(frozen=True, slots=True)
class ClauseMeasures:
    """A clause with its legal note (the book's), and the codes of the measures."""

    clause: rulebook.Clause
    measures: tuple[str, ...]


def clauses(at: datetime) -> dict[str, ClauseMeasures]:
    """By clause, in the book's order."""
    book = rulebook.book(at)
    found = {}
    for key, rule in book.rules.items():
        if key.startswith(MEASURES) and isinstance(rule, rulebook.ParameterRule):
            found[rule.clause] = ClauseMeasures(book.clauses[rule.clause], rule.texts())
    return found


def measures_of(clause: str, at: datetime) -> list[tuple[str, str]]:
    """(code, as the book calls it)."""
    known = clauses(at).get(clause)
    return [(code, measure_name(code, at)) for code in known.measures] if known else []


def measure_name(code: str, at: datetime) -> str:
    return str(rulebook.book(at).names.get(code, code))


@dataclass(frozen=True, slots=True)
class FineLimit:
    """The most that a fine may be (S4b), and the version of the book that says so."""

    amount: Decimal
    clause: str
    version: int


def fine_limit(opened_at: datetime) -> FineLimit | None:
    """A case is judged by the book in force when it was opened. None where it names no bound: then nobody is fined."""
    if not rulebook.has_rule(FINE, opened_at):
        return None
    rule = rulebook.limit_rule(FINE, opened_at)
    return FineLimit(rule.amount, rule.clause, rulebook.book(opened_at).version_id or 0)


def chain_of(measure: str, clause: str) -> str:
    """Which chain decides on the measure."""
    if clause == ABSENCE:
        return "attendance.absence_case"
    return "attendance.dismissal" if measure == "dismissal" else "attendance.discipline"
