"""Drafts become the roster."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.models import HotlineSpan, Publication, Shift, Unsettled
from attendance.selectors import checks
from attendance.services.roster.hotline import name_holder
from attendance.services.roster.laying import lay_out
from attendance.services.roster.publishing import publish
from attendance.services.roster.waivers import waive_rest
from office.audit.lawful import LawRefused
from office.errors import Conflict, Forbidden, Invalid, Refused
from office.notices.models import Notice
from tests.attendance.plan import DAY, MONDAY, NOW, agents, book, pattern, shift
from tests.people import person

pytestmark = pytest.mark.django_db
SUNDAY = MONDAY + 6 * DAY


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()


def published(reason: str = "", **more: dt.date) -> Publication:
    return publish(
        first_day=more.get("first", MONDAY),
        last_day=more.get("last", SUNDAY),
        by=person("chen_manager"),
        now=NOW,
        reason=reason,
    )


def whole_week() -> None:
    """Two agents early and late, another on Saturday, a fourth on Sunday, and somebody for every night."""
    people = agents(4)
    pattern(people[0], ["cs_early"] * 5 + ["", ""])
    pattern(people[1], ["cs_late"] * 5 + ["", ""])
    lay_out(first_day=MONDAY, last_day=SUNDAY, by=person("chen_manager"), now=NOW)
    shift(people[2], MONDAY + 5 * DAY, "weekend", published=False)
    shift(people[3], SUNDAY, "weekend", published=False)
    name_holder(
        employee_id=person("wang_supervisor").pk,
        first_day=MONDAY - DAY,
        last_day=SUNDAY,
        by=person("chen_manager"),
        now=NOW,
    )


@pytest.mark.clause("C9.1", "C9.3")
def test_holes_are_shown_before_publishing() -> None:
    pattern(person("li_lei"), ["cs_early"] * 5 + ["", ""])
    lay_out(first_day=MONDAY, last_day=SUNDAY, by=person("chen_manager"), now=NOW)
    found = checks.holes(MONDAY, SUNDAY, NOW)
    agents_ = [hole for hole in found if hole.kind == "agents"]
    assert [f"{hole.starts_at:%d %H:%M}-{hole.ends_at:%H:%M}" for hole in agents_] == [
        "05 08:50-18:10",
        "06 08:50-18:10",
    ]
    assert sum(
        (hole.ends_at - hole.starts_at for hole in found if hole.kind == "hotline"), dt.timedelta()
    ) == (7 * dt.timedelta(hours=14, minutes=40))


def test_a_whole_week_is_published_without_a_word() -> None:
    whole_week()
    assert checks.holes(MONDAY, SUNDAY, NOW) == []
    made = published()
    assert (made.shifts, made.holes, made.reason) == (12, [], "")
    assert not Shift.objects.filter(published_at=None).exists()
    assert HotlineSpan.objects.filter(published_at=NOW).count() == 7
    assert Unsettled.objects.count() == 12
    told = set(Notice.objects.filter(kind="attendance.published").values_list("recipient__number", flat=True))
    assert {"A001", "A002", "A003", "A100", "S001"} == told
    with pytest.raises(Conflict):
        published()
    with pytest.raises(LawRefused):
        made.delete()


def test_holes_need_a_reason() -> None:
    shift(person("li_lei"), MONDAY, published=False)
    with pytest.raises(Refused) as refused:
        published()
    assert refused.value.code == "holes"
    assert refused.value.params["holes"]
    made = published("周末由外包客服接听")
    assert made.holes
    assert made.reason == "周末由外包客服接听"


@pytest.mark.clause("S1d")
def test_a_week_without_rest_is_refused_whatever_the_reason() -> None:
    for n in range(7):
        shift(person("li_lei"), MONDAY + n * DAY, published=False)
    with pytest.raises(Refused) as refused:
        published("忙")
    assert refused.value.code == "no_rest"
    assert refused.value.clause == "S1d"
    assert "李雷" in str(refused.value.message)


@pytest.mark.clause("S1d")
def test_the_rest_counts_over_the_whole_week_that_a_range_touches() -> None:
    for n in range(6):
        shift(person("li_lei"), MONDAY + n * DAY)
    shift(person("li_lei"), SUNDAY, published=False)
    with pytest.raises(Refused):
        published("忙", first=SUNDAY)


@pytest.mark.clause("S7", "S1d")
def test_everybody_gave_up_the_rest() -> None:
    for n in range(7):
        shift(person("li_lei"), MONDAY + n * DAY, published=False)
    waive_rest(first_day=SUNDAY, last_day=SUNDAY, reason="双十二备货", by=person("chen_manager"), now=NOW)
    assert published("值班缺口另行安排").shifts == 7


def test_refusals() -> None:
    with pytest.raises(Forbidden):
        publish(first_day=MONDAY, last_day=SUNDAY, by=person("li_lei"), now=NOW)
    with pytest.raises(Invalid):
        published(first=NOW.date() - 9 * DAY, last=NOW.date() - DAY)
    with pytest.raises(Invalid):
        published(first=SUNDAY, last=MONDAY)


@pytest.mark.clause("M7.3")
def test_the_duty_posts_of_the_mall_are_covered_or_holes() -> None:
    from office.rulebook import api as rulebook

    rulebook.activate_book(code="mall", starts_at=NOW, by=None, now=NOW - DAY)
    shift(person("gao_section"), MONDAY, "office", published=False)
    shift(person("gao_section"), MONDAY, "head_office", published=False)
    found = checks.holes(MONDAY, MONDAY, NOW)
    assert [(hole.kind, hole.code) for hole in found if hole.kind == "duty"] == [("duty", "restaurant")]
