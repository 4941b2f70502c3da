"""Leave on its way: what tests of leave begin with."""

from __future__ import annotations

import datetime as dt
from typing import Any

from attendance.models import BalanceMovement, Leave, Shift
from attendance.services import asking
from attendance.services.asking import Asked, Told
from office.approvals import api as approvals
from office.approvals.models import Run
from office.rulebook.calendar import ZONE
from tests import people
from tests.people import person

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)  # Monday, 10:00 in Shanghai
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 23)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + n * DAY for n in range(1, 5))


def everybody() -> None:
    people.everybody()


def local(day: dt.date, clock: str = "00:00") -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), tzinfo=ZONE)


def asked(
    kind: str = "personal", first: dt.date = WEDNESDAY, last: dt.date | None = None, **more: Any
) -> Asked:
    return Asked(kind=kind, first_day=first, last_day=last or first, **more)


def ask(who: str = "li_lei", *, now: dt.datetime = NOW, reason: str = "家中有事", **given: Any) -> Leave:
    return asking.request_leave(asked=asked(**given), reason=reason, by=person(who), now=now)


def tell(
    who: str = "li_lei",
    *,
    to: str = "chen_manager",
    by: str = "",
    told_at: dt.datetime | None = None,
    now: dt.datetime = NOW,
    what: str = "突发高烧，去医院",
    **given: Any,
) -> Leave:
    given.setdefault("kind", "sick")
    given.setdefault("first", MONDAY)
    return asking.tell_leave(
        asked=asked(**given),
        employee_id=person(who).pk,
        told=Told(told_at or now - 10 * MINUTE, person(to).pk, what),
        by=person(by or to),
        now=now,
    )


def run_of(leave: Leave) -> Run:
    return Run.objects.filter(subject_type="leave", subject_id=str(leave.pk)).latest("pk")


def agree(leave: Leave, who: str = "chen_manager", *, now: dt.datetime = NOW) -> Leave:
    approvals.approve(run_id=run_of(leave).pk, by=person(who), now=now)
    leave.refresh_from_db()
    return leave


def grant(who: str, kind: str, amount: int, *, year: int = 2026, expires_on: dt.date | None = None) -> None:
    BalanceMovement.objects.create(
        employee=person(who), kind=kind, year=year, sort="grant", amount=amount, expires_on=expires_on,
        clause="S2a", at=NOW,
    )  # fmt: skip


def shift(who: str, day: dt.date, *spans: tuple[str, str], meal: int = 0, code: str = "office") -> Shift:
    """A published shift; a span that ends before it begins goes on past midnight."""
    made = []
    for begin, end in spans:
        start, stop = local(day, begin), local(day, end)
        made.append((start, stop if stop > start else stop + DAY))
    return Shift.objects.create(
        employee=person(who), day=day, sort="work", code=code, starts_at=made[0][0], ends_at=made[-1][1],
        spans=made, meal=dt.timedelta(minutes=meal), origin="hand", version_id=1, made_at=NOW, published_at=NOW,
    )  # fmt: skip
