"""What acts on runs write. One act writes as it goes along. Of many acts decided at once each only notes what it would
write, in its own order; then all of it is written together, as few statements as there are kinds of notes.

A note is written when everything that its act noted before it has been: so the laws of the database, which look at
every single row, see each run move exactly as they would if it were alone.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Field, Model

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.subjects import Subject

if TYPE_CHECKING:
    from office.staff.models import Employee


class Alone(Exception):
    """An act that cannot be written together with others: it must see what it wrote, or may yet be refused."""


@dataclass(slots=True)
class Insert:
    """New rows of one model."""

    rows: Sequence[Model]

    @property
    def key(self) -> Hashable:
        return Insert, type(self.rows[0])

    @staticmethod
    def write(notes: Sequence[Insert], now: datetime) -> None:
        rows = [row for note in notes for row in note.rows]
        if len(rows) < MANY:
            type(rows[0])._default_manager.bulk_create(rows)
        else:
            _insert(rows)


#: From so many rows on, `bulk_create` takes longer to spell them than the database to take them.
MANY = 20


def _insert(rows: Sequence[Model]) -> None:
    """What `bulk_create` does for new rows of one model. Rows that they name are in the database by now."""
    meta = type(rows[0])._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    values = [tuple([_value(row, field) for field in fields]) for row in rows]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {connection.ops.quote_name(meta.db_table)} ({columns}) VALUES {places} RETURNING id",  # noqa: S608  own names
            values,
        )
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = pk
            row._state.adding, row._state.db = False, connection.alias


def _value(row: Model, field: Field[Any, Any]) -> Any:
    value = getattr(row, field.attname)
    if (
        value is None and field.is_relation and field.name in row._state.fields_cache
    ):  # named before it had an id
        named = getattr(row, field.name)
        value = None if named is None else named.pk
        setattr(row, field.attname, value)
    return field.get_db_prep_save(value, connection)


@dataclass(slots=True)
class Change:
    """The same columns of some rows of one model, as the rows have them now."""

    rows: Sequence[Model]
    fields: tuple[str, ...]
    values: list[tuple[Any, ...]] = field(init=False)

    def __post_init__(self) -> None:
        columns = [self.rows[0]._meta.get_field(name).attname for name in self.fields]  # type: ignore[union-attr]
        self.values = [tuple(getattr(row, column) for column in columns) for row in self.rows]

    @property
    def key(self) -> Hashable:
        return Change, type(self.rows[0]), self.fields

    @staticmethod
    def write(notes: Sequence[Change], now: datetime) -> None:
        first = notes[0]
        alike: list[tuple[tuple[Any, ...], list[Any]]] = []
        known: dict[Any, list[Any]] = {}
        for note in notes:
            for row, values in zip(note.rows, note.values, strict=True):
                name = repr(values)  # some columns hold lists
                if name not in known:
                    known[name] = []
                    alike.append((values, known[name]))
                known[name].append(row.pk)
        for values, ids in alike:
            found = type(first.rows[0])._default_manager.filter(pk__in=ids)
            changed = found.update(**dict(zip(first.fields, values, strict=True)))
            if changed != len(ids):
                raise LookupError(f"{len(ids) - changed} rows of {first.rows[0]._meta.label} are gone")


@dataclass(slots=True)
class OpenClock:
    """A clock that begins now."""

    rule: str
    subject: Subject
    holder_id: int | None
    targets: Mapping[str, str]
    within: timedelta | None

    @property
    def plan(self) -> Hashable:
        return self.rule, self.subject.type, self.holder_id, tuple(sorted(self.targets.items())), self.within

    @property
    def key(self) -> Hashable:
        return OpenClock, self.plan

    @staticmethod
    def write(notes: Sequence[OpenClock], now: datetime) -> None:
        first = notes[0]
        deadlines.open_many(
            first.rule,
            [note.subject for note in notes],
            started_at=now,
            now=now,
            holder_id=first.holder_id,
            targets=first.targets,
            within=first.within,
        )


@dataclass(slots=True)
class MeetClock:
    """A clock that was met now."""

    rule: str
    subject: Subject

    @property
    def key(self) -> Hashable:
        return MeetClock, self.rule, self.subject.type

    @staticmethod
    def write(notes: Sequence[MeetClock], now: datetime) -> None:
        deadlines.meet_many(notes[0].rule, [note.subject for note in notes], at=now)


Note = Insert | Change | OpenClock | MeetClock


@dataclass(slots=True)
class Writes:
    """Of one act at an instant: written at once."""

    by: Employee | None
    now: datetime

    def alone(self) -> None:
        """What follows must see what was written before. Raises Alone when nothing has been yet."""

    def insert(self, *rows: Model) -> None:
        if rows:
            self._note(Insert(rows))

    def change(self, rows: Model | Sequence[Model], *fields: str) -> None:
        """Rows of one model whose attributes have been set."""
        rows = [rows] if isinstance(rows, Model) else rows
        if rows:
            self._note(Change(rows, fields))

    def open_clock(
        self,
        rule: str,
        subject: Subject,
        *,
        targets: Mapping[str, str],
        holder_id: int | None = None,
        within: timedelta | None = None,
    ) -> datetime:
        """When its time is over."""
        return deadlines.open(
            rule,
            subject=subject,
            started_at=self.now,
            now=self.now,
            holder_id=holder_id,
            targets=targets,
            within=within,
        ).due_at

    def meet_clock(self, rule: str, subject: Subject) -> None:
        self._note(MeetClock(rule, subject))

    def record(self, entry: audit.Act) -> None:
        audit.record_many([entry], by=self.by, now=self.now)

    def notify(self, saying: notices.Saying) -> None:
        notices.notify_many([saying], now=self.now)

    def _note(self, note: Note) -> None:
        note.write([note], self.now)  # type: ignore[list-item]  # of its own kind


@dataclass(slots=True)
class Noted(Writes):
    """Of one act among many at an instant: noted, for `write_together`. `due`: what the acts have computed already."""

    due: dict[Hashable, datetime]
    notes: deque[Note] = field(default_factory=deque)
    entries: list[audit.Act] = field(default_factory=list)
    sayings: list[notices.Saying] = field(default_factory=list)

    def alone(self) -> None:
        raise Alone

    def open_clock(
        self,
        rule: str,
        subject: Subject,
        *,
        targets: Mapping[str, str],
        holder_id: int | None = None,
        within: timedelta | None = None,
    ) -> datetime:
        note = OpenClock(rule, subject, holder_id, targets, within)
        if note.plan not in self.due:
            self.due[note.plan] = deadlines.opening(
                rule, [subject], started_at=self.now, holder_id=holder_id, targets=targets, within=within
            ).due_at
        self.notes.append(note)
        return self.due[note.plan]

    def record(self, entry: audit.Act) -> None:
        self.entries.append(entry)

    def notify(self, saying: notices.Saying) -> None:
        self.sayings.append(saying)

    def _note(self, note: Note) -> None:
        self.notes.append(note)


def write_together(*, acts: Iterable[Noted], by: Employee | None, now: datetime) -> None:
    """Write what the acts of one person at one instant have noted, each in its order. The trail and the notices name
    nothing that is written here, and come last."""
    noted = list(acts)
    left = [act.notes for act in noted if act.notes]
    while left:
        # What most acts come to next; those that are not so far yet catch up first.
        key = Counter(notes[0].key for notes in left).most_common(1)[0][0]
        batch = [notes.popleft() for notes in left if notes[0].key == key]
        batch[0].write(batch, now)  # type: ignore[arg-type]  # all of its own kind
        left = [notes for notes in left if notes]
    audit.record_many([entry for act in noted for entry in act.entries], by=by, now=now)
    notices.notify_many([saying for act in noted for saying in act.sayings], now=now)
