"""The verbs of one clock: open, meet, cancel, assign,
    retry. They run inside the transaction of the act that moves it.

Whether a deadline was kept is `met_at <= due_at`. A worker that stands still delays what is told and
changes nothing about that: an act that comes too late first tells what should have been told by then
(breach and escalations, not the warnings), so the people of the ladder hear of it even when no sweep ever
ran.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from office.audit import api as audit
from office.deadlines import rules
from office.deadlines.models import Deadline
from office.deadlines.telling import tell
from office.errors import Conflict, NotFound
from office.rulebook import api as rulebook
from office.staff.models import Employee
from office.statements import Statement, array_of
from office.subjects import Subject

# The arrays of a plan are the same for every subject: computed once, sent once. Arrays travel as texts.
OPENING = Statement(
    "deadlines_open",
    """
INSERT INTO deadlines_deadline
       (rule, clause, version_id, subject_type, subject_id, label, holder_id, state, started_at, due_at,
        plan_at, plan_kind, plan_to, step, next_at, failures, last_error)
SELECT %(rule)s, %(clause)s, %(version)s, %(type)s, subject.id, subject.label, nullif(%(holder)s, '')::bigint, 'open',
       %(started_at)s, %(due_at)s,
       %(plan_at)s::timestamptz[], %(plan_kind)s::varchar[], %(plan_to)s::varchar[], 0, %(next_at)s, 0, ''
