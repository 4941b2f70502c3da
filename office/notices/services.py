"""The verbs of the inbox. Channels and sending have their own modules."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from office.errors import Invalid
from office.notices import bulk, kinds
from office.notices.models import Mute, Notice
from office.staff.models import Employee
from office.subjects import Subject

_SAYINGS = """
WITH sayings AS (
    SELECT p.id AS recipient_id, said.kind, said.source, said.source_id, said.step, said.subject_type, said.subject_id,
           said.label, said.clause, said.params, said.urgent
    FROM unnest(%(kind)s::varchar[], %(source)s::varchar[], %(source_id)s::bigint[], %(step)s::smallint[],
                %(subject_type)s::varchar[], %(subject_id)s::varchar[], %(label)s::varchar[], %(clause)s::varchar[],
                %(params)s::jsonb[], %(urgent)s::boolean[])
         WITH ORDINALITY AS said (kind, source, source_id, step, subject_type, subject_id, label, clause, params,
                                  urgent, place)
    JOIN unnest(%(heard)s::bigint[], %(recipients)s::bigint[]) AS heard (place, employee_id) USING (place)
    JOIN staff_employee p ON p.id = heard.employee_id AND p.is_active
),
"""


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing said to some people (employee ids), as `notify` says it."""

    kind: str
    recipients: Collection[int]
    source: str
    source_id: int
    subject: Subject
    step: int = 0
    clause: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    urgent: bool = False


def notify(
    kind: str,
    recipients: Iterable[int],
    *,
    source: str,
    source_id: int,
    subject: Subject,
    now: datetime,
    step: int = 0,
    clause: str = "",
    params: Mapping[str, Any] | None = None,
    urgent: bool = False,
) -> int:
    """One inbox line per active recipient (employee ids), in the caller's transaction; answers how many
    are new.

    source, source_id, step and the recipient make it exactly once: the same call again adds nothing.
    `params` are JSON-able and hold no customer's personal data. Raises LookupError for an unregistered
    kind.
    """
    said = Saying(kind, set(recipients), source, source_id, subject, step, clause, params or {}, urgent)
    return notify_many([said], now=now)


def notify_many(sayings: Sequence[Saying], *, now: datetime) -> int:
    """As `notify` for many at once, by one statement."""
    for each in sayings:
        kinds.check(each.kind)
    heard = [
        (place, person) for place, each in enumerate(sayings, 1) for person in sorted(set(each.recipients))
    ]
    if not heard:
        return 0
    telling, parameters = bulk.telling(now)
    parameters |= {
        "kind": [each.kind for each in sayings],
        "source": [each.source for each in sayings],
        "source_id": [each.source_id for each in sayings],
        "step": [each.step for each in sayings],
        "subject_type": [each.subject.type for each in sayings],
        "subject_id": [each.subject.id for each in sayings],
        "label": [each.subject.label for each in sayings],
        "clause": [each.clause for each in sayings],
        "params": [json.dumps(dict(each.params), cls=DjangoJSONEncoder) for each in sayings],
        "urgent": [each.urgent for each in sayings],
        "heard": [place for place, _person in heard],
        "recipients": [person for _place, person in heard],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{_SAYINGS} {telling} SELECT count(*) FROM notice", parameters)  # noqa: S608 - constants
        return int(cursor.fetchone()[0])


def mark_read(*, notice_ids: Iterable[int], by: Employee, now: datetime) -> int:
    """The person has seen these lines of his own inbox; those of others are left alone. Answers how many."""
    return Notice.objects.filter(pk__in=list(notice_ids), recipient=by, read_at=None).update(read_at=now)


def mark_subject_read(*, subject_type: str, subject_id: str, by: Employee, now: datetime) -> int:
    """Everything about one subject, e.g. when its page is opened from the inbox."""
    return Notice.objects.filter(
        recipient=by, read_at=None, subject_type=subject_type, subject_id=subject_id
    ).update(read_at=now)


def mark_all_read(*, by: Employee, now: datetime, up_to: int | None = None) -> int:
    """Everything unread up to the newest line that the page showed (`up_to`, a notice id), so that what
    arrived since stays unread.
    """
    waiting = Notice.objects.filter(recipient=by, read_at=None)
    if up_to is not None:
        waiting = waiting.filter(pk__lte=up_to)
    return waiting.update(read_at=now)


def mute(*, kind: str, by: Employee, now: datetime) -> Mute:
    """Later notices of the kind wait in the inbox, neither counted nor sent out; urgent ones ignore it.

    Raises Invalid for an unknown kind and for an escalation.
    """
    if not kinds.can_be_muted(kind):
        raise Invalid(_("Notices of this kind cannot be muted."), code="not_mutable")
    found, _made = Mute.objects.get_or_create(employee=by, kind=kind)
    return found


def unmute(*, kind: str, by: Employee, now: datetime) -> bool:
    """Whether there was anything to take back."""
    deleted, _per_model = Mute.objects.filter(employee=by, kind=kind).delete()
    return deleted > 0
