"""Published shifts and punches in the tables, for tests of verbs."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from attendance.models import Shift
from attendance.services.marking import mark_days
from attendance.services.punching import Fresh, write_punches
from office.rulebook import api as rulebook
from office.staff.models import Employee
from tests.attendance.clock import DAY, KINDS, at, period

#: The morning after the day of `clock`.
AFTER = at("+09:00")


def publish(
    who: Employee, word: str = "E", day: date = DAY, *, now: datetime = AFTER, draft: bool = False
) -> Shift:
    """The shift of `clock` on the day, published unless it is a `draft`; the day is marked as the roster does it."""
    sort, code, spans, meal = KINDS[word]
    pieces = [period(span, day) for span in spans]
    made = Shift.objects.create(
        employee=who, day=day, sort=sort, code=code, starts_at=pieces[0][0], ends_at=pieces[-1][1], spans=pieces,
        meal=meal, origin="hand", version_id=rulebook.book(now).version_id or 0, made_at=now,
        published_at=None if draft else now,
    )  # fmt: skip
    mark_days(days=[(who.pk, day)], now=now)
    return made


def punch(who: Employee, *times: str, day: date = DAY, now: datetime = AFTER) -> int:
    """Punches of the web door at the times of the day; how many were new."""
    return write_punches(
        [Fresh(who.pk, at(each, day)) for each in times], via="web", source_id=None, batch_id=None, now=now
    )


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]
