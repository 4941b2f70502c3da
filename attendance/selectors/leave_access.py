"""Who may see and steer which leave. Leave is personal data: for others there is none (404)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from attendance.models import Leave
from attendance.selectors.returned import returned_run
from attendance.selectors.teams import in_team
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import NotFound
from office.rulebook import api as rulebook
from office.staff.models import Employee
from office.subjects import Subject

SEE, CHAIN, RULE = "attendance.see_leave", "attendance.leave", "attendance.rule_on_proof"


def manages(person: Employee, employee_id: int, now: datetime) -> bool:
    """Whether the person has one of the posts that look after leave, and the other is in his team."""
    return rulebook.may(person, SEE, now) and in_team(person, employee_id, now)


def rules_on_proof(person: Employee, leave: Leave, now: datetime) -> bool:
    """Whether the person decides about a document that never came: by his post, of his team, never his own."""
    return (
        person.pk != leave.employee_id
        and rulebook.may(person, RULE, now)
        and manages(person, leave.employee_id, now)
    )


def access_leave(*, leave_id: int, person: Employee, now: datetime) -> Leave:
    """For the person himself, who was told, who stands in, who manages him, and who takes part in the approval.
    Raises NotFound."""
    leave = (
        Leave.objects.select_related("employee", "told_to", "recorded_by", "deputy", "deputy_by", "late_slip")
        .filter(pk=leave_id)
        .first()
    )
    if leave is not None and (
        person.pk in (leave.employee_id, leave.told_to_id, leave.deputy_id)
        or manages(person, leave.employee_id, now)
        or approvals.may_read_about(Subject("leave", str(leave_id)), person, now)
    ):
        return leave
    raise NotFound(_("There is no such leave."))


def may_see_reason(leave: Leave, person: Employee, now: datetime) -> bool:
    """The stand-in sees that and when, not why."""
    if person.pk in (leave.employee_id, leave.told_to_id):
        return True
    return manages(person, leave.employee_id, now) or approvals.may_read_about(leave.subject, person, now)


def may_read_paper(person: Employee, leave_id: str, now: datetime) -> bool:
    """Whether the person may read a request about the leave without taking part in it: it tells why."""
    leave = Leave.objects.filter(pk=int(leave_id)).first() if leave_id.isdecimal() else None
    return leave is not None and (
        person.pk in (leave.employee_id, leave.told_to_id) or manages(person, leave.employee_id, now)
    )


def access_returned(*, leave_id: int, person: Employee, now: datetime) -> tuple[Leave, Run | None]:
    """The own leave, and the request that came back. Raises NotFound."""
    leave = access_leave(leave_id=leave_id, person=person, now=now)
    if leave.employee_id != person.pk:
        raise NotFound(_("There is no such leave."))
    return leave, returned_run(CHAIN, leave.subject, person)


def own_leaves(person: Employee, limit: int = 50) -> list[Leave]:
    """The newest first."""
    found = Leave.objects.filter(employee=person).select_related("employee", "deputy", "late_slip")
    return list(found.order_by("-starts_at", "-pk")[:limit])


def heard_and_open(person: Employee) -> Q:
    """Leaves told to the person whose slip is still to come."""
    return Q(told_to=person, state=Leave.State.PROVISIONAL)
