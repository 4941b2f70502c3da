"""A range is laid out from the patterns."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.models import Shift
from attendance.services.roster.laying import lay_out, set_shift
from office.errors import Forbidden, Invalid
from office.rulebook import api as rulebook
from tests.attendance.plan import DAY, EARLY, LATE, MONDAY, NOW, OFFICE, book, pattern, shift
from tests.people import person

pytestmark = pytest.mark.django_db
SUNDAY = MONDAY + 6 * DAY


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()


def laid(first: dt.date = MONDAY, last: dt.date = SUNDAY, by: str = "chen_manager") -> list[tuple[str, str]]:
    lay_out(first_day=first, last_day=last, by=person(by), now=NOW)
    return [(f"{each.day:%m-%d}", each.code) for each in Shift.objects.order_by("day", "pk")]


def test_a_week_from_a_pattern() -> None:
    pattern(person("li_lei"), EARLY)
    assert laid() == [(f"{MONDAY + n * DAY:%m-%d}", "cs_early") for n in range(5)]
    first = Shift.objects.order_by("day").first()
    assert first is not None
    assert (first.published_at, first.meal, first.origin) == (None, dt.timedelta(hours=1), "pattern")


def test_laying_out_again_changes_nothing_and_follows_a_new_pattern() -> None:
    pattern(person("li_lei"), EARLY)
    once = laid()
    assert laid() == once
    pattern(person("li_lei"), LATE, MONDAY + 2 * DAY)
    assert [code for _day, code in laid()] == ["cs_early"] * 2 + ["cs_late"] * 3


def test_what_was_published_or_set_by_hand_stays() -> None:
    pattern(person("li_lei"), EARLY)
    set_shift(employee_id=person("li_lei").pk, day=MONDAY, code="cs_late", by=person("chen_manager"), now=NOW)
    shift(person("li_lei"), MONDAY + DAY, "cs_late")
    assert [code for _day, code in laid()] == ["cs_late", "cs_late", "cs_early", "cs_early", "cs_early"]


def test_a_shift_that_would_meet_the_one_before_is_left_out() -> None:
    pattern(person("li_lei"), ["cs_early"])
    shift(person("li_lei"), MONDAY, "cs_late")
    assert len(laid(MONDAY, MONDAY + DAY)) == 2


def test_office_rests_on_a_holiday_and_works_on_a_make_up_day() -> None:
    day = dt.date(2026, 12, 1)
    rulebook.set_day(day=day, kind="off", name="店庆", source="通知", by=person("du_hr"), now=NOW)
    rulebook.set_day(
        day=dt.date(2026, 12, 5), kind="work", name="补班", source="通知", by=person("du_hr"), now=NOW
    )
    pattern(person("zheng_designer"), OFFICE)
    pattern(person("li_lei"), EARLY)
    laid()
    office = Shift.objects.filter(code="office").order_by("day")
    assert [each.day.day for each in office] == [30, 2, 3, 4, 5]
    assert Shift.objects.filter(code="cs_early", day=day).exists()


def test_only_planners_lay_out_and_not_the_past() -> None:
    with pytest.raises(Forbidden):
        laid(by="li_lei")
    with pytest.raises(Invalid):
        laid(NOW.date() - DAY, MONDAY)
    with pytest.raises(Invalid):
        laid(MONDAY, MONDAY - DAY)
    with pytest.raises(Invalid):
        laid(MONDAY, MONDAY + 100 * DAY)


def test_only_some_people() -> None:
    pattern(person("li_lei"), EARLY)
    pattern(person("han_meimei"), LATE)
    count = lay_out(
        first_day=MONDAY,
        last_day=SUNDAY,
        by=person("chen_manager"),
        now=NOW,
        employee_ids=[person("li_lei").pk],
    )
    assert (count, Shift.objects.filter(employee=person("han_meimei")).count()) == (5, 0)
