"""Leaves as facts: who is away when, for the settlement, the roster and whoever asks who is there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import cast

from django.db.models import Q

from attendance.models import Leave
from attendance.models.leave import HELD
from attendance.rules.facts import LeaveFact, LeaveState
from office.rulebook.calendar import ZONE

AWAY = (Leave.State.PROVISIONAL, Leave.State.APPROVED)


def leaves_of(employee_ids: Collection[int] | None, first: date, last: date) -> list[LeaveFact]:
    """The leaves that touch the local days `first` to `last`, both included, by begin; of everybody when `employee_ids`
    is None. Requested ones excuse nothing, provisional ones until they lapse: see LeaveFact. One that lapsed excuses
    again since its slip was agreed to after its time (LateSlip)."""
    begin = datetime.combine(first, time(0), tzinfo=ZONE)
    end = datetime.combine(last + timedelta(days=1), time(0), tzinfo=ZONE)
    counting = Q(state__in=HELD) | Q(state=Leave.State.LAPSED, late_slip__isnull=False)
    leaves = Leave.objects.filter(counting, starts_at__lt=end, ends_at__gt=begin)
    if employee_ids is not None:
        leaves = leaves.filter(employee_id__in=employee_ids)
    return [
        LeaveFact(
            id=leave.pk,
            employee_id=leave.employee_id,
            kind=leave.kind,
            state="approved" if leave.state == Leave.State.LAPSED else cast(LeaveState, leave.state),
            starts_at=leave.starts_at,
            ends_at=leave.ends_at,
            paid=leave.paid,
        )
        for leave in leaves.order_by("starts_at", "pk")
    ]


def on_leave(ids: Collection[int], at: datetime) -> set[int]:
    """Those of the people who are away at the instant: on approved leave, or told by telephone (S2c)."""
    return set(
        Leave.objects.filter(
            employee_id__in=ids, state__in=AWAY, starts_at__lte=at, ends_at__gt=at
        ).values_list("employee_id", flat=True)
    )
