"""Whose notices leave through which channel, now."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from office.notices.models import Channel, Subscription
from office.staff.models import Appointment, Employee


class Routes(NamedTuple):
    """Equally long columns, one entry per channel and person. `personal`: the channel reaches one person, not
    a group.
    """

    channels: list[int]
    people: list[int]
    urgent_only: list[bool]
    personal: list[bool]


def resolve(now: datetime) -> Routes:
    """The subscriptions of enabled channels as people; one query while there are none."""
    found = Routes([], [], [], [])
    subscriptions = list(Subscription.objects.filter(channel__enabled=True).select_related("channel"))
    if not subscriptions:
        return found
    positions = {each.position for each in subscriptions if each.position}
    holders: dict[str, set[int]] = defaultdict(set)
    if positions:
        for position, employee_id in Appointment.objects.filter(
            position__in=positions, during__contains=now, employee__is_active=True
        ).values_list("position", "employee_id"):
            holders[position].add(employee_id)
    pairs: dict[tuple[int, int], Channel] = {}
    for each in subscriptions:
        people = {each.employee_id} if each.employee_id else holders[each.position]
        pairs.update({(each.channel_id, employee_id): each.channel for employee_id in people if employee_id})
    mailed = {
        employee_id for (_id, employee_id), channel in pairs.items() if channel.kind == Channel.Kind.EMAIL
    }
    unreachable = set(Employee.objects.filter(pk__in=mailed, email="").values_list("pk", flat=True))
    for (channel_id, employee_id), channel in sorted(pairs.items(), key=lambda pair: pair[0]):
        if channel.kind == Channel.Kind.EMAIL and employee_id in unreachable:
            continue
        found.channels.append(channel_id)
        found.people.append(employee_id)
        found.urgent_only.append(channel.urgent_only)
        found.personal.append(channel.kind == Channel.Kind.EMAIL)
    return found
