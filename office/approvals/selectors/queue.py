"""What waits on a person, oldest due first, with what a decision needs; and what he asked, decided, was told.

Every list is a fixed number of queries whatever the number of runs: seats that are asked have partial indexes by post
and by person, the before/after of a run's first changes stands on its row, similar cases are at most LATEST rows of an
index for each key.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from office.approvals import kinds
from office.approvals.kinds import Change
from office.approvals.models import Copy, Run, Seat, Step, Vote
from office.approvals.selectors import people
from office.approvals.selectors.asked import DECIDE, PARTS, Key, mine, read
from office.approvals.selectors.count import MOST
from office.approvals.selectors.people import Row
from office.approvals.selectors.runs import language
from office.staff.models import Appointment, Employee
from office.subjects import subject_said

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50
#: Similar cases of this long ago, and at most so many of them.
SIMILAR_FOR = timedelta(days=90)
LATEST = 50


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


class Shown(NamedTuple):
    """What a line says of its run. `requester`: who asked, by name. `total`: how many changes there are; `changes` is
    the JSON text of the first of them in the reader's language."""

    pk: int
    kind: str
    label: str
    flags: list[str]
    version_id: int
    post: str
    clause: str
    revision: int
    similar: str
    submitted_at: datetime
    requester: str
    total: int
    changes: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the queue. `what`: decide, execute or check. `changes`: the first of `total` changes."""

    what: str
    run: Shown
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
    """Lines, and the key after which the next page begins (None: the last). `total`: how many lines the whole queue
    has, counted up to MOST; None where only a part of it was read."""

    lines: list[Waiting]
    after: Key | None
    total: int | None = None


def waiting(
    person: Employee, now: datetime, *, limit: int = PAGE, after: Key | None = None, kind: str = ""
) -> Page:
    """What waits on the person, the oldest due first: to decide (in his own right, acting, or as deputy), to carry out,
    to check. Five queries."""
    authority = people.authority_of(person, now)
    whole = after is None and not kind
    # The keys of the whole queue cost little more than a page of them, and spare the frame its own count.
    rows = read(authority, tuple(PARTS), max(limit + 1, MOST if whole else 0), after, kind)
    asked = [row for row in rows if row.what == DECIDE]
    found = mine(authority, asked)
    while len(asked) > limit and len(found) <= limit:  # a run with two seats of his is one line: read on
        asked = read(authority, (DECIDE,), limit + 1, Key(asked[-1].at, asked[-1].run_id), kind)
        found |= mine(authority, asked)
    lines = [*found.values(), *(row for row in rows if row.what != DECIDE)]
    lines.sort(key=lambda row: (row.at, row.run_id))
    shown = _filled(lines[:limit], {each.id: each.name for each in authority.absent}, now)
    following = shown[-1].key if shown and len(lines) > limit else None
    full = (
        sum(row.what == DECIDE for row in rows) >= MOST > len(lines)
    )  # two seats in one line: there may be more
    return Page(shown, following, min(len(lines), MOST) if whole and not full else None)


def place_of(run: Run) -> Key | None:
    """Where the run's line stands in a decider's queue now; None when nobody is asked."""
    due_at = Step.objects.filter(run=run, state=Step.State.ACTIVE).values_list("due_at", flat=True).first()
    return Key(due_at, run.pk) if due_at else None


def waiting_one(person: Employee, run: Run, now: datetime) -> Waiting | None:
    """The line of one run as the queue would show it to the person; None when it does not wait on him."""
    authority = people.authority_of(person, now)
    asked = Seat.objects.filter(run=run, state=Seat.State.ACTIVE).order_by("due_at")
    rows = [
        Row(
            DECIDE, seat.due_at, run.pk, run.requester_id, seat.position, seat.person_id, seat.climbed_from,
            seat.stuck,
        )
        for seat in asked
    ]  # fmt: skip
    found = list(mine(authority, rows).values())
    filled = _filled(found, {each.id: each.name for each in authority.absent}, now)
    return filled[0] if filled else None


def _filled(rows: Sequence[Row], absent: Mapping[int, str], now: datetime) -> list[Waiting]:
    """The lines of these rows, with the before/after of the preview, who agreed so far, and how similar cases ended."""
    if not rows:
        return []
    known = _shown([row.run_id for row in rows])
    votes = agreed_so_far(known.values())
    alike = similar_cases(known.values(), now)
    names = {kind: str(kinds.name_of(kind)) for kind in {run.kind for run in known.values()}}
    lines = []
    for row in rows:
        run = known[row.run_id]
        lines.append(
            Waiting(
                row.what,
                run,
                row.at,
                names[run.kind],
                position=row.position,
                climbed_from=row.climbed_from,
                stuck=row.stuck,
                on_behalf_of=absent.get(row.on_behalf_of or 0, ""),
                changes=tuple(_changes(json.loads(run.changes))),
                total=run.total,
                agreed=tuple(votes.get(run.pk, ())),
                similar=alike.get((run.kind, run.similar), NO_SIMILAR),
            )
        )
    return lines


# Fifty requests with their requesters as models took a fifth of the page's time.
_SHOWN = """
SELECT r.id, r.kind, r.label, r.flags, r.version_id, r.post, r.clause, r.revision, r.similar, r.submitted_at, e.name,
       coalesce((r.preview ->> 'total')::int, 0), coalesce(r.preview ->> %s, '[]')
