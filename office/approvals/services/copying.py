"""Telling people who do not decide (抄送)."""

from __future__ import annotations

from collections.abc import Iterable

from office.approvals.models import Copy
from office.approvals.services.context import Context
from office.approvals.services.telling import tell
from office.staff.models import Employee


def add_copies(act: Context, people: Iterable[int]) -> list[int]:
    """Those of the people who may sign in and were not told before; they may read the run from now on."""
    wanted = set(people)
    if not wanted or act.by is None:
        return []
    known = set(Copy.objects.filter(run=act.run).values_list("person_id", flat=True))
    fresh = sorted(
        Employee.objects.filter(pk__in=wanted - known, is_active=True).values_list("pk", flat=True)
    )
    Copy.objects.bulk_create(
        Copy(run=act.run, person_id=person, by_id=act.by.pk, at=act.now) for person in fresh
    )
    tell(act, "copied", fresh)
    return fresh
