"""How the newest request about a row stands, for lists."""

from __future__ import annotations

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from office.approvals import api as approvals


def newest_run(subject_type: str, field: str = "state") -> Subquery:
    """A field of the newest run about each row; null where there is none."""
    runs = approvals.Run.objects.filter(
        subject_type=subject_type, subject_id=Cast(OuterRef("pk"), CharField())
    )
    return Subquery(runs.order_by("-id").values(field)[:1])
