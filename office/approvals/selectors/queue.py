"""What waits on a person, oldest due first, with what a decision needs; and what he asked, decided, was told.

Every list is a fixed number of queries whatever the number of runs: seats that are asked have partial indexes by post
and by person, the before/after of a run's first changes stands on its row, similar cases are at most LATEST rows of an
index for each key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from office.approvals import kinds
from office.approvals.kinds import Change
from office.approvals.models import Copy, Run, Seat, Step, Vote
from office.approvals.selectors import people
from office.approvals.selectors.people import Authority
from office.approvals.selectors.runs import language
from office.staff.models import Appointment, Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50
#: Similar cases of this long ago, and at most so many of them.
SIMILAR_FOR = timedelta(days=90)
LATEST = 50

DECIDE, EXECUTE, CHECK = "decide", "execute", "check"


class Key(NamedTuple):
    """Where a page of the queue ends: the next begins after it."""

    due_at: datetime
    run_id: int


class Similar(NamedTuple):
    """How the latest (at most LATEST) similar cases of the last 90 days ended."""

    agreed: int = 0
    rejected: int = 0

    @property
    def total(self) -> int:
        return self.agreed + self.rejected


NO_SIMILAR = Similar()


@dataclass(frozen=True, slots=True)
class Agreed:
    """One agreement so far. `for_whom`: the absent person a deputy decided for; `acting_for`: a post only acted for."""

    run_id: int
    who: str
    for_whom: str
    acting_for: str
    position: str
    decision: str
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the queue. `what`: decide, execute or check. `changes`: the first of `total` changes."""

    what: str
    run: Run
    due_at: datetime
    kind_name: StrOrPromise
    position: str = ""
    climbed_from: str = ""
    stuck: bool = False
    on_behalf_of: str = ""
    changes: tuple[Change, ...] = ()
    total: int = 0
    agreed: tuple[Agreed, ...] = ()
    similar: Similar = NO_SIMILAR

    @property
    def key(self) -> Key:
        return Key(self.due_at, self.run.pk)


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, and the key after which the next page begins (None: the last)."""

    lines: list[Waiting]
    after: Key | None


def waiting(
    person: Employee, now: datetime, *, limit: int = PAGE, after: Key | None = None, kind: str = ""
) -> Page:
    """What waits on the person, the oldest due first: to decide (in his own right, acting, or as deputy), to carry out,
    to check. Seven queries."""
    authority = people.authority_of(person, now)
    rows = [
        *_to_decide(authority, limit + 1, after, kind),
        *_to_do(authority, limit + 1, after, kind),
        *_to_check(authority, limit + 1, after, kind),
    ]
    rows.sort(key=lambda line: line.key)
    shown = rows[:limit]
    return Page(_filled(shown, now), shown[-1].key if len(rows) > limit else None)


def place_of(run: Run) -> Key | None:
    """Where the run's line stands in a decider's queue now; None when nobody is asked."""
    due_at = Step.objects.filter(run=run, state=Step.State.ACTIVE).values_list("due_at", flat=True).first()
    return Key(due_at, run.pk) if due_at else None


def waiting_one(person: Employee, run: Run, now: datetime) -> Waiting | None:
    """The line of one run as the queue would show it to the person; None when it does not wait on him."""
    authority = people.authority_of(person, now)
    found = _lines(
        authority, Seat.objects.filter(run=run, state=Seat.State.ACTIVE).select_related("run__requester")
    )
    return _filled(found[:1], now)[0] if found else None


def _to_decide(authority: Authority, limit: int, after: Key | None, kind: str) -> list[Waiting]:
    seats = (
        Seat.objects.filter(state=Seat.State.ACTIVE)
        .filter(
            Q(person=None, position__in=sorted(authority.positions))
            | Q(person_id__in=sorted(authority.people))
        )
        .exclude(run__requester_id=authority.person_id)
        .select_related("run__requester")
        .order_by("due_at", "run_id")
    )
    found: list[Waiting] = []
    while True:  # a run with two seats of his is one line: read on until the page is full or nothing is left
        seats_read = _page(seats, "due_at", "run_id", limit, after, "run__kind", kind)
        found += _lines(authority, seats_read)
        if len(seats_read) < limit or len(found) >= limit:
            return found
        after = Key(seats_read[-1].due_at, seats_read[-1].run_id)


def _lines(authority: Authority, seats: Collection[Seat] | QuerySet[Seat]) -> list[Waiting]:
    """One line for each run, from its seats that are this person's."""
    found: dict[int, Waiting] = {}
    by_run: dict[int, list[Seat]] = defaultdict(list)
    for seat in seats:
        by_run[seat.run_id].append(seat)
    absent = {each.id: each.name for each in authority.absent}
    for run_id, theirs in by_run.items():
        run = theirs[0].run
        for claim in people.claims(authority, theirs, run.requester_id)[:1]:
            seat = claim.seat
            found[run_id] = Waiting(
                what=DECIDE,
                run=run,
                due_at=seat.due_at,
                kind_name=kinds.name_of(run.kind),
                position=seat.position,
                climbed_from=seat.climbed_from,
                stuck=seat.stuck,
                on_behalf_of=absent.get(claim.on_behalf_of or 0, ""),
            )
    return list(found.values())


