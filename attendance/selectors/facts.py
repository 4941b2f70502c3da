"""Published shifts as plain values."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Literal, cast

from attendance.models import Shift
from attendance.rules.facts import ShiftFact


def shifts_of(employee_ids: Collection[int] | None, first: date, last: date) -> list[ShiftFact]:
    """The published shifts that belong to the days `first` to `last`, both included, by day and begin; of everybody
    when `employee_ids` is None."""
    shifts = Shift.objects.filter(day__range=(first, last), removed_at=None, published_at__isnull=False)
    if employee_ids is not None:
        shifts = shifts.filter(employee_id__in=employee_ids)
    return [
        ShiftFact(
            id=shift.pk,
            employee_id=shift.employee_id,
            day=shift.day,
            sort=cast(Literal["work", "duty"], shift.sort),
            code=shift.code,
            spans=tuple((cast(datetime, span.lower), cast(datetime, span.upper)) for span in shift.spans),
            meal=shift.meal,
        )
        for shift in shifts.order_by("day", "starts_at", "pk")
    ]
