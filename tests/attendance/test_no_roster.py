"""A day without a shift is a day of rest only for who is on a roster in that week; otherwise nothing is said of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from attendance.rules.shifts import monday
from attendance.selectors.grid import grid
from attendance.selectors.rostered import rostered_weeks
from tests.attendance.plan import DAY, book, shift
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
THIS = monday(timezone.localdate())


@pytest.fixture(autouse=True)
def _world() -> None:
    book()
    shift(person("li_lei"), THIS + DAY)
    shift(person("han_meimei"), THIS + DAY, published=False)


def cells(*, plans: bool) -> dict[str, list[bool]]:
    people = [person(who) for who in ("li_lei", "han_meimei", "zheng_designer")]
    found = grid(people, THIS, THIS + 7 * DAY, timezone.now(), plans=plans)
    return {row.person.name: [cell.rostered for cell in row.cells] for row in found.rows}


def test_a_week_with_a_shift_is_a_roster_the_next_one_is_not() -> None:
    assert cells(plans=False) == {
        "李雷": [True] * 7 + [False], "韩梅梅": [False] * 8, "郑设计": [False] * 8,
    }  # fmt: skip
    assert cells(plans=True)["韩梅梅"] == [True] * 7 + [False]


def test_of_one_day_alone_the_whole_week_is_looked_at() -> None:
    sunday = THIS + timedelta(days=6)
    assert rostered_weeks([person("li_lei").pk], sunday, sunday) == {(person("li_lei").pk, THIS)}
    assert rostered_weeks([person("li_lei").pk], sunday + DAY, sunday + DAY) == set()


def test_the_pages_say_so() -> None:
    browser = signed_in("chen_manager")
    page = browser.get(
        reverse("attendance:roster"), {"view": "week", "day": THIS.isoformat()}
    ).content.decode()
    assert 'class="shift rest"' in page
    assert 'class="shift none" title="本周没有排班"' in page
    for who, said in (("li_lei", "没有班次，休息"), ("zheng_designer", "没有班次，本周也没有排班")):
        given: dict[str, str | int] = {
            "person": person(who).pk,
            "at": THIS.isoformat(),
            "view": "week",
            "day": THIS.isoformat(),
        }
        assert said in browser.get(reverse("attendance:cell"), given).content.decode()
    for who, said in (("li_lei", "无班次，休息日"), ("zheng_designer", "无班次，本周没有排班")):
        day = reverse("attendance:day", args=[person(who).pk, THIS.isoformat()])
        assert said in browser.get(day).content.decode()