def _to_do(authority: Authority, limit: int, after: Key | None, kind: str) -> list[Waiting]:
    runs = (
        Run.objects.filter(state=Run.State.AGREED)
        .filter(Q(executor__in=sorted(authority.posts)) | Q(executor="", requester_id=authority.person_id))
        .exclude(executor="", execute_due_at=None)
        .select_related("requester")
        .order_by("execute_due_at", "id")
    )
    return [
        Waiting(EXECUTE, run, run.execute_due_at, kinds.name_of(run.kind), position=run.executor)
        for run in _page(runs, "execute_due_at", "id", limit, after, "kind", kind)
        if run.execute_due_at is not None
    ]


def _to_check(authority: Authority, limit: int, after: Key | None, kind: str) -> list[Waiting]:
    runs = (
        Run.objects.filter(check_state=Run.CheckState.WAITING, check_by__overlap=sorted(authority.posts))
        .exclude(requester_id=authority.person_id)
        .exclude(executed_by_id=authority.person_id)
        .select_related("requester")
        .order_by("ended_at", "id")
    )
    return [
        Waiting(CHECK, run, run.ended_at, kinds.name_of(run.kind))
        for run in _page(runs, "ended_at", "id", limit, after, "kind", kind)
        if run.ended_at is not None
    ]


def _page(
    rows: QuerySet,  # type: ignore[type-arg]  # seats and runs alike
    instant: str,
    number: str,
    limit: int,
    after: Key | None,
    kind_field: str,
    kind: str,
) -> Sequence:  # type: ignore[type-arg]  # as above
    if kind:
        rows = rows.filter(**{kind_field: kind})
    if after is not None:
        rows = rows.filter(
            Q(**{f"{instant}__gt": after.due_at})
            | Q(**{instant: after.due_at, f"{number}__gt": after.run_id})
        )
    return list(rows[:limit])


def _filled(lines: list[Waiting], now: datetime) -> list[Waiting]:
    """With the before/after of the preview, who agreed so far, and how similar cases ended."""
    runs = [line.run for line in lines]
    votes = agreed_so_far(runs)
    alike = similar_cases(runs, now)
    return [
        replace(
            line,
            changes=tuple(preview_of(line.run)),
            total=int(line.run.preview.get("total", 0)),
            agreed=tuple(votes.get(line.run.pk, ())),
            similar=alike.get((line.run.kind, line.run.similar), NO_SIMILAR),
        )
        for line in lines
    ]


def preview_of(run: Run) -> list[Change]:
    """The first changes, in the reader's language, without a query."""
    lines = run.preview.get(language(), [])
    return [Change("", label, before, after, row) for label, before, after, row in lines]


def agreed_so_far(runs: Collection[Run]) -> dict[int, list[Agreed]]:
    """The agreements that count in each run's present round, in order; one query."""
    found: dict[int, list[Agreed]] = defaultdict(list)
    if not runs:
        return found
    votes = (
        Vote.objects.filter(
            run_id__in=[run.pk for run in runs],
            step__current=True,
            round=F("run__round"),
            decision__in=[Vote.Decision.APPROVE, Vote.Decision.AGREED_BEFORE],
        )
        .order_by("id")
        .values_list(
            "run_id",
            "person__name",
            "on_behalf_of__name",
            "acting_for",
            "seat__position",
            "decision",
            "comment",
            "at",
        )
    )
    for run_id, who, behalf, acting_for, position, decision, comment, at in votes:
        found[run_id].append(Agreed(run_id, who, behalf or "", acting_for, position, decision, comment, at))
    return found


