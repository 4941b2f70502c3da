"""Coming and leaving: what its tests begin with."""

from __future__ import annotations

import datetime as dt
from typing import Any

from attendance.models import Leaving
from attendance.services import leaving
from office.approvals import api as approvals
from office.approvals.models import Seat
from office.approvals.selectors import people
from office.rulebook import api as rulebook
from office.staff.models import Employee
from tests.people import CAST, person

#: Monday 2026-11-23, 10:00 in Shanghai.
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def everybody() -> None:
    """The whole cast is there, so that no post is stuck."""
    for who in CAST:
        person(who)


def mall() -> None:
    """From now on the mall's book is in force."""
    rulebook.activate_book(code="mall", starts_at=NOW - DAY, by=None, now=NOW - 2 * DAY)


def decider(run: approvals.Run, at: dt.datetime) -> Employee:
    posts = people.posts_at(rulebook.book(at).superiors, at)
    for seat in Seat.objects.filter(run=run, state=Seat.State.ACTIVE).order_by("id"):
        held = {seat.person_id} if seat.person_id else posts.others(seat.position, run.requester_id)
        for each in sorted(one for one in held if one):
            return Employee.objects.get(pk=each)
    raise LookupError(f"nobody decides on {run}")


def agree(run: approvals.Run, *, at: dt.datetime = NOW + HOUR, comment: str = "") -> approvals.Run:
    """Everybody who is asked agrees, one after the other."""
    while run.state == approvals.Run.State.RUNNING:
        run = approvals.approve(run_id=run.pk, by=decider(run, at), now=at, comment=comment)
        at += MINUTE
    return run


def resign(who: str = "li_lei", **given: Any) -> approvals.Run:
    fields: dict[str, Any] = {
        "last_day": dt.date(2026, 12, 23), "reason": "回老家", "contract_clause": "", "now": NOW, **given
    }  # fmt: skip
    return leaving.resign(by=person(who), **fields)


def leaves(who: str = "li_lei", comment: str = "", **given: Any) -> Leaving:
    """A resignation that everybody has agreed to."""
    run = agree(resign(who, **given), comment=comment)
    return Leaving.objects.get(run=run)
