"""What the page of one run shows beside its rows: who holds the posts asked, the rows of a request of many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from office.approvals import kinds, rules
from office.approvals.models import Deputy, RowDecision, Run, Seat, Vote
from office.approvals.selectors import detail, people, queue, runs
from office.approvals.selectors.detail import StepLine
from office.approvals.selectors.drafts import ask_url
from office.audit import api as audit
from office.staff import selectors as staff
from office.staff.models import Appointment, Employee
from office.subjects import subject_url

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.approvals.kinds import Change, Evidence, Exhibit
    from office.approvals.selectors.queue import Similar
    from office.audit.selectors import TimelineRow

#: Rows and lines of the before/after on the page; the rest is asked for.
ROWS_SHOWN, CHANGES_SHOWN = 200, 1_000
#: From so many rows on, with no more fields than this, they are a table.
TABLE_FROM, TABLE_FIELDS = 3, 6


@dataclass(frozen=True, slots=True)
class Column:
    """A field that the rows of a table share."""

    field: str
    label: StrOrPromise


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row of a request of many: `index` counts from 0, None when the kind's words do not say which row it is.
    `cells`: its changes under the columns of the table, None where it has none."""

    index: int | None
    name: str
    changes: tuple[Change, ...]
    refused: bool
    evidence: tuple[Evidence, ...] = ()
    cells: tuple[Change | None, ...] = ()

    def under(self, columns: Sequence[Column]) -> RowLine:
        """The row of a table with these columns."""
        found = {change.field: change for change in self.changes}
        return replace(self, cells=tuple(found.get(column.field) for column in columns))


@dataclass(frozen=True, slots=True)
class Chair:
    """One seat of the stepper: the post or person asked, who can decide there now, the decision."""

    seat: Seat | None
    post: StrOrPromise
    names: tuple[str, ...]
    vote: Vote | None


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of the stepper."""

    number: int
    line: StepLine
    chairs: tuple[Chair, ...]


def _gone(chair: Chair) -> bool:
    seat = chair.seat
    return seat is not None and seat.stuck and seat.person is not None and seat.state == Seat.State.ACTIVE


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, or the words of a decision in a step that counts no more (`decision` then says which)."""

    who: str
    at: datetime
    text: str
    decision: StrOrPromise = ""


@dataclass(frozen=True, slots=True)
class RunPage:
    run: Run
    kind_name: StrOrPromise
    rows: tuple[RowLine, ...]
    columns: tuple[Column, ...]
    total: int
    all_rows: int
    by_row: bool
    evidence: tuple[Evidence, ...]
    exhibits: tuple[Exhibit, ...]
    stops: tuple[Stop, ...]
    acts: frozenset[str]
    said: tuple[Said, ...]
    similar: Similar
    timeline: tuple[TimelineRow, ...]
    executors: tuple[str, ...]
    checkers: tuple[str, ...]
    subject_url: str
    ask_url: str

    @property
    def ticks(self) -> bool:
        """Whether the table has a column for refusing: rows can be, or were."""
        return self.by_row and ("approve" in self.acts or any(row.refused for row in self.rows))

    @property
    def more(self) -> bool:
        """Whether changes are left out."""
        return sum(len(row.changes) for row in self.rows) < self.total

    @property
    def active(self) -> Stop | None:
        return next((stop for stop in self.stops if stop.line.step.state == "active"), None)

    @property
    def left(self) -> str:
        """Who was asked by name and has left, where nobody else can decide."""
        chairs = self.active.chairs if self.active else ()
        return next((str(chair.post) for chair in chairs if _gone(chair)), "")

    @property
    def turn(self) -> tuple[str, ...]:
        """The names of those whose turn it is."""
        if self.run.state == Run.State.AGREED:
            return self.executors if self.run.executor else (self.run.requester.name,)
        if self.run.state == Run.State.RETURNED:
            return (self.run.requester.name,)
        if self.run.check_state == Run.CheckState.WAITING:
            return self.checkers
        stop = self.active
        chairs = [chair for chair in stop.chairs if chair.vote is None and not _gone(chair)] if stop else []
        asked = (name for chair in chairs for name in chair.names)
        return tuple(dict.fromkeys(asked))


