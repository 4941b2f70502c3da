"""Who is on leave is not there: holes and doubts of a roster before it is published, and the hotline."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from attendance.models import Leave
from attendance.selectors import checks, hotline
from attendance.selectors.checks import Hole, holes_and_doubts
from attendance.selectors.grid import grid
from attendance.services.roster.hotline import name_holder
from attendance.services.roster.publishing import publish
from office.errors import Refused
from office.rulebook import api as rulebook
from tests.attendance import leaves
from tests.attendance.plan import DAY, MONDAY, NOW, book, shift
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
NIGHT = dt.datetime.combine(MONDAY, dt.time(22), tzinfo=NOW.tzinfo)


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()
    leaves.everybody()


def asked(who: str = "li_lei") -> Leave:
    return leaves.ask(who, now=NOW, first=MONDAY)


def agents_missing() -> list[str]:
    return [
        f"{timezone.localtime(hole.starts_at):%H:%M}-{timezone.localtime(hole.ends_at):%H:%M}"
        for hole in checks.holes(MONDAY, MONDAY, NOW)
        if hole.kind == "agents"
    ]


def night(who: str) -> None:
    name_holder(
        employee_id=person(who).pk,
        first_day=MONDAY - DAY,
        last_day=MONDAY,
        by=person("chen_manager"),
        now=NOW,
    )


@pytest.mark.clause("C9.1")
def test_who_is_on_leave_is_not_there() -> None:
    shift(person("li_lei"), MONDAY, published=False)
    assert agents_missing() == []
    leave = asked()
    assert agents_missing() == []
    leaves.agree(leave, now=NOW)
    assert agents_missing() == ["08:50-18:10"]
    with pytest.raises(Refused) as refused:
        publish(first_day=MONDAY, last_day=MONDAY, by=person("chen_manager"), now=NOW)
    assert refused.value.code == "holes"


@pytest.mark.clause("C9.1", "S2c")
def test_so_is_who_told_it_by_telephone_and_a_colleague_covers_the_rest() -> None:
    morning = dt.datetime.combine(MONDAY, dt.time(7), tzinfo=NOW.tzinfo)
    shift(person("li_lei"), MONDAY)
    shift(person("han_meimei"), MONDAY, "cs_late")
    leaves.tell("li_lei", now=morning, first=MONDAY)
    assert agents_missing() == ["08:50-13:30"]


@pytest.mark.clause("C9.1")
def test_leave_that_waits_is_a_doubt_and_stands_in_no_way() -> None:
    shift(person("li_lei"), MONDAY, published=False)
    night("li_lei")
    asked()
    found, doubts = holes_and_doubts(MONDAY, MONDAY, NOW)
    assert found == []
    assert {(each.hole.kind, each.employee_ids) for each in doubts} == {
        ("agents", (person("li_lei").pk,)),
        ("hotline", (person("li_lei").pk,)),
    }
    assert publish(first_day=MONDAY, last_day=MONDAY, by=person("chen_manager"), now=NOW).holes == []


@pytest.mark.clause("M7.3")
def test_a_duty_of_who_is_on_leave_is_a_hole() -> None:
    rulebook.activate_book(code="mall", starts_at=NOW, by=None, now=NOW - DAY)
    shift(person("gao_section"), MONDAY, "head_office")
    shift(person("zheng_designer"), MONDAY, "restaurant")

    def duties() -> list[Hole]:
        return [each for each in checks.holes(MONDAY, MONDAY, NOW) if each.kind == "duty"]

    assert duties() == []
    leaves.agree(asked("gao_section"), now=NOW)
    assert [each.code for each in duties()] == ["head_office"]


@pytest.mark.clause("C9.3")
def test_a_night_of_who_is_on_leave_is_a_hole_and_the_supervisor_has_it() -> None:
    night("han_meimei")
    shift(person("li_lei"), MONDAY, published=False)
    publish(first_day=MONDAY - DAY, last_day=MONDAY, by=person("chen_manager"), now=NOW, reason="试行")
    assert hotline.holder(NIGHT).people == (person("han_meimei"),)
    leaves.agree(asked("han_meimei"), now=NOW)
    before = NIGHT - dt.timedelta(hours=23)
    assert hotline.holder(before).until == dt.datetime.combine(MONDAY, dt.time(0), tzinfo=NOW.tzinfo)
    found = hotline.holder(NIGHT)
    assert (found.people, found.by_roster) == ((person("wang_supervisor"),), False)
    assert hotline.name_now(rulebook.book(NIGHT), NIGHT) == "王主管"
    missing = [each for each in checks.holes(MONDAY, MONDAY, NOW) if each.kind == "hotline"]
    assert [(f"{each.starts_at:%d %H:%M}", f"{each.ends_at:%d %H:%M}") for each in missing] == [
        ("30 00:00", "30 08:50"),
        ("30 18:10", "01 00:00"),
    ]


def test_the_planner_sees_who_is_away_and_colleagues_do_not() -> None:
    shift(person("li_lei"), MONDAY)
    shift(person("han_meimei"), MONDAY)
    leaves.agree(asked(), now=NOW)
    asked("han_meimei")
    li, han = person("li_lei"), person("han_meimei")
    seen = grid([li, han], MONDAY, MONDAY, NOW, plans=True)
    assert [row.cells[0].away for row in seen.rows] == ["leave", "asked"]
    assert {row.cells[0].away for row in grid([li, han], MONDAY, MONDAY, NOW, plans=False).rows} == {""}
    page = signed_in("chen_manager").get(f"/attendance/roster/?day={MONDAY}").content.decode()
    assert "请假待审批" in page
    cell = f"/attendance/roster/cell/?person={li.pk}&at={MONDAY}"
    assert "请假" in signed_in("chen_manager").get(cell).content.decode()
    own = signed_in("li_lei").get(f"/attendance/roster/person/{li.pk}/?day={MONDAY}").content.decode()
    assert "shift-line away" in own
    others = signed_in("han_meimei").get(f"/attendance/roster/person/{li.pk}/?day={MONDAY}").content.decode()
    assert "shift-line away" not in others


def test_whose_leave_it_is_is_named_also_when_the_page_shows_others() -> None:
    shift(person("li_lei"), MONDAY)
    asked()
    seen = grid([person("zheng_designer")], MONDAY, MONDAY, NOW, plans=True)
    assert [names for doubt, names in seen.doubts if doubt.hole.kind == "agents"] == ["李雷"]