FROM unnest(%(ids)s::varchar[], %(labels)s::varchar[]) AS subject (id, label)
ON CONFLICT (rule, subject_type, subject_id) WHERE state = 'open' DO NOTHING
""",
    {
        "rule": "varchar",
        "clause": "varchar",
        "version": "bigint",
        "type": "varchar",
        "holder": "text",
        "started_at": "timestamptz",
        "due_at": "timestamptz",
        "plan_at": "timestamptz[]",
        "plan_kind": "varchar[]",
        "plan_to": "varchar[]",
        "next_at": "timestamptz",
        "ids": "varchar[]",
        "labels": "varchar[]",
    },
)


def open(
    rule_key: str,
    *,
    subject: Subject,
    started_at: datetime,
    now: datetime,
    holder_id: int | None = None,
    targets: Mapping[str, str] | None = None,
    within: timedelta | None = None,
) -> Deadline:
    """Start the rule's clock on the subject, judged by the book in force at `started_at`.

    While one is already running for this rule and subject, that one is answered unchanged. `holder_id`:
    whose turn it is. `targets`: for whom "holder" and "superior" of the ladder stand when that is known only now
    (positions joined by "|"; "holder" among them is the person). `within`: elapsed time in place of the rule's own.
    Raises UnknownRule when the book has no such rule (ask `rulebook.has_rule` where a book may leave it out).
    """
    given = opening(
        rule_key,
        [subject],
        started_at=started_at,
        holder_id=holder_id,
        targets=targets,
        within=within,
    )
    with connection.cursor() as cursor:
        cursor.execute(OPENING.text, given.values)
    return Deadline.objects.get(
        rule=rule_key, subject_type=subject.type, subject_id=subject.id, state=Deadline.State.OPEN
    )


def open_many(
    rule_key: str,
    subjects: Sequence[Subject],
    *,
    started_at: datetime,
    now: datetime,
    holder_id: int | None = None,
    targets: Mapping[str, str] | None = None,
    within: timedelta | None = None,
) -> None:
    """As `open` for many subjects of one type: one plan, one statement."""
    if subjects:
        given = opening(
            rule_key, subjects, started_at=started_at, holder_id=holder_id, targets=targets, within=within
        )
        with connection.cursor() as cursor:
            cursor.execute(OPENING.text, given.values)


class Opening(NamedTuple):
    """The values of OPENING, and when the time is over."""

    due_at: datetime
    values: dict[str, str]


def opening(
    rule_key: str,
    subjects: Sequence[Subject],
    *,
    started_at: datetime,
    holder_id: int | None = None,
    book: rulebook.Book | None = None,
    days: rulebook.DayTable | None = None,
    targets: Mapping[str, str] | None = None,
    within: timedelta | None = None,
) -> Opening:
    """How to open a clock for each of `subjects`, for a caller who sends it along with other statements in one round
    trip; `book` and `days` when he has read them already.
    """
    book = book or rulebook.book(started_at)
    rule = rulebook.rule_in(book, rule_key, rulebook.DeadlineRule)
    if within is not None:
        rule = replace(rule, duration=within, months=0, hours=rulebook.ALWAYS)
    plan = rules.columns(rulebook.plan(book, rule, started_at, days), targets)
    values = {
        "rule": rule_key,
        "clause": rule.clause,
        "version": str(book.version_id),
        "type": subjects[0].type,
        "holder": "" if holder_id is None else str(holder_id),
        "started_at": started_at.isoformat(),
        "due_at": plan.due_at.isoformat(),
        "plan_at": array_of(at.isoformat() for at in plan.at),
        "plan_kind": array_of(plan.kind),
        "plan_to": array_of(plan.to),
        "next_at": plan.at[0].isoformat(),
        "ids": array_of(subject.id for subject in subjects),
        "labels": array_of(subject.label for subject in subjects),
    }
    return Opening(plan.due_at, values)


def meet(rule_key: str, *, subject: Subject, at: datetime) -> Deadline | None:
    """What was asked has been done at `at`; None when no such clock runs. Later steps are dropped."""
    with transaction.atomic():
        found = _running(subject, rule_key).select_for_update().first()
        if found is None:
            return None
        _tell_missed([found], at)
        Deadline.objects.filter(pk=found.pk).update(state=Deadline.State.MET, met_at=at, next_at=None)
        found.refresh_from_db()
        return found


def meet_many(rule_key: str, subjects: Sequence[Subject], *, at: datetime) -> int:
    """As `meet` for many subjects of one type; answers how many clocks ran."""
    if not subjects:
        return 0
    with transaction.atomic():
        running = Deadline.objects.filter(
            rule=rule_key,
            subject_type=subjects[0].type,
            subject_id__in=[subject.id for subject in subjects],
            state=Deadline.State.OPEN,
        )
        found = list(running.order_by("pk").select_for_update())
        _tell_missed(found, at)
        return Deadline.objects.filter(pk__in=[each.pk for each in found]).update(
            state=Deadline.State.MET, met_at=at, next_at=None
        )


def cancel(rule_key: str | None, *, subject: Subject, at: datetime) -> int:
    """The thing asked for is no longer wanted; all clocks of the subject when `rule_key` is None.

    Answers how many were stopped. One that was already overdue stays late in the figures.
    """
    with transaction.atomic():
        found = list(_running(subject, rule_key).order_by("pk").select_for_update())
        if not found:
            return 0
        _tell_missed(found, at)
        return Deadline.objects.filter(pk__in=[each.pk for each in found]).update(
            state=Deadline.State.CANCELLED, cancelled_at=at, next_at=None
        )


def assign(subject: Subject, holder_id: int | None) -> int:
    """Whose turn it is from now on, for every running clock of the subject; answers how many."""
    return _running(subject, None).update(holder_id=holder_id)


def retry(*, deadline_id: int, by: Employee | None, now: datetime) -> Deadline:
    """Tell a row again at once whose handler had failed and that waits for its back-off.

    Raises NotFound, Conflict (it has been told meanwhile, or never failed).
    """
    with transaction.atomic():
        found = Deadline.objects.select_for_update().filter(pk=deadline_id).first()
        if found is None:
            raise NotFound(_("There is no such deadline."))
        if not found.failures or found.next_at is None:
            raise Conflict(_("This deadline is not waiting for another try."), code="not_failed")
        found.next_at = min(found.next_at, now)
        found.save(update_fields=["next_at"])
        audit.record(
            "deadlines.retry",
            subject=Subject(found.subject_type, found.subject_id, found.label),
            by=by,
            now=now,
            data={"rule": found.rule, "failures": found.failures},
            clause=found.clause,
        )
        return found


def _running(subject: Subject, rule_key: str | None) -> QuerySet[Deadline]:
    found = Deadline.objects.filter(
        subject_type=subject.type, subject_id=subject.id, state=Deadline.State.OPEN
    )
    return found if rule_key is None else found.filter(rule=rule_key)


def _tell_missed(rows: Sequence[Deadline], at: datetime) -> None:
    late = [row.pk for row in rows if row.next_at is not None and row.due_at < at]
    if late:
        tell("id = ANY(%(ids)s) AND next_at IS NOT NULL", {"ids": late}, now=at, warnings=False)
