"""The bar at the top of every page names who has the hotline at that very instant (C9.3, M7.1)."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from attendance.models import HotlineSpan
from office.rulebook.calendar import ZONE
from office.staff.models import Employee
from tests.attendance import leaves
from tests.attendance.plan import NOW, book
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C9.3")]
EVENING, MORNING = NOW.replace(hour=18, minute=10), (NOW + dt.timedelta(days=1)).replace(hour=8, minute=50)
HAND_OVER = NOW.replace(hour=23)
INSTANT = dt.timedelta(microseconds=1)
BAR = re.compile(r'href="/attendance/hotline/" title="[^"]*">.*?<span>(.*?)</span></a>', re.DOTALL)


def night(who: Employee, start: dt.datetime, end: dt.datetime) -> None:
    HotlineSpan.objects.create(employee=who, starts_at=start, ends_at=end, made_at=NOW, published_at=NOW)


@pytest.fixture(autouse=True)
def nights(db: None) -> None:
    book()
    person("wang_supervisor")
    night(person("han_meimei"), EVENING, HAND_OVER)
    night(person("wu_clerk"), HAND_OVER, MORNING)


def said(at: dt.datetime, where: str = "/") -> str:
    with time_machine.travel(at.astimezone(ZONE), tick=False):
        page = signed_in("li_lei").get(where, follow=True).content.decode()
    found = BAR.search(page)
    assert found is not None, where
    return unescape(found[1]).strip()


@pytest.mark.parametrize(
    ("at", "name"),
    [
        (EVENING - INSTANT, "客服台"),
        (EVENING, "韩梅梅"),
        (HAND_OVER - INSTANT, "韩梅梅"),
        (HAND_OVER, "吴文员"),
        (MORNING - INSTANT, "吴文员"),
        (MORNING, "客服台"),
        (EVENING + dt.timedelta(days=1), "王主管"),
    ],
)
def test_the_name_changes_at_the_instant_of_the_hand_over(at: dt.datetime, name: str) -> None:
    assert said(at) == name


def test_every_page_of_the_menu_says_it() -> None:
    with time_machine.travel(HAND_OVER, tick=False):
        menu = signed_in("li_lei").get("/").content.decode().partition('id="side"')[2].partition("</nav>")[0]
    pages = sorted(set(re.findall(r'href="(/[^"#?]*)"', menu)))
    assert len(pages) > 10
    for where in pages:
        assert (where, said(HAND_OVER - INSTANT, where)) == (where, "韩梅梅")
        assert (where, said(HAND_OVER, where)) == (where, "吴文员")


def test_a_leave_hands_it_over_too() -> None:
    leaves.everybody()
    leaves.agree(leaves.ask("han_meimei", now=NOW, first=EVENING.date() + dt.timedelta(days=2)), now=NOW)
    start = EVENING + dt.timedelta(days=1)
    night(person("han_meimei"), start, MORNING + dt.timedelta(days=1))
    midnight = (EVENING + dt.timedelta(days=2)).replace(hour=0, minute=0)
    assert said(start) == "韩梅梅"
    assert said(midnight - INSTANT) == "韩梅梅"
    assert said(midnight) == "王主管"


def test_a_page_and_the_page_of_the_hotline_agree() -> None:
    with time_machine.travel(HAND_OVER, tick=False):
        whole = signed_in("li_lei").get(reverse("attendance:hotline_now")).json()
    assert whole["name"] == said(HAND_OVER) == "吴文员"
