"""A request walked through its whole chain, as RULES.md words it: every refusal of every step, of every role.

A row names positions; who of the cast holds them is looked up here. Nothing is read from the book.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest
from django.db import transaction

from office.approvals import api as approvals
from office.approvals.models import Seat
from office.approvals.selectors.people import authority_of, claims
from office.errors import Conflict, Forbidden, Invalid
from office.staff.models import Employee
from tests.people import CAST

MINUTE = dt.timedelta(minutes=1)
EVIDENCE = "https://shop.example/item/1"
#: Shapes of chains at each of whose steps the whole cast has tried to return: once for each is enough.
_RETURNED: set[tuple[object, ...]] = set()


@dataclass(frozen=True)
class Way:
    """What a book says of one kind: who decides at each step, who carries it out (none: the last agreement does),
    who looks at it afterwards."""

    clause: str
    chain: str
    asker: str
    steps: tuple[str, ...]
    executor: str
    begin: Callable[[str], approvals.Run]
    applied: Callable[[], int]
    checker: str = ""
    flags: tuple[str, ...] = ()
    name: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, [self.chain, *self.flags, self.asker, self.name]))


def who_is(position: str) -> str:
    """The (first) one of the cast who holds it."""
    return next(who for who, (_number, _name, post) in CAST.items() if post == position)


def walk(way: Way) -> approvals.Run:
    """All of the cast try at each step; only the right one gets on, and only the end changes anything."""
    run = way.begin(who_is(way.asker))
    assert (run.chain, run.clause, run.executor, run.flags) == (
        way.chain, way.clause, "" if way.executor == "requester" else way.executor, list(way.flags),
    )  # fmt: skip
    people = {each.number: each for each in Employee.objects.all()}
    cast: dict[str, list[Employee]] = defaultdict(list)
    for number, _name, post in CAST.values():
        cast[post].append(people[number])
    everybody = [person for holders in cast.values() for person in holders]
    carries_out = way.asker if way.executor == "requester" else way.executor
    executor = cast[carries_out][0] if carries_out else None
    before, now = way.applied(), run.submitted_at + MINUTE

    def execute(by: Employee | None, at: dt.datetime) -> approvals.Run:
        return approvals.execute(run_id=run.pk, by=by, now=at, evidence=EVIDENCE)

    # Who may, of all of them, by what the verbs ask; who has a name in the row or none at all tries the verb, too.
    authorities = {person: authority_of(person, now) for person in everybody}
    roles = {way.asker, way.executor, way.checker, *way.steps, "service_agent", "department_manager"}
    named = {cast[post][0] for post in roles & cast.keys()}
    shape = (way.steps, way.asker, bool(way.executor))
    returning = set(everybody) if shape not in _RETURNED else set()
    _RETURNED.add(shape)
    for place, position in enumerate(way.steps, start=1):
        [right] = cast[position]
        seats = list(Seat.objects.filter(run=run, state=Seat.State.ACTIVE).select_related("step"))
        assert [who for who in everybody if claims(authorities[who], seats, run.requester_id)] == [right]
        for other in named - {right}:
            with pytest.raises((Forbidden, approvals.MovedOn)):
                approvals.approve(run_id=run.pk, by=other, now=now)
        with pytest.raises(Conflict):
            execute(executor, now)
        with undone():
            approvals.reject(run_id=run.pk, by=right, now=now, reason="不合适")
            run.refresh_from_db()
            assert run.state == "rejected"
            with pytest.raises(Conflict):
                execute(executor, now)
            assert way.applied() == before, f"step {place} was refused and something came of it"
        if returning:
            _return(run, right, returning - {right}, place - 1, now)
            assert way.applied() == before
        approvals.approve(run_id=run.pk, by=right, now=now)
        now += MINUTE
    run.refresh_from_db()
    if executor is not None:
        assert (run.state, way.applied()) == ("agreed", before)
        if run.executor:
            assert [who for who in everybody if run.executor in authorities[who].posts] == [executor]
        for other in named - {executor}:
            with pytest.raises(Forbidden):
                execute(other, now)
        assert way.applied() == before
        execute(executor, now)
        run.refresh_from_db()
    assert (run.state, way.applied()) == ("executed", before + 1)
    with pytest.raises(Conflict):
        execute(executor, now)
    assert run.check_by == ([way.checker] if way.checker else [])
    if way.checker:
        [third] = cast[way.checker]
        assert [who for who in everybody if set(run.check_by) & authorities[who].posts.keys()] == [third]
        for other in named - {third}:
            with pytest.raises(Forbidden):
                approvals.check_execution(run_id=run.pk, ok=True, by=other, now=now)
        approvals.check_execution(run_id=run.pk, ok=True, by=third, now=now)
    return run


def _return(run: approvals.Run, right: Employee, others: set[Employee], here: int, now: dt.datetime) -> None:
    """Everybody tries to send it back, to the requester and to each earlier step; only whose turn it is does, and from
    there on everybody is asked anew. `here`: the index of the step that is asked."""

    def send(by: Employee, step: int | None) -> None:
        approvals.return_to(run_id=run.pk, by=by, now=now, reason="请补充", step=step)

    for other in sorted(others, key=lambda each: each.pk):
        with pytest.raises((Forbidden, approvals.MovedOn)):
            send(other, here - 1 if here else None)
    for later in (here, here + 1, -1):
        with pytest.raises(Invalid):
            send(right, later)
    for earlier in range(here):
        with undone():
            send(right, earlier)
            run.refresh_from_db()
            standing = list(run.steps.filter(current=True).order_by("place"))
            assert run.state == "running"
            assert [step.state for step in standing][earlier : here + 1] == [
                "active", *["waiting"] * (here - earlier)
            ]  # fmt: skip
            with pytest.raises((Conflict, Forbidden)):
                approvals.execute(run_id=run.pk, by=right, now=now, evidence=EVIDENCE)
    with undone():
        send(right, None)
        run.refresh_from_db()
        assert run.state == "returned"
        for who in (right, *others):
            with pytest.raises(approvals.MovedOn):
                approvals.approve(run_id=run.pk, by=who, now=now)
    run.refresh_from_db()


class _Undo(Exception):
    pass


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside did not: the same world goes on."""
    with suppress(_Undo), transaction.atomic():
        yield
        raise _Undo
