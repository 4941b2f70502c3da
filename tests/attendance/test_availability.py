"""Who is at work, as the engines ask."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.selectors.availability import at_work
from office.staff import api as staff
from tests.attendance.plan import DAY, NOW, book, shift
from tests.people import person

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()


def test_without_a_roster_the_switch_alone_decides() -> None:
    staff.start_duty(by=person("li_lei"), now=NOW)
    assert staff.on_duty("service_agent", NOW) == [person("li_lei")]


def test_outside_ones_published_shift_one_is_not_at_work() -> None:
    shift(person("li_lei"), TODAY, "cs_late")
    ids = [person("li_lei").pk]
    assert at_work(ids, NOW) == set()
    assert at_work(ids, NOW.replace(hour=14)) == set(ids)
    assert at_work(ids, NOW.replace(hour=23, minute=30)) == set()
    assert at_work(ids, NOW + DAY) == set(ids)
    staff.start_duty(by=person("li_lei"), now=NOW)
    assert staff.on_duty("service_agent", NOW) == []
    assert staff.is_on_duty(person("li_lei"))


def test_a_draft_says_nothing() -> None:
    shift(person("li_lei"), TODAY, "cs_late", published=False)
    assert at_work([person("li_lei").pk], NOW) == {person("li_lei").pk}


def test_the_break_of_a_split_day_is_not_at_work() -> None:
    shift(person("zheng_designer"), TODAY, "office")
    ids = [person("zheng_designer").pk]
    assert at_work(ids, NOW.replace(hour=12, minute=0)) == set()
    assert at_work(ids, NOW.replace(hour=12, minute=30)) == set(ids)


def test_nobody_asks_nothing(django_assert_num_queries: object) -> None:
    assert at_work([], NOW + dt.timedelta(hours=1)) == set()
