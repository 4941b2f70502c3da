"""Requests that the deciders gave back to who asked, to be changed and asked again."""

from __future__ import annotations

from office.approvals.models import Run, Vote
from office.staff.models import Employee
from office.subjects import Subject


def returned_run(kind: str, subject: Subject, person: Employee) -> Run | None:
    """The person's own request of this kind about the subject, if it waits for him."""
    return Run.objects.filter(
        kind=kind,
        subject_type=subject.type,
        subject_id=subject.id,
        state=Run.State.RETURNED,
        requester=person,
    ).first()


def why_returned(run: Run | None) -> Vote | None:
    """Who gave it back, and in which words."""
    if run is None:
        return None
    given = Vote.objects.filter(run=run, decision=Vote.Decision.RETURN).select_related("person")
    return given.order_by("-pk").first()
