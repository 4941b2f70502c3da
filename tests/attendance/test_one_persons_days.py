"""One person's calendar by day, week and month: his own, and a planner's, who changes a day where he sees it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from attendance.models import HotlineSpan, Shift
from attendance.rules.shifts import monday
from attendance.services.roster import laying
from office.rulebook.calendar import ZONE
from office.staff.models import Employee
from tests.attendance.plan import DAY, NOW, agents, book, shift
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def li(db: None) -> Employee:
    book()
    return agents()[0]


def next_tuesday() -> dt.date:
    return monday(timezone.localdate()) + 8 * DAY


def night(who: Employee, day: dt.date) -> HotlineSpan:
    start = dt.datetime.combine(day, dt.time(18, 10), tzinfo=ZONE)
    return HotlineSpan.objects.create(
        employee=who, starts_at=start, ends_at=start + dt.timedelta(hours=14), made_at=NOW, published_at=NOW
    )


def page(who: str, where: str, view: str, day: dt.date) -> str:
    answer = signed_in(who).get(where, {"view": view, "day": day.isoformat()})
    assert answer.status_code == 200
    return answer.content.decode()


def test_my_week_and_my_day_say_the_times_and_lead_on(li: Employee) -> None:
    day, where = next_tuesday(), reverse("attendance:mine")
    made, dark = shift(li, day), night(li, day + DAY)
    shift(li, day + 7 * DAY, "cs_late")
    week = page("li_lei", where, "week", day)
    assert week.count("<li data-kind") == 7
    assert "早班 08:30–18:30" in week
    assert "晚班" not in week.partition('class="items agenda"')[2].partition("</ol>")[0]
    assert reverse("attendance:why_shift", args=[made.pk]) in week
    assert f"{reverse('attendance:swaps')}?give={made.pk}" in week
    assert reverse("attendance:why_night", args=[dark.pk]) in week
    one = page("li_lei", where, "day", day)
    assert one.count("<li data-kind") == 1
    assert "早班 08:30–18:30" in one
    assert f"day={day - DAY}" in one
    assert "data-print" in one
    assert '<table class="month"' in page("li_lei", where, "month", day)
    assert "<li data-kind" in page("li_lei", where, "year", day), "what is not known is a week"


def test_a_colleague_sees_what_is_published_and_changes_nothing(li: Employee) -> None:
    day, where = next_tuesday(), reverse("attendance:person", args=[li.pk])
    shift(li, day, published=False)
    seen = page("han_meimei", where, "week", day)
    assert "早班" not in seen.partition('class="items agenda"')[2].partition("</ol>")[0]
    assert reverse("attendance:cell") not in seen
    assert reverse("attendance:why_shift", args=[Shift.objects.get().pk]) not in seen


@pytest.mark.parametrize("view", ["day", "week", "month"])
def test_a_colleagues_night_is_shown_and_not_asked_about(li: Employee, view: str) -> None:
    day, where = next_tuesday(), reverse("attendance:person", args=[li.pk])
    why = reverse("attendance:why_night", args=[night(li, day).pk])
    seen = page("han_meimei", where, view, day)
    assert "18:10" in seen
    assert why not in seen, "the answer would be that there is no such night"
    assert why in page("li_lei", where, view, day)


@pytest.mark.parametrize("view", ["day", "week", "month"])
def test_a_planner_changes_a_day_where_he_sees_it(li: Employee, view: str) -> None:
    day, where = next_tuesday(), reverse("attendance:person", args=[li.pk])
    planner = signed_in("chen_manager")
    assert f"{reverse('attendance:cell')}?page=person" in page("chen_manager", where, view, day)
    opened = planner.get(
        where, {"view": view, "day": day.isoformat(), "at": day.isoformat()}
    ).content.decode()
    assert 'name="page" value="person"' in opened
    assert f"{where}?view={view}" in opened
    data = {
        "page": "person",
        "person": str(li.pk),
        "view": view,
        "day": day.isoformat(),
        "at": day.isoformat(),
    }
    panel = planner.get(reverse("attendance:cell"), data).content.decode()
    assert 'name="page" value="person"' in panel
    answer = planner.post(reverse("attendance:cell"), data | {"code": "cs_late"})
    assert answer.headers["Location"].startswith(f"{where}?view={view}&day={day}")
    assert Shift.objects.get().code == "cs_late"
    assert "晚班" in planner.get(answer.headers["Location"]).content.decode()


def test_what_is_refused_is_said_on_the_persons_page_with_what_was_typed(li: Employee) -> None:
    day = next_tuesday()
    shift(li, day)
    data = {
        "page": "person",
        "person": str(li.pk),
        "view": "week",
        "day": day.isoformat(),
        "at": day.isoformat(),
    }
    answer = signed_in("chen_manager").post(
        reverse("attendance:cell"), data | {"code": "cs_late", "reason": ""}
    )
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "请写明" in said
    assert 'id="cell-title"' in said
    assert "排班规律" in said, "his page, not the team's"


def test_odd_addresses_are_no_fault(li: Employee) -> None:
    where = reverse("attendance:person", args=[li.pk])
    planner = signed_in("chen_manager")
    for data in (
        {"day": "x"},
        {"view": "week", "day": "9999-12-31"},
        {"at": "x"},
        {"view": "<", "at": "2026-02-30"},
    ):
        assert planner.get(where, data).status_code in (200, 404)
    assert planner.get(reverse("attendance:cell"), {"page": "person"}).status_code == 200
    assert planner.post(reverse("attendance:cell"), {"page": "person", "at": "x"}).status_code in (404, 422)


def test_a_draft_of_the_pattern_is_marked(li: Employee) -> None:
    laying.set_shift(
        employee_id=li.pk, day=next_tuesday(), code="cs_early", by=person("chen_manager"), now=timezone.now()
    )
    assert "草稿" in page("chen_manager", reverse("attendance:person", args=[li.pk]), "week", next_tuesday())
