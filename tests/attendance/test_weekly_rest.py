"""The week's rest: of service staff one of the weekend's days (S1d), of office staff both (S7)."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.models import Shift
from attendance.selectors import checks
from attendance.services.roster.laying import set_shift
from attendance.services.roster.publishing import publish
from attendance.services.roster.waivers import waive_rest
from office.errors import Refused
from office.rulebook import api as rulebook
from office.staff.models import Employee
from tests.attendance.leaves import everybody
from tests.attendance.plan import DAY, MONDAY, NOW, book, shift
from tests.people import person

pytestmark = pytest.mark.django_db
SATURDAY, SUNDAY = MONDAY + 5 * DAY, MONDAY + 6 * DAY


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()
    everybody()


def weekdays(who: Employee, code: str) -> None:
    for n in range(5):
        shift(who, MONDAY + n * DAY, code, published=False)


def night(who: Employee, day: dt.date) -> Shift:
    """From 22:00 until 10:00 of the next day."""
    begin = dt.datetime.combine(day, dt.time(22), tzinfo=NOW.tzinfo)
    end = begin + dt.timedelta(hours=12)
    return Shift.objects.create(
        employee=who, day=day, sort="work", code="night", starts_at=begin, ends_at=end, spans=[(begin, end)],
        meal=dt.timedelta(), origin="hand", version_id=1, made_at=NOW,
    )  # fmt: skip


def clauses() -> list[tuple[str, str]]:
    names = dict(Employee.objects.values_list("pk", "name"))
    return [(names[each.employee_id], each.clause) for each in checks.restless(MONDAY, SUNDAY, NOW)]


@pytest.mark.clause("S1d")
def test_a_night_shift_into_sunday_takes_both_days() -> None:
    weekdays(person("li_lei"), "cs_late")
    night(person("li_lei"), SATURDAY)
    assert clauses() == [("李雷", "S1d")]
    with pytest.raises(Refused) as refused:
        publish(first_day=MONDAY, last_day=SUNDAY, by=person("chen_manager"), now=NOW, reason="忙")
    assert (refused.value.code, refused.value.clause) == ("no_rest", "S1d")


@pytest.mark.clause("S1d")
def test_a_night_shift_of_the_sunday_before_takes_no_rest_of_this_week() -> None:
    night(person("li_lei"), MONDAY - DAY)
    shift(person("li_lei"), SATURDAY, published=False)
    assert clauses() == []


@pytest.mark.clause("S7")
def test_office_staff_rest_on_both_days_unless_everybody_gives_up_rest() -> None:
    weekdays(person("zheng_designer"), "office")
    shift(person("zheng_designer"), SATURDAY, "cs_early", published=False)
    assert clauses() == [("郑设计", "S7")]
    with pytest.raises(Refused) as refused:
        publish(first_day=MONDAY, last_day=SUNDAY, by=person("chen_manager"), now=NOW, reason="忙")
    assert (refused.value.code, refused.value.clause) == ("no_rest", "S7")
    waive_rest(first_day=SUNDAY, last_day=SUNDAY, reason="上新", by=person("chen_manager"), now=NOW)
    assert clauses() == [("郑设计", "S7")]
    waive_rest(first_day=SATURDAY, last_day=SATURDAY, reason="上新", by=person("chen_manager"), now=NOW)
    assert clauses() == []


@pytest.mark.clause("S7")
def test_a_change_of_a_published_saturday_is_refused_too() -> None:
    shift(person("han_meimei"), SATURDAY, published=False)
    publish(first_day=SATURDAY, last_day=SATURDAY, by=person("chen_manager"), now=NOW, reason="试行")
    with pytest.raises(Refused) as refused:
        set_shift(
            employee_id=person("zheng_designer").pk, day=SATURDAY, code="cs_early", by=person("chen_manager"), now=NOW,
            reason="赶稿",
        )  # fmt: skip
    assert refused.value.clause == "S7"


@pytest.mark.clause("S1d", "C9.2")
def test_service_staff_and_who_acts_for_them_keep_one_day() -> None:
    weekdays(person("wu_clerk"), "office")
    shift(person("wu_clerk"), SATURDAY, "weekend", published=False)
    assert clauses() == []


@pytest.mark.clause("S7")
def test_a_day_that_is_made_up_for_is_a_working_day() -> None:
    saturday = dt.date(2026, 10, 10)
    shift(person("zheng_designer"), saturday, "office", published=False)
    assert checks.restless(saturday, saturday, NOW) == []


@pytest.mark.clause("M7.3", "S7")
def test_the_sunday_duty_of_the_mall_leaves_one_day() -> None:
    rulebook.activate_book(code="mall", starts_at=NOW, by=None, now=NOW - DAY)
    officer = person("gao_section")
    weekdays(officer, "office")
    shift(officer, SUNDAY, "head_office_sunday", published=False)
    assert clauses() == []
    shift(officer, SATURDAY, "restaurant", published=False)
    assert clauses() == [("高栏目", "S1d")]