def run_page(run: Run, person: Employee, now: datetime, *, whole: bool = False) -> RunPage:
    """Everything the page of a run shows to a person who may see it; a bounded number of queries."""
    lines = detail.stepper(run)
    if not lines:  # returned to the requester: the steps as they stood
        lines = [
            line for line in detail.stepper(run, history=True) if line.step.round == run.round and line.seats
        ]
    asked = {post for line in lines for post in (*line.step.positions, *(s.position for s, _v in line.seats))}
    names = holder_names(asked - {""}, run.requester_id, now)
    changes = runs.changes_of(run)
    evidence = detail.evidence_of(run)
    every = _rows(run, changes, evidence)
    rows = every if whole else _cut(every)
    columns = _columns(rows)
    named = {row.name for row in rows}
    return RunPage(
        run=run,
        kind_name=kinds.name_of(run.kind),
        rows=tuple(row.under(columns) for row in rows) if columns else rows,
        columns=columns,
        total=len(changes),
        all_rows=len(every),
        by_row=any(row.index is not None for row in rows),
        evidence=tuple(each for each in evidence if each.row not in named or not each.row),
        exhibits=tuple(detail.exhibits_of(run, person, now)),
        stops=tuple(_stop(number, line, names) for number, line in enumerate(lines, 1)),
        acts=detail.acts_for(run, person, now),
        said=_said(run, {line.step.pk for line in lines}),
        similar=queue.similar_cases([run], now).get((run.kind, run.similar), queue.NO_SIMILAR),
        timeline=tuple(audit.timeline(run.as_subject)),
        executors=_names([run.executor] if run.executor else [], (), now),
        checkers=_names(run.check_by, (run.requester_id, run.executed_by_id), now),
        subject_url=subject_url(run.subject_type, run.subject_id),
        ask_url=ask_url(run.kind, run.subject_id),
    )


def holder_names(positions: Iterable[str], but: int, now: datetime) -> dict[str, tuple[str, ...]]:
    """Post → the names of who holds or acts for it, the requester left out, and of their deputies; two queries."""
    held: dict[str, list[int]] = defaultdict(list)
    named: dict[int, str] = {}
    for position, pk, name in (
        Appointment.objects.filter(
            position__in=set(positions), during__contains=now, employee__is_active=True
        )
        .exclude(employee_id=but)
        .order_by("acting", "employee__name_key")
        .values_list("position", "employee_id", "employee__name")
    ):
        held[position].append(pk)
        named[pk] = name
    deputies: dict[int, list[str]] = defaultdict(list)
    for each in people.deputies_in_force(now):
        if each.absent_id in named and each.person_id != but:
            deputies[each.absent_id].append(each.name)
    return {
        position: tuple(dict.fromkeys(name for pk in found for name in (named[pk], *deputies.get(pk, ()))))
        for position, found in held.items()
    }


def _names(positions: Iterable[str], but: Iterable[int | None], now: datetime) -> tuple[str, ...]:
    """Who holds one of the posts; no deputies: they decide, and do nothing else."""
    found = {each.pk: each.name for post in positions for each in staff.holders(post, now)}
    return tuple(name for pk, name in found.items() if pk not in set(but))


def _stop(number: int, line: StepLine, names: dict[str, tuple[str, ...]]) -> Stop:
    chairs = [
        Chair(
            seat=seat,
            post=seat.person.name if seat.person else staff.position_label(seat.position),
            names=(seat.person.name,) if seat.person else names.get(seat.position, ()),
            vote=vote,
        )
        for seat, vote in line.seats
        if vote is not None or seat.state != Seat.State.CLOSED
    ]
    if not chairs:  # not opened yet: whom the chain will ask
        step = line.step
        chairs = (
            [Chair(None, step.person.name, (step.person.name,), None)]
            if step.person
            else [
                Chair(None, staff.position_label(post), names.get(post, ()), None) for post in step.positions
            ]
        )
    return Stop(number, line, tuple(chairs))


def _rows(run: Run, changes: Sequence[Change], evidence: Sequence[Evidence]) -> tuple[RowLine, ...]:
    """The changes by row in the order of the paper. Rows are decided singly where the kind says which is which, or
    where every row of the payload has a name and a change."""
    grouped: dict[tuple[int | None, str], list[Change]] = defaultdict(list)
    for change in changes:
        grouped[change.index, change.row].append(change)
    shown: dict[str, list[Evidence]] = defaultdict(list)
    for each in evidence:
        shown[each.row].append(each)
    asked = rules.rows_of(run.payload)
    if asked is None or len(asked) == 1 or not grouped:  # who refuses the only row rejects
        return tuple(
            RowLine(None, name, tuple(found), False, tuple(shown[name] if name else ()))
            for (_index, name), found in grouped.items()
        )
    stated = [index for index, _name in grouped]
    if None in stated:
        told = all(name for _index, name in grouped) and len(grouped) == len(asked)
        numbers: list[int | None] = list(range(len(asked))) if told else [None] * len(grouped)
    else:
        numbers = stated
    refused = set(RowDecision.standing(run).values_list("row", flat=True))
    return tuple(
        RowLine(index, name, tuple(found), index in refused, tuple(shown[name] if name else ()))
        for index, ((_stated, name), found) in zip(numbers, grouped.items(), strict=True)
    )


