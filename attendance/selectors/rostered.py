"""Who is on a roster in which week: only then a day without a shift is a day of rest."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from attendance.models import Shift
from attendance.rules.shifts import DAY, monday


def rostered_weeks(
    ids: Collection[int], first: date, last: date, *, drafts: bool = False
) -> set[tuple[int, date]]:
    """(person, Monday) of the weeks of these days in which a shift of the person stands; `drafts`: planned ones too."""
    shifts = Shift.objects.filter(
        employee_id__in=ids, day__range=(monday(first), monday(last) + 6 * DAY), removed_at=None
    )
    if not drafts:
        shifts = shifts.filter(published_at__isnull=False)
    return {(who, monday(day)) for who, day in shifts.values_list("employee_id", "day").distinct()}
