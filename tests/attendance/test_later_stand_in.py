"""Who stands in is named anew after the leave was agreed to (J2), and whoever counts on a stand-in that will not be
there himself is told."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import Leave, StandInNaming
from attendance.selectors.leave_pages import leave_page
from attendance.selectors.stand_ins import candidates, coverage_of
from attendance.services import leave_ending, stand_ins
from office.errors import Conflict, Invalid, NotFound
from office.notices.kinds import text_of
from office.notices.models import Notice
from office.rulebook.calendar import ZONE
from office.staff import api as staff
from office.staff.models import Appointment, Employee
from tests.attendance.leaves import (
    DAY,
    FRIDAY,
    HOUR,
    NOW,
    THURSDAY,
    WEDNESDAY,
    agree,
    ask,
    everybody,
    local,
    tell,
)
from tests.attendance.people.stage import leaves
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("J2")]


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def agreed(deputy: str = "", first: dt.date = WEDNESDAY, last: dt.date = FRIDAY) -> Leave:
    """高栏目's leave, agreed to by 陈经理."""
    leave = ask("gao_section", first=first, last=last)
    if deputy:
        stand_ins.choose_deputy(
            leave_id=leave.pk, deputy_id=person(deputy).pk, by=person("chen_manager"), now=NOW
        )
    return agree(leave)


def name(leave: Leave, deputy: str, by: str = "chen_manager", now: dt.datetime = NOW) -> Leave:
    found = person(deputy).pk if deputy else None
    return stand_ins.name_stand_in(leave_id=leave.pk, deputy_id=found, by=person(by), now=now)


def acting(who: str, at: dt.datetime) -> bool:
    return "section_officer" in staff.positions_of(person(who), at)


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=f"attendance.{kind}").values_list("recipient__name", flat=True))


def test_where_nobody_stands_in_somebody_is_named_and_acts_for_the_rest_of_the_leave() -> None:
    leave = agreed()
    inside = local(THURSDAY, "10:00")
    name(leave, "zheng_designer", now=inside)
    held = Appointment.objects.get(employee=person("zheng_designer"), position="section_officer")
    assert held.acting
    assert (held.during.lower, held.during.upper) == (inside, local(FRIDAY + DAY))
    assert (told("stand_in"), told("stand_in_named")) == ({"郑设计"}, {"高栏目"})


def test_another_one_takes_the_place_of_the_first_and_nobody_of_the_second() -> None:
    leave = agreed("zheng_designer")
    inside = local(THURSDAY, "10:00")
    name(leave, "he_planner", now=inside)
    assert not acting("zheng_designer", inside + HOUR)
    assert acting("he_planner", inside + HOUR)
    assert told("stand_in_over") == {"郑设计"}
    name(leave, "", now=inside + HOUR)
    assert not acting("he_planner", inside + 2 * HOUR)
    leave.refresh_from_db()
    assert (leave.deputy, told("stand_in_none")) == (None, {"高栏目"})
    name(leave, "zheng_designer", now=inside + 2 * HOUR)
    assert acting("zheng_designer", inside + 3 * HOUR)
    leave_ending.come_back(
        leave_id=leave.pk, back_at=inside + 4 * HOUR, by=person("chen_manager"), now=inside + 4 * HOUR
    )
    assert not acting("zheng_designer", inside + 4 * HOUR)


@pytest.mark.parametrize("by", ["gao_section", "zheng_designer", "li_lei", "he_planner"])
def test_only_who_decides_names_one_and_never_for_himself(by: str) -> None:
    with pytest.raises(NotFound):
        name(agreed(), "zheng_designer", by=by)


def test_only_who_may_stand_in_and_is_there_is_named() -> None:
    leave = agreed()
    agree(ask("zheng_designer", first=THURSDAY))
    for deputy, code in (("luo_buyer", "pair"), ("zheng_designer", "away")):
        with pytest.raises(Invalid) as refused:
            name(leave, deputy)
        assert refused.value.code == code
    name(leave, "zheng_designer", now=local(FRIDAY, "09:00"))  # his own leave is over by then
    with pytest.raises(NotFound):
        name(leave, "", now=local(FRIDAY + DAY))
    waiting = ask("gao_section", first=WEDNESDAY + 7 * DAY)
    with pytest.raises(NotFound):
        name(waiting, "zheng_designer")


