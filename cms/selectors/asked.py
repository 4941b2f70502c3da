"""How the newest request about a row stands, for lists; and whose returned one is asked again."""

from __future__ import annotations

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from office.approvals import api as approvals
from office.staff.models import Employee


def newest_run(subject_type: str, field: str = "state") -> Subquery:
    """A field of the newest run about each row; null where there is none."""
    runs = approvals.Run.objects.filter(
        subject_type=subject_type, subject_id=Cast(OuterRef("pk"), CharField())
    )
    return Subquery(runs.order_by("-id").values(field)[:1])


def again(run: approvals.Run, person: Employee) -> bool:
    """Whether the person asks this one again instead of asking anew: his own, returned to him."""
    return run.state == approvals.Run.State.RETURNED and run.requester_id == person.pk
