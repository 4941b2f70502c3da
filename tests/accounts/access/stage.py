"""The hour, and grants brought about by whoever's turn it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Grant
from accounts.services import grants
from office.approvals import api as approvals
from office.approvals.models import Run
from office.rulebook import api as rulebook
from tests.people import everybody, person

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, tzinfo=ZONE)
TODAY, WEEK = date(2026, 11, 23), date(2026, 11, 30)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
#: What the cast's agents do not have, and no rule counts as special.
WORD = "catalog.export"


def mall(now: datetime = NOW) -> None:
    rulebook.activate_book(code="mall", starts_at=now, by=None, now=now)


def ask(who: str = "li_lei", word: str = WORD, *, by: str = "", now: datetime = NOW, **said: Any) -> Run:
    everybody()
    given: dict[str, Any] = {
        "first_day": timezone.localdate(now),
        "last_day": timezone.localdate(now) + 7 * DAY,
        "reason": "盘点时用",
        **said,
    }
    return grants.ask_grant(person_id=person(who).pk, word=word, by=person(by or who), now=now, **given)


def agree(run: Run, *deciders: str, now: datetime = NOW + MINUTE) -> Run:
    for who in deciders:
        approvals.approve(run_id=run.pk, by=person(who), now=now)
    run.refresh_from_db()
    return run


def carry_out(run: Run, who: str = "sun_admin", now: datetime = NOW + 2 * MINUTE) -> Run:
    approvals.execute(run_id=run.pk, by=person(who), now=now)
    run.refresh_from_db()
    return run


def granted(who: str = "li_lei", word: str = WORD, decider: str = "chen_manager", **said: Any) -> Grant:
    """Asked, agreed and carried out, within two minutes of NOW."""
    run = carry_out(agree(ask(who, word, **said), decider))
    return Grant.objects.get(run=run)
