"""What the verbs of leave share: the locked row, its new version, its days marked, the trail, who is told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from attendance.models import Leave
from attendance.services.marking import days_between, mark_days
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff.models import Employee
from office.subjects import Subject

PROOF, RULE = "attendance.leave_proof", "attendance.rule_on_proof"
CHAIN, SLIP, HEAR, KEEP = (
    "attendance.leave",
    "attendance.late_slip",
    "attendance.hear_leave",
    "attendance.keep_leave",
)
#: The subject of the draft of a leave that is not asked for yet.
NEW = "new"


def subject_of(leave_id: int) -> Subject:
    """The subject of a leave that is not read yet."""
    return Subject("leave", str(leave_id))


def locked(leave_id: int, seen: int | None = None) -> Leave:
    """The leave, locked after the requests about it. Raises NotFound; Conflict when the page showed another state."""
    approvals.hold(subject_of(leave_id))
    leave = (
        Leave.objects.select_for_update(of=("self",)).select_related("employee").filter(pk=leave_id).first()
    )
    if leave is None:
        raise NotFound(_("There is no such leave."))
    if seen is not None and seen != leave.version:
        raise moved_on(leave)
    return leave


def own(leave_id: int, by: Employee, seen: int | None = None) -> Leave:
    """The same, of the person himself. Raises NotFound, Conflict."""
    leave = locked(leave_id, seen)
    if leave.employee_id != by.pk:
        raise NotFound(_("There is no such leave."))
    return leave


def moved_on(leave: Leave) -> Conflict:
    return Conflict(
        _("This leave has moved on: “{state}”.").format(state=leave.get_state_display()), code="state"
    )


def write(leave: Leave, *fields: str) -> None:
    """The changed columns, under a new version."""
    leave.version += 1
    leave.save(update_fields=[*fields, "version"])


def mark(leave: Leave, now: datetime, until: datetime | None = None) -> None:
    """The days that the leave touches are settled again; `until` when it reached further before."""
    last_at = max(leave.ends_at, until or leave.ends_at) - timedelta(microseconds=1)
    first = min(leave.first_day, leave.starts_at.astimezone(ZONE).date())
    last: date = max(leave.last_day, last_at.astimezone(ZONE).date())
    mark_days(days=days_between(leave.employee_id, first, last), now=now)


def deciders(now: datetime) -> set[int]:
    """Who holds one of the posts that decide on leave."""
    chain = rulebook.chain_rule(CHAIN, now)
    return {
        person.pk for step in chain.steps for code in step.positions for person in staff.holders(code, now)
    }


def record(
    *, verb: str, leave: Leave, by: Employee | None, now: datetime, clause: str, **data: object
) -> None:
    """The act in the trail: kind and days, never the reason."""
    audit.record(
        verb,
        subject=leave.subject,
        by=by,
        now=now,
        clause=clause,
        data={
            "kind": leave.kind,
            "from": leave.starts_at.isoformat(),
            "until": leave.ends_at.isoformat(),
            **data,
        },
    )


def tell(
    kind: str,
    leave: Leave,
    whom: Collection[int],
    by: Employee | None,
    now: datetime,
    clause: str,
    **params: str,
) -> None:
    """Who acts is not told what he does."""
    notices.notify(
        kind,
        set(whom) - ({by.pk} if by else set()),
        source=kind.partition(".")[2],
        source_id=leave.pk,
        step=leave.version % 30_000,
        subject=leave.subject,
        now=now,
        clause=clause,
        params={"by": by.name if by else "", **params},
    )
