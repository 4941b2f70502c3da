"""What is fair stays fair: a change of a cell, a swap, a night named by hand or a publication that gives somebody more
turns than the rulebook allows is warned of, with person, count, least, window and clause (C9.2, M7.2, C9.3)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import Publication, Shift
from attendance.rules.shifts import monday
from attendance.selectors.fairness import if_any_set, if_set, unfair, unfair_by_drafts
from attendance.services.roster import laying
from attendance.services.roster.hotline import name_holder
from attendance.services.roster.publishing import publish
from office.approvals import api as approvals
from office.errors import Refused
from office.staff.models import Employee
from tests.attendance.plan import DAY, MONDAY, NOW, agents, book, shift
from tests.attendance.test_swap import agreed
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C9.2", "M7.2")]
WEEK = 7 * DAY


@pytest.fixture(autouse=True)
def people(db: None) -> list[Employee]:
    book()
    return agents()


def weekend(n: int, first: dt.date = MONDAY) -> tuple[dt.date, dt.date]:
    return first + n * WEEK + 5 * DAY, first + n * WEEK + 6 * DAY


def turns(people: list[Employee], weeks: int, *, published: bool = True, first: dt.date = MONDAY) -> None:
    """By turns: 1 and 2, 3 and 4, 5 and 6, 1 and 2 …"""
    for n in range(weeks):
        for d, day in enumerate(weekend(n, first)):
            shift(people[(2 * n + d) % 6], day, "weekend", published=published)


def test_turns_in_order_are_fair_and_weeks_that_are_not_planned_are_not_judged(
    people: list[Employee],
) -> None:
    turns(people, 8)
    assert unfair(MONDAY, MONDAY + 8 * WEEK, NOW) == []
    shift(people[1], weekend(8)[1], "weekend", published=False)
    assert unfair(MONDAY, MONDAY + 8 * WEEK, NOW) == []


def test_a_change_is_judged_before_it_is_made(people: list[Employee]) -> None:
    """Weeks 0 to 7 by turns: 1 and 2 have three, 3 to 6 have two or three. A fourth for the first is one too many."""
    turns(people, 8)
    one, five = people[0], people[4]
    saturday = weekend(5)[0]
    assert Shift.objects.get(day=saturday).employee == five
    Shift.objects.filter(day=saturday).update(removed_at=NOW, removed_reason="换人")
    found = if_set(one.pk, saturday, "weekend", NOW)
    assert [(each.name, each.turns, each.least, each.clause) for each in found] == [(one.name, 4, 1, "C9.2")]
    assert found[0].until - found[0].since == 8 * WEEK - DAY
    assert [code for code, _found in if_any_set(one.pk, saturday, ["", "weekend"], NOW)] == ["weekend"]
    assert if_set(five.pk, saturday, "weekend", NOW) == []
    assert if_set(one.pk, saturday - DAY, "cs_early", NOW) == []
    assert if_any_set(one.pk, saturday - DAY, ["cs_early"], NOW) == []


def test_taking_a_turn_away_can_be_unfair_to_others(people: list[Employee]) -> None:
    turns(people, 8)
    poor = Shift.objects.filter(employee=people[4])
    assert poor.count() == 2
    found = if_set(people[4].pk, poor.order_by("day")[0].day, "", NOW)
    assert {each.name for each in found} == {each.name for each in people[:4]}
    assert {(each.turns, each.least) for each in found} == {(3, 1)}


def test_the_panel_warns_and_the_page_names_it(people: list[Employee]) -> None:
    now = timezone.localdate()
    first = monday(now) - 7 * WEEK
    turns(people, 8, first=first)
    planner = signed_in("chen_manager")
    saturday = first + 8 * WEEK + 5 * DAY
    three = people[3]
    panel = planner.get(
        reverse("attendance:cell"), {"person": str(people[0].pk), "at": saturday.isoformat(), "view": "week"}
    ).content.decode()
    assert "若改为" not in panel
    for day in (saturday - WEEK, saturday - WEEK + DAY):
        Shift.objects.filter(day=day).update(removed_at=NOW, removed_reason="换人")
    data = {"person": str(three.pk), "at": (saturday - WEEK).isoformat(), "view": "week"}
    shift(three, saturday, "weekend", published=False)
    panel = planner.get(reverse("attendance:cell"), data).content.decode()
    assert "若改为“周末" in panel
    assert f"的 8 周内，{three.name}周末值班 4 次，最少的人 2 次" in panel
    shift(three, saturday - WEEK, "weekend", published=False)
    page = planner.get(
        reverse("attendance:roster"), {"view": "week", "day": saturday.isoformat()}
    ).content.decode()
    assert "轮值不够公平" in page
    assert 'name="reason"' in page


def test_publishing_asks_for_a_reason_and_keeps_who_has_too_many(people: list[Employee]) -> None:
    turns(people, 8)
    first = MONDAY + 8 * WEEK
    shift(people[4], weekend(8)[0], "weekend", published=False)
    shift(people[5], weekend(8)[1], "weekend", published=False)
    cast = {"first_day": first, "last_day": first + 6 * DAY, "by": person("chen_manager"), "now": NOW}
    assert unfair_by_drafts(first, first + 6 * DAY, NOW) == []
    Shift.objects.filter(day=weekend(8)[0]).delete()
    shift(people[1], weekend(8)[0], "weekend", published=False)
    assert unfair_by_drafts(first, first + 6 * DAY, NOW) == [], "three, and the least is two"
    shift(people[1], weekend(9)[0], "weekend", published=False)
    planned = unfair_by_drafts(first, first + 13 * DAY, NOW)
    assert [(each.name, each.turns, each.least) for each in planned] == [(people[1].name, 4, 2)]
    cast["last_day"] = first + 13 * DAY
    with pytest.raises(Refused) as refused, transaction.atomic():
        publish(**cast)  # type: ignore[arg-type]
    assert refused.value.code == "holes"
    made = publish(**cast, reason="其余同事培训")  # type: ignore[arg-type]
    assert made.unfair[0][2:5] == [people[1].name, 4, 2]
    assert [each.caused for each in unfair(first, first + 13 * DAY, NOW)] == [False]


def test_an_unfair_publication_without_holes_is_refused_too(
    people: list[Employee], monkeypatch: pytest.MonkeyPatch
) -> None:
    from attendance.services.roster import publishing

    monkeypatch.setattr(publishing, "holes", lambda *_days: [])
    for n in range(2):
        shift(people[1], weekend(n)[0], "weekend", published=False)
    cast = {"first_day": MONDAY, "last_day": MONDAY + 13 * DAY, "by": person("chen_manager"), "now": NOW}
    with pytest.raises(Refused) as refused, transaction.atomic():
        publish(**cast)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.clause) == ("unfair", "C9.2")
    assert people[1].name in str(refused.value.message)
    publish(**cast, reason="试行")  # type: ignore[arg-type]
    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.create(
            first_day=MONDAY,
            last_day=MONDAY,
            shifts=0,
            unfair=[["weekend"]],
            by=person("chen_manager"),
            at=NOW,
        )


def test_a_draft_may_be_unfair_and_is_kept(people: list[Employee]) -> None:
    shift(people[0], weekend(0)[0], "weekend")
    made = laying.set_shift(
        employee_id=people[0].pk, day=weekend(1)[0], code="weekend", by=person("chen_manager"), now=NOW
    )
    assert made is not None
    assert [each.caused for each in unfair(MONDAY, MONDAY + 2 * WEEK, NOW)] == [True]


def test_who_approves_a_swap_sees_what_it_makes_unfair(people: list[Employee]) -> None:
    person("wang_supervisor")
    turns([people[0], people[2], people[1], *people[3:]], 8)
    swap = agreed(Shift.objects.get(day=weekend(3)[0]), None)
    run = approvals.Run.objects.get(pk=swap.run_id or 0)
    assert [(row[2], row[3], row[4], row[7]) for row in run.payload["unfair"]] == [
        (people[1].name, 4, 2, "C9.2")
    ]
    page = signed_in("wang_supervisor").get(reverse("approvals:run", args=[run.pk])).content.decode()
    assert f"{people[1].name}周末值班 4 次，最少的人 2 次" in page


@pytest.mark.clause("C9.3")
def test_nights_named_by_hand_are_judged_too(people: list[Employee]) -> None:
    today = timezone.localdate()
    by = person("chen_manager")
    name_holder(employee_id=people[0].pk, first_day=today, last_day=today + DAY, by=by, now=timezone.now())
    found = unfair(today, today + 7 * DAY, timezone.now(), ["hotline"])
    assert [(each.name, each.turns, each.least, each.clause) for each in found] == [
        (people[0].name, 2, 0, "C9.3")
    ]
    page = signed_in("chen_manager").get(reverse("attendance:hotline")).content.decode()
    assert f"{people[0].name}夜间热线 2 晚" in page