FROM approvals_run r JOIN staff_employee e ON e.id = r.requester_id
WHERE r.id = ANY (%s)
"""


def _shown(ids: Sequence[int]) -> dict[int, Shown]:
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN, [language(), list(ids)])
        return {row[0]: Shown._make((*row[:2], _said(*row[1:3]), *row[3:])) for row in cursor.fetchall()}


def _said(kind: str, label: str) -> str:
    known = kinds.find(kind)
    return subject_said(known.subject_type, label) if known else label


def preview_of(run: Run) -> list[Change]:
    """The first changes, in the reader's language, without a query."""
    return _changes(run.preview.get(language(), []))


def _changes(lines: Sequence[Sequence[str]]) -> list[Change]:
    return [Change("", label, before, after, row) for label, before, after, row in lines]


_AGREED = """
SELECT v.run_id, p.name, coalesce(absent.name, ''), v.acting_for, seat.position, v.decision, v.comment, v.at
FROM approvals_vote v
JOIN approvals_run r ON r.id = v.run_id AND r.round = v.round
JOIN approvals_step s ON s.id = v.step_id AND s.current
JOIN approvals_seat seat ON seat.id = v.seat_id
JOIN staff_employee p ON p.id = v.person_id
LEFT JOIN staff_employee absent ON absent.id = v.on_behalf_of_id
WHERE v.run_id = ANY (%s) AND v.decision IN ('approve', 'agreed_before')
ORDER BY v.id
"""


def agreed_so_far(runs: Collection[Shown]) -> dict[int, list[Agreed]]:
    """The agreements that count in each run's present round, in order; one query at most."""
    found: dict[int, list[Agreed]] = defaultdict(list)
    moved = [run.pk for run in runs if run.revision > 1]  # every vote gives its run a new revision
    if not moved:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_AGREED, [moved])
        for row in cursor.fetchall():
            found[row[0]].append(Agreed(*row))
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


def similar_cases(runs: Collection[Run | Shown], now: datetime) -> dict[tuple[str, str], Similar]:
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
    """The person's decisions and those that a deputy gave for him, the latest first, with their runs. `before`: a
    vote's id."""
    votes = Vote.objects.select_related("run__requester", "person", "on_behalf_of").order_by("-id")
    votes = votes if before is None else votes.filter(pk__lt=before)
    # Two walks along an index each; one condition for both would read every vote.
    found = [*votes.filter(person=person)[:limit], *votes.filter(on_behalf_of=person)[:limit]]
    return sorted(found, key=lambda vote: -vote.pk)[:limit]


def copied_to(person: Employee, *, before: int | None = None, limit: int = PAGE) -> list[Run]:
    """Runs that others let the person read, the latest first."""
    copies = Copy.objects.filter(person=person).order_by("-run_id").values("run_id")
    copies = copies if before is None else copies.filter(run_id__lt=before)
    return _runs(Run.objects.filter(pk__in=[row["run_id"] for row in copies[:limit]]), None, limit)


def stuck(now: datetime) -> list[Run]:
    """Runs whose step none of those asked can decide (every seat is of a vacant post, or one of them where all must),
    agreed ones whose executor's post nobody holds, carried out ones that no third person can check, and those that
    wait for a requester who has left. The oldest first."""
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
    third = (
        Appointment.objects.alias(
            asked=Func(
                OuterRef("check_by"), F("position"), function="array_position", output_field=IntegerField()
            )
        )
        .filter(asked__isnull=False, during__contains=now, employee__is_active=True)
        .exclude(employee_id=OuterRef("requester_id"))
        .exclude(employee_id=Coalesce(OuterRef("executed_by_id"), 0))
    )
    unseen = Q(check_state=Run.CheckState.WAITING) & ~Exists(third)
    more = Run.objects.filter(idle | unseen | forsaken).select_related("requester").order_by("id")
    return [*(seat.run for step_id, seat in steps.items() if step_id not in able), *more]


def _runs(found: QuerySet[Run], before: int | None, limit: int) -> list[Run]:
    found = found if before is None else found.filter(pk__lt=before)
    return list(found.select_related("requester").order_by("-id")[:limit])