_SIMILAR = """
SELECT key.kind, key.alike, count(*) FILTER (WHERE past.state <> 'rejected'),
       count(*) FILTER (WHERE past.state = 'rejected')
FROM unnest(%(kinds)s::text[], %(keys)s::text[]) AS key (kind, alike)
CROSS JOIN LATERAL (
    SELECT r.state FROM approvals_run r
    WHERE r.kind = key.kind AND r.similar = key.alike AND r.decided_at IS NOT NULL AND r.decided_at > %(since)s
      AND r.decided_at <= %(now)s AND r.state IN ('agreed', 'executed', 'rejected')
    ORDER BY r.decided_at DESC LIMIT %(latest)s
) past
GROUP BY key.kind, key.alike
"""


def similar_cases(runs: Collection[Run], now: datetime) -> dict[tuple[str, str], Similar]:
    """(kind, key) → how the latest similar cases of the last 90 days ended; one query."""
    wanted = sorted({(run.kind, run.similar) for run in runs})
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _SIMILAR,
            {
                "kinds": [kind for kind, _key in wanted],
                "keys": [key for _kind, key in wanted],
                "since": now - SIMILAR_FOR,
                "now": now,
                "latest": LATEST,
            },
        )
        return {(kind, key): Similar(agreed, rejected) for kind, key, agreed, rejected in cursor.fetchall()}


def asked_by(person: Employee, *, before: int | None = None, limit: int = PAGE) -> list[Run]:
    """The person's own requests, the latest first; `before`: the id after which the page begins."""
    return _runs(Run.objects.filter(requester=person), before, limit)


def decided_by(person: Employee, *, before: int | None = None, limit: int = PAGE) -> list[Vote]:
    """The person's decisions, the latest first, with their runs. `before`: a vote's id."""
    votes = (
        Vote.objects.filter(person=person).select_related("run__requester", "on_behalf_of").order_by("-id")
    )
    return list((votes if before is None else votes.filter(pk__lt=before))[:limit])


def copied_to(person: Employee, *, before: int | None = None, limit: int = PAGE) -> list[Run]:
    """Runs that others let the person read, the latest first."""
    copies = Copy.objects.filter(person=person).order_by("-run_id").values("run_id")
    copies = copies if before is None else copies.filter(run_id__lt=before)
    return _runs(Run.objects.filter(pk__in=[row["run_id"] for row in copies[:limit]]), None, limit)


def stuck(now: datetime) -> list[Run]:
    """Runs whose step none of those asked can decide (every seat is of a vacant post, or one of them where all must),
    agreed ones whose executor's post nobody holds, and those that wait for a requester who has left. The oldest
    first."""
    vacant = Seat.objects.filter(state=Seat.State.ACTIVE, stuck=True).select_related("run__requester")
    steps = {seat.step_id: seat for seat in vacant.order_by("due_at")}
    able = set(
        Seat.objects.filter(
            step_id__in=steps, step__mode=Step.Mode.ANY, state=Seat.State.ACTIVE, stuck=False
        ).values_list("step_id", flat=True)
    )
    held = Appointment.objects.filter(
        position=OuterRef("executor"), during__contains=now, employee__is_active=True
    )
    idle = Q(state=Run.State.AGREED) & ~Q(executor="") & ~Exists(held)
    forsaken = Q(requester__is_active=False) & (
        Q(state=Run.State.RETURNED) | Q(state=Run.State.AGREED, executor="")
    )
    more = Run.objects.filter(idle | forsaken).select_related("requester").order_by("id")
    return [*(seat.run for step_id, seat in steps.items() if step_id not in able), *more]


def _runs(found: QuerySet[Run], before: int | None, limit: int) -> list[Run]:
    found = found if before is None else found.filter(pk__lt=before)
    return list(found.select_related("requester").order_by("-id")[:limit])
