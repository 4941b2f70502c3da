"""The kinds of leave as the book has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from attendance.rules.leave import Counted, Unit
from office.rulebook import api as rulebook

KINDS, ANNUAL = "attendance.leave_kinds", "attendance.annual_leave"
Balance = Literal["unlimited", "years_of_service", "granted", "by_year", "by_event"]


@dataclass(frozen=True, slots=True)
class LeaveKind:
    """`most_days`: days at most each time, 0 for no bound; with the balance "by_year" in the calendar year, with
    "by_event" in all for one event, to which whatever is taken within `within_days` of its first day belongs. `proof`:
    a document belongs to it."""

    code: str
    name: rulebook.Text
    note: rulebook.Text | None
    clause: str
    unit: Unit
    counted: Counted
    paid: bool
    proof: bool
    most_days: int
    balance: Balance
    within_days: int = 0

    @property
    def measure(self) -> Literal["day", "hour"]:
        return "hour" if self.unit == "hour" else "day"

    @property
    def kept(self) -> bool:
        """Whether a balance is kept."""
        return self.balance != "unlimited"

    @property
    def portions(self) -> tuple[str, ...]:
        """How much of a day may be asked for."""
        if self.unit == "day":
            return ("days",)
        halves = ("days", "first", "second")
        return (*halves, "hours") if self.unit == "hour" else halves


def kinds(at: datetime) -> Mapping[str, LeaveKind]:
    """Every kind by code, in the book's order; none where the book has none."""
    if not rulebook.has_rule(KINDS, at):
        return {}
    book = rulebook.book(at)
    return {code: _kind(book, code) for code in rulebook.parameter_rule(KINDS, at).texts()}


def _kind(book: rulebook.Book, code: str) -> LeaveKind:
    rule = rulebook.rule_in(book, f"attendance.leave_kind.{code}", rulebook.ParameterRule)
    balance = cast("Balance", rule.text("balance"))
    return LeaveKind(
        code=code,
        name=book.names.get(code) or rulebook.Text(code, code),
        note=rule.note,
        clause=rule.clause,
        unit=cast("Unit", rule.text("unit")),
        counted=cast("Counted", rule.text("counted")),
        paid=rule.flag("paid"),
        proof=rule.flag("proof"),
        most_days=rule.integer("most_days"),
        balance=balance,
        within_days=rule.integer("within_days") if balance == "by_event" else 0,
    )


def kind_name(code: str, at: datetime) -> str:
    """As the book calls it; the code for a kind that is gone."""
    return str(rulebook.book(at).names.get(code, code))


@dataclass(frozen=True, slots=True)
class AnnualRule:
    """Annual leave by years of service; what is left can be used for `carry_months` of the next year."""

    steps: tuple[tuple[int, int], ...]
    carry_months: int
    clause: str


def annual_rule(at: datetime) -> AnnualRule | None:
    """None where the book has none."""
    if not rulebook.has_rule(ANNUAL, at):
        return None
    rule = rulebook.parameter_rule(ANNUAL, at)
    table = rule.table()
    years, days = cast("tuple[int, ...]", table["years"]), cast("tuple[int, ...]", table["days_a_year"])
    return AnnualRule(tuple(zip(years, days, strict=True)), rule.integer("carry_months"), rule.clause)