@pytest.mark.clause("C13.2")
def test_a_post_of_power_is_given_by_two_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    leave = agreed()
    monkeypatch.setattr(
        "office.staff.second_person.sensitive_posts", lambda _at: frozenset({"section_officer"})
    )
    with pytest.raises(Conflict) as refused:
        name(leave, "zheng_designer")
    assert refused.value.code == "needs_second"
    assert not StandInNaming.objects.exists()


@pytest.mark.parametrize("why", ["leave", "telephone", "leaving"])
def test_whoever_counts_on_a_stand_in_is_told_that_he_will_be_away(why: str) -> None:
    leave = agreed("zheng_designer")
    if why == "leave":
        asked = ask("zheng_designer", first=THURSDAY)
        assert [each.pk for each in coverage_of(asked, NOW).stands_in_for] == [leave.pk]
        assert told("stand_in_away") == set()
        agree(asked)
    elif why == "telephone":
        tell("zheng_designer", first=THURSDAY, now=local(THURSDAY, "08:40"))
    else:
        leaves("zheng_designer", last_day=WEDNESDAY, by_agreement=True, comment="同意提前")
    assert told("stand_in_away") == {"高栏目", "陈经理"}
    (row,) = {
        text_of(each.kind, label="", clause="", params=each.params)
        for each in Notice.objects.filter(kind="attendance.stand_in_away")
    }
    assert "郑设计" in row
    assert "2026-11-26 0" in row
    page = leave_page(leave.pk, person("chen_manager"), NOW)
    assert [each[0].astimezone(ZONE).date() for each in page.deputy_gone] == [THURSDAY]
    assert "name-deputy" in page.acts
    name(leave, "he_planner", now=NOW)
    assert leave_page(leave.pk, person("chen_manager"), NOW).deputy_gone == ()


def test_a_leave_that_does_not_meet_it_tells_nobody() -> None:
    agreed("zheng_designer", last=WEDNESDAY)
    agree(ask("zheng_designer", first=THURSDAY))
    assert told("stand_in_away") == set()


def test_the_page_names_him_and_says_why_not() -> None:
    soon, ahead = timezone.now(), timezone.localdate() + 3 * DAY
    leave = ask("gao_section", now=soon, first=ahead, last=ahead + 7 * DAY)
    agree(leave, now=soon)
    manager, where = signed_in("chen_manager"), reverse("attendance:leave_deputy", args=[leave.pk])
    page = manager.get(reverse("attendance:leave", args=[leave.pk])).content.decode()
    assert f'value="{person("zheng_designer").pk}"' in page
    assert manager.post(where, {"deputy": person("luo_buyer").pk}).status_code == 422
    assert manager.post(where, {"deputy": person("zheng_designer").pk}).status_code == 302
    leave.refresh_from_db()
    assert leave.deputy == person("zheng_designer")
    assert signed_in("gao_section").post(where, {"deputy": ""}).status_code in (403, 409)
    assert signed_in("li_lei").post(where, {"deputy": ""}).status_code == 404


def test_the_database_takes_no_change_behind_a_naming() -> None:
    leave, zheng, chen = agreed(), person("zheng_designer"), person("chen_manager")

    def put(deputy: Employee | None, by: Employee | None) -> None:
        with transaction.atomic():
            Leave.objects.filter(pk=leave.pk).update(deputy=deputy, deputy_by=by)

    with pytest.raises(IntegrityError):
        put(zheng, chen)
    for deputy, by, at in (
        (zheng, person("gao_section"), NOW),
        (person("gao_section"), chen, NOW),
        (zheng, zheng, NOW),
        (zheng, chen, local(FRIDAY + DAY)),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            StandInNaming.objects.create(leave=leave, deputy=deputy, by=by, at=at)
    StandInNaming.objects.create(leave=leave, deputy=zheng, by=chen, at=NOW)
    with pytest.raises(IntegrityError):
        put(person("he_planner"), chen)
    with pytest.raises(IntegrityError):
        put(zheng, person("du_hr"))
    put(zheng, chen)


def test_of_a_leave_that_runs_who_was_away_before_is_there() -> None:
    leave = agreed()
    agree(ask("zheng_designer", first=WEDNESDAY))
    at = local(THURSDAY, "09:00")
    assert {each.person.name: each.away for each in candidates(leave, at)}["郑设计"] is False
    assert {each.person.name: each.away for each in candidates(leave, NOW)}["郑设计"] is True
