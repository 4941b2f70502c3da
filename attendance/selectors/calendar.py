"""A person's shifts and hotline nights as an iCalendar (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vText

from attendance.models import HotlineSpan
from attendance.selectors.mine import own, published
from office.staff.models import Employee

BACK, AHEAD = timedelta(days=31), timedelta(days=200)


def calendar_of(who: Employee, now: datetime) -> bytes:
    """Every piece of every published shift is an event of its own, in UTC, with an id that stays the same however often
    the calendar is read; what was taken out is no longer there."""
    today = timezone.localdate(now)
    found = Calendar()
    found.add("prodid", "-//ecdept//roster//ZH")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", vText(_("Shifts of {name}").format(name=who.name)))
    found.add("x-wr-timezone", "Asia/Shanghai")
    found.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    shifts = published(who, today - BACK, today + AHEAD)
    for shift, line in zip(shifts, own(shifts, now), strict=True):
        for place, span in enumerate(shift.spans):
            uid = f"shift-{shift.pk}-{place}@roster.ecdept"
            found.add_component(
                _event(
                    uid,
                    line.name,
                    cast(datetime, span.lower),
                    cast(datetime, span.upper),
                    shift.published_at,
                )
            )
    nights = HotlineSpan.objects.filter(
        employee=who,
        removed_at=None,
        published_at__isnull=False,
        ends_at__gt=now - BACK,
        starts_at__lt=now + AHEAD,
    ).order_by("starts_at")
    for night in nights:
        uid = f"hotline-{night.pk}@roster.ecdept"
        found.add_component(_event(uid, _("Hotline"), night.starts_at, night.ends_at, night.published_at))
    body: bytes = found.to_ical()
    return body


def _event(uid: str, words: str, start: datetime, end: datetime, published_at: datetime | None) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("summary", words)
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", end.astimezone(UTC))
    event.add("dtstamp", (published_at or start).astimezone(UTC))
    return event
