"""After his last day nobody covers anything, and nobody covers for the agents while he is none of them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.timezone import localtime

from attendance.models import HotlineSpan
from attendance.selectors import checks
from attendance.services.roster.hotline import name_holder
from attendance.services.roster.publishing import publish
from office.errors import Refused
from office.staff.models import Appointment
from tests.attendance.leaves import everybody
from tests.attendance.people.stage import leaves
from tests.attendance.plan import DAY, MONDAY, NOW, book, shift
from tests.people import LONG_AGO, person

pytestmark = pytest.mark.django_db
THURSDAY = MONDAY + 3 * DAY


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()
    everybody()


def night(who: str = "li_lei", first: dt.date = THURSDAY, last: dt.date = THURSDAY) -> list[HotlineSpan]:
    return name_holder(
        employee_id=person(who).pk, first_day=first, last_day=last, by=person("chen_manager"), now=NOW
    )


def gone(last_day: dt.date = MONDAY) -> None:
    leaves("li_lei", "同意", last_day=last_day, by_agreement=True, now=NOW)


def missing(day: dt.date = THURSDAY) -> set[str]:
    return {hole.kind for hole in checks.holes(day, day, NOW)}


def agents(day: dt.date = THURSDAY) -> list[str]:
    found = [hole for hole in checks.holes(day, day, NOW) if hole.kind == "agents"]
    return [f"{localtime(hole.starts_at):%H:%M}-{localtime(hole.ends_at):%H:%M}" for hole in found]


@pytest.mark.clause("S6", "C9.1", "C9.3")
def test_drafts_after_the_last_day_are_holes_and_are_not_published() -> None:
    shift(person("li_lei"), THURSDAY, published=False)
    night(first=THURSDAY - DAY)
    assert missing() == set()
    gone()
    assert missing() == {"agents", "hotline"}
    with pytest.raises(Refused) as refused:
        publish(first_day=THURSDAY, last_day=THURSDAY, by=person("chen_manager"), now=NOW, reason="试行")
    assert (refused.value.code, refused.value.clause) == ("gone", "S6")
    assert "李雷 12-03" in str(refused.value)


@pytest.mark.clause("S6", "C9.3")
def test_nobody_is_named_for_a_night_that_reaches_past_his_last_day() -> None:
    gone()
    assert night(first=MONDAY - DAY, last=MONDAY - DAY)
    for first in (MONDAY, MONDAY - DAY):
        with pytest.raises(Refused) as refused:
            night(first=first, last=MONDAY)
        assert refused.value.code == "gone"


@pytest.mark.clause("S6")
def test_a_shift_of_the_last_day_is_published() -> None:
    shift(person("li_lei"), MONDAY, published=False)
    gone()
    assert publish(
        first_day=MONDAY, last_day=MONDAY, by=person("chen_manager"), now=NOW, reason="只排早班"
    ).shifts


@pytest.mark.clause("C9.1")
def test_the_posts_of_the_day_itself_count() -> None:
    shift(person("li_lei"), THURSDAY, published=False)
    own = Appointment.objects.filter(employee=person("li_lei"))
    noon = dt.datetime.combine(THURSDAY, dt.time(12), tzinfo=NOW.tzinfo)
    own.update(during=(LONG_AGO, noon))
    assert agents() == ["12:00-18:10"]
    own.update(during=(noon, None))
    assert agents() == ["08:50-12:00"]


@pytest.mark.clause("J2", "C9.1")
def test_who_acts_for_an_agent_fills_the_hole() -> None:
    planner = person("he_planner")
    shift(planner, THURSDAY, published=False)
    assert agents() == ["08:50-18:10"]
    start = dt.datetime.combine(THURSDAY, dt.time(), tzinfo=NOW.tzinfo)
    Appointment.objects.create(
        employee=planner, position="service_agent", during=(start, start + DAY), acting=True
    )
    assert agents() == []
