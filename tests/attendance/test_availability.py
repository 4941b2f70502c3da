"""Who is at work, as the engines ask."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from pytest_django import DjangoAssertNumQueries

from attendance.selectors.availability import at_work
from attendance.services.roster import laying
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


def test_who_is_at_work_takes_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    shift(person("li_lei"), TODAY, "cs_late")
    ids = [person(name).pk for name in ("li_lei", "han_meimei", "zheng_designer")]
    with django_assert_num_queries(1):
        assert at_work(ids, NOW) == set(ids[1:])


def test_a_shift_of_yesterday_that_reaches_into_today_is_at_work() -> None:
    li_lei, begun = person("li_lei"), NOW.replace(hour=22, minute=0)
    night = laying.build(employee_id=li_lei.pk, day=TODAY, code="cs_late", origin="hand", by=None, now=NOW)
    night.spans = [DateTimeTZRange(begun, begun + dt.timedelta(hours=8))]
    night.published_at = NOW
    night.save()
    shift(li_lei, TODAY + DAY, "cs_late")
    assert at_work([li_lei.pk], NOW.replace(hour=2) + DAY) == {li_lei.pk}
    assert at_work([li_lei.pk], NOW.replace(hour=7) + DAY) == set()