def _columns(rows: Sequence[RowLine]) -> tuple[Column, ...]:
    """The columns of a table of the rows, or nothing where they are told one below the other: too few rows, too many
    fields, or a field twice in one row."""
    fields = {change.field: change.label for row in rows for change in row.changes}
    twice = any(len({change.field for change in row.changes}) < len(row.changes) for row in rows)
    if len(rows) < TABLE_FROM or len(fields) > TABLE_FIELDS or twice:
        return ()
    return tuple(Column(field, label) for field, label in fields.items())


def _cut(rows: Sequence[RowLine]) -> tuple[RowLine, ...]:
    """The first rows, whole, up to a page's worth of rows and changes; of a single one its first changes."""
    found: list[RowLine] = []
    room = CHANGES_SHOWN
    for row in rows[:ROWS_SHOWN]:
        if room <= 0:
            break
        found.append(replace(row, changes=row.changes[:room]) if not found else row)
        room -= len(row.changes)
    return tuple(found)


def _said(run: Run, shown: set[int]) -> tuple[Said, ...]:
    """Oldest first; what the stepper shows is not repeated."""
    earlier = run.votes.exclude(step_id__in=shown).exclude(comment="").select_related("person")
    found = [Said(vote.person.name, vote.at, vote.comment, vote.get_decision_display()) for vote in earlier]
    found += [Said(each.person.name, each.at, each.text) for each in detail.comments_of(run)]
    return tuple(sorted(found, key=lambda each: each.at))


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is, by post or name, and until when."""

    whose: tuple[StrOrPromise, ...]
    due_at: datetime | None = None
    started_at: datetime | None = None


def turns_of(listed: Sequence[Run]) -> dict[int, Turn]:
    """For the runs of a list that have not ended; one query."""
    found: dict[int, Turn] = {}
    for run in listed:
        if run.state == Run.State.RETURNED:
            found[run.pk] = Turn((run.requester.name,))
        elif run.state == Run.State.AGREED:
            post = staff.position_label(run.executor) if run.executor else run.requester.name
            found[run.pk] = Turn((post,), run.execute_due_at, run.decided_at)
        elif run.check_state == Run.CheckState.WAITING:
            found[run.pk] = Turn(tuple(staff.position_label(post) for post in run.check_by))
    running = [run.pk for run in listed if run.state == Run.State.RUNNING]
    seats = Seat.objects.filter(run_id__in=running, state=Seat.State.ACTIVE).select_related("person")
    for seat in seats.order_by("id") if running else ():
        whose = seat.person.name if seat.person else staff.position_label(seat.position)
        before = found[seat.run_id].whose if seat.run_id in found else ()
        found[seat.run_id] = Turn(tuple(dict.fromkeys((*before, whose))), seat.due_at, seat.opened_at)
    return found


@dataclass(frozen=True, slots=True)
class DeputyLine:
    """A deputy and whether his time has begun."""

    pk: int
    absent: str
    person: str
    starts_at: datetime
    ends_at: datetime
    begun: bool


def deputies_of(person: Employee, now: datetime) -> tuple[list[DeputyLine], list[DeputyLine]]:
    """Those who decide (or will) in the person's place, and those in whose place the person does; two queries."""
    standing = (
        Deputy.objects.filter(ended=None, ends_at__gt=now)
        .select_related("person", "absent")
        .order_by("starts_at")
    )

    def lines(found: Iterable[Deputy]) -> list[DeputyLine]:
        return [
            DeputyLine(
                each.pk,
                each.absent.name,
                each.person.name,
                each.starts_at,
                each.ends_at,
                each.starts_at <= now,
            )
            for each in found
        ]

    return lines(standing.filter(absent=person)), lines(standing.filter(person=person))


def colleagues(*but: int) -> list[tuple[int, str]]:
    """Who may be brought in: everybody who may sign in, by name."""
    return [
        (pk, f"{name} {number}")
        for pk, name, number in Employee.objects.filter(is_active=True)
        .order_by("name_key", "number")
        .exclude(pk__in=but)
        .values_list("pk", "name", "number")
    ]
