"""A toy kind that proves the engine without a desk: one note whose price somebody wants changed.

The note's subject is a member of the cast, its "price" a dictionary in memory. Chains come from a book made of the
shipped one and a few rules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from office.approvals import api as approvals
from office.approvals import kinds
from office.approvals.models import Run
from office.rulebook import api as rulebook
from office.rulebook.parser import shipped_source
from office.staff.models import Appointment, Employee
from office.subjects import Subject
from tests import people
from tests.people import LONG_AGO, person

#: Monday 2026-11-23, 10:00 in Shanghai.
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)

RULES = """
[rules."toy.price"]
kind = "chain"
clause = "C11.1"
steps = [{ positions = ["department_manager"] }]

[rules."toy.two"]
kind = "chain"
clause = "C11.1"
steps = [{ positions = ["service_supervisor"] }, { positions = ["department_manager"] }]

[rules."toy.both"]
kind = "chain"
clause = "C11.1"
steps = [{ mode = "all", positions = ["department_manager", "it_manager"] }, { positions = ["general_manager"] }]

[rules."toy.quick_step"]
kind = "deadline"
clause = "C12"
after = "3 h"
hours = "always"
ladder = [{ after = "0 h", to = "holder" }, { after = "1 h", to = "superior" }]

[rules."toy.quick"]
kind = "chain"
clause = "C11.1"
step_rule = "toy.quick_step"
steps = [{ positions = ["service_supervisor"] }, { positions = ["department_manager"] }]

[rules."toy.either"]
kind = "chain"
clause = "C11.1"
steps = [{ positions = ["service_supervisor", "department_manager"] }]

[rules."toy.done"]
kind = "chain"
clause = "C11.1"
proposer = ["service_agent"]
steps = [{ positions = ["department_manager"] }]
executor = "product_operations"
execute_within = "2 h"
check_by = ["it_manager", "product_operations"]

[rules."toy.secret"]
kind = "chain"
clause = "C4.3"
instead_of = ["toy.price"]
when = ["confidential"]
steps = [{ positions = ["department_manager"] }, { positions = ["general_manager"] }]

[rules."toy.deep_secret"]
kind = "chain"
clause = "C4.3"
instead_of = ["toy.price"]
when = ["confidential", "deep"]
steps = [{ positions = ["department_manager"] }, { positions = ["it_manager"] }, { positions = ["general_manager"] }]

[rules."toy.superior"]
kind = "chain"
clause = "C11.1"
steps = [{ positions = ["superior"] }]

[rules."toy.after"]
kind = "chain"
clause = "C11.3"
follows = "toy.price"
steps = [{ positions = ["department_manager"] }]
requires = ["competitor_prices"]
"""
CODES = (
    "toy.price",
    "toy.two",
    "toy.quick",
    "toy.both",
    "toy.either",
    "toy.done",
    "toy.superior",
    "toy.after",
)


class Shelf:
    """The toy's world: what stands there, and what was ever applied."""

    def __init__(self) -> None:
        self.prices: dict[str, str] = {}
        self.applied: list[tuple[int, dict[str, Any]]] = []
        self.fails = False

    def fields(self, subject_id: str) -> Mapping[str, str]:
        return {"price": self.prices.get(subject_id, "10.00"), "name": "cup"}

    def changes(self, run: Run) -> list[kinds.Change]:
        if "rows" in run.payload:
            return [
                kinds.Change("price", "Price", "10.00", row["price"], str(index))
                for index, row in enumerate(run.payload["rows"])
            ]
        return [kinds.Change("price", "Price", self.fields(run.subject_id)["price"], run.payload["price"])]

    def apply(self, run: Run, payload: Mapping[str, Any], by: Employee | None, now: dt.datetime) -> None:
        if self.fails:
            raise kinds_refusal()
        self.applied.append((run.pk, dict(payload)))


def kinds_refusal() -> Exception:
    from office.errors import Refused

    return Refused("the shelf is full", code="full")


@contextmanager
def toys() -> Iterator[Shelf]:
    """The toy kinds are registered as long as this lasts."""
    shelf, before = Shelf(), dict(kinds._kinds)
    for code in CODES:
        approvals.register_kind(
            kinds.Kind(
                code=code,
                name=f"Toy {code}",
                subject_type="toy",
                fields=shelf.fields,
                changes=shelf.changes,
                apply=shelf.apply,
            )
        )
    try:
        yield shelf
    finally:
        kinds._kinds.clear()
        kinds._kinds.update(before)


def toy_book() -> None:
    """The site book with the toy's chains, in force since long ago."""
    rulebook.activate_book(
        code="site",
        starts_at=NOW - dt.timedelta(days=400),
        by=None,
        now=NOW - dt.timedelta(days=401),
        source=shipped_source("site") + RULES,
    )


def note(number: int | str = 1) -> Subject:
    return Subject("toy", str(number), f"cup {number}")


def ask(
    kind: str = "toy.price",
    who: str = "li_lei",
    *,
    subject: Subject | None = None,
    payload: Mapping[str, Any] | None = None,
    now: dt.datetime = NOW,
    **more: Any,
) -> Run:
    """A request of the toy: a new price of 12.50."""
    return approvals.submit(
        kind=kind,
        subject=subject or note(),
        payload=payload or {"price": "12.50"},
        by=person(who),
        now=now,
        **more,
    )


def give(who: str, position: str, *, acting: bool = False, end: dt.datetime | None = None) -> Employee:
    """The person holds this post too."""
    employee = person(who)
    Appointment.objects.create(employee=employee, position=position, during=(LONG_AGO, end), acting=acting)
    return employee


def take(position: str) -> None:
    """Nobody holds the post any more."""
    Appointment.objects.filter(position=position).delete()


def everybody() -> None:
    """The people of the toy's chains are there."""
    people.everybody(
        "li_lei", "wang_supervisor", "chen_manager", "zhou_general", "qian_it", "zhao_operations"
    )
