"""Who stands in during a leave (J2): chosen by the person or by who decides, appointed when it is agreed to."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.models import HotlineSpan, Leave, StandIn
from attendance.selectors.stand_ins import Candidate, candidates, coverage_of
from attendance.services import leave_ending, stand_ins
from office.approvals import api as approvals
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Appointment
from tests.attendance import plan
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
    run_of,
    shift,
    tell,
)
from tests.attendance.people.stage import leaves
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("J2")]


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def choose(leave: Leave, deputy: str, by: str = "chen_manager") -> Leave:
    return stand_ins.choose_deputy(leave_id=leave.pk, deputy_id=person(deputy).pk, by=person(by), now=NOW)


def test_only_who_the_rulebook_allows_or_who_shares_the_post() -> None:
    names = {each.person.name: each.acts_for for each in candidates(ask("gao_section"), NOW)}
    assert names == {
        "陈经理": ("section_officer",), "何策划": ("section_officer",), "郑设计": ("section_officer",),
    }  # fmt: skip
    shared = {each.person.name: each.shares for each in candidates(ask("li_lei"), NOW)}
    assert shared["韩梅梅"] == ("service_agent",)


def test_agreed_to_the_stand_in_acts_for_the_days_of_the_leave() -> None:
    leave = ask("gao_section", first=WEDNESDAY, last=THURSDAY)
    choose(leave, "zheng_designer")
    agree(leave)
    held = Appointment.objects.get(employee=person("zheng_designer"), position="section_officer")
    assert held.acting
    assert (held.during.lower, held.during.upper) == (local(WEDNESDAY), local(THURSDAY + DAY))
    assert StandIn.objects.get(leave=leave).appointment_id == held.pk
    assert "section_officer" not in staff.positions_of(person("zheng_designer"), NOW)
    assert "section_officer" in staff.positions_of(person("zheng_designer"), local(THURSDAY, "12:00"))


@pytest.mark.clause("M7.3", "C9.3")
def test_the_duties_that_fall_empty_are_named() -> None:
    rulebook.activate_book(code="mall", starts_at=NOW, by=None, now=NOW - DAY)
    plan.shift(person("gao_section"), WEDNESDAY, "head_office")
    night = HotlineSpan.objects.create(
        employee=person("gao_section"), starts_at=local(THURSDAY, "21:00"), ends_at=local(FRIDAY, "08:30"),
        made_at=NOW, published_at=NOW,
    )  # fmt: skip
    leave = ask("gao_section", first=WEDNESDAY, last=THURSDAY)
    duties = {each.day: each.duties for each in coverage_of(leave, NOW).days}
    assert duties[WEDNESDAY] == ("总部值班 18:00–21:00",)
    (said,) = duties[THURSDAY]
    assert said.endswith("21:00–11-27 08:30")
    night.removed_at = NOW
    night.save()
    assert [each.day for each in coverage_of(leave, NOW).days] == [WEDNESDAY]


@pytest.mark.parametrize("deputy", ["luo_buyer", "gao_section"])
def test_nobody_else_stands_in(deputy: str) -> None:
    leave = ask("gao_section")
    with pytest.raises(Invalid) as refused:
        choose(leave, deputy)
    assert refused.value.clause == "J2"


def test_nobody_who_is_away_himself_and_nobody_names_himself() -> None:
    leave = ask("gao_section")
    agree(ask("zheng_designer"))
    with pytest.raises(Invalid) as refused:
        choose(leave, "zheng_designer")
    assert refused.value.code == "away"
    with pytest.raises(Invalid):
        choose(leave, "chen_manager")


def leaving(who: str, last_day: dt.date) -> None:
    leaves(who, last_day=last_day, by_agreement=True, comment="同意提前")


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=f"attendance.{kind}").values_list("recipient__name", flat=True))


def test_nobody_who_is_gone_before_the_leave_ends_stands_in() -> None:
    leave = ask("gao_section", first=WEDNESDAY, last=THURSDAY)
    leaving("zheng_designer", WEDNESDAY)
    leaving("he_planner", THURSDAY)
    with pytest.raises(Invalid) as refused:
        choose(leave, "zheng_designer")
    assert refused.value.code == "away"
    choose(leave, "he_planner")


@pytest.mark.parametrize("why", ["on leave", "post lost", "leaving", "locked out"])
def test_one_who_can_no_longer_stand_in_is_taken_off_and_whoever_counted_on_him_is_told(why: str) -> None:
    leave = ask("gao_section", first=WEDNESDAY, last=THURSDAY)
    choose(leave, "zheng_designer")
    deputy = person("zheng_designer")
    if why == "on leave":
        agree(ask("zheng_designer", first=THURSDAY))
    elif why == "post lost":
        held = Appointment.objects.get(employee=deputy)
        staff.end_appointment(appointment_id=held.pk, by=None, now=NOW, reason="x")
    elif why == "leaving":
        leaving("zheng_designer", WEDNESDAY)
    else:
        type(deputy).objects.filter(pk=deputy.pk).update(is_active=False)
    agree(leave)
    assert leave.deputy is None
    assert not StandIn.objects.exists()
    assert not Appointment.objects.filter(employee=deputy, acting=True).exists()
    assert (told("stand_in"), told("no_stand_in")) == (set(), {"高栏目", "陈经理"})


def test_one_who_has_only_asked_for_leave_stands_in_and_is_told() -> None:
    leave = ask("gao_section", first=WEDNESDAY, last=THURSDAY)
    choose(leave, "zheng_designer")
    ask("zheng_designer", first=THURSDAY)
    agree(leave)
    assert StandIn.objects.exists()
    assert (told("stand_in"), told("no_stand_in")) == ({"郑设计"}, set())


def test_strangers_choose_nobody_and_what_is_agreed_to_stands() -> None:
    leave = ask("gao_section")
    with pytest.raises(NotFound):
        choose(leave, "zheng_designer", by="li_lei")
    agree(leave)
    with pytest.raises(NotFound):  # nothing is decided any more
        choose(leave, "zheng_designer")
    with pytest.raises(Conflict):
        choose(leave, "zheng_designer", by="gao_section")


def test_a_choice_can_be_taken_back() -> None:
    leave = ask("gao_section")
    choose(leave, "zheng_designer", by="gao_section")
    stand_ins.choose_deputy(leave_id=leave.pk, deputy_id=None, by=person("chen_manager"), now=NOW)
    assert agree(leave).deputy is None
    assert not StandIn.objects.exists()


@pytest.mark.clause("C13.2")
def test_a_post_of_power_takes_two_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "office.staff.second_person.sensitive_posts", lambda _at: frozenset({"section_officer"})
    )
    leave = ask("gao_section")
    with pytest.raises(Conflict) as refused:
        choose(leave, "zheng_designer")
    assert refused.value.code == "needs_second"
    choose(leave, "zheng_designer", by="gao_section")  # he names, the manager agrees: two
    agree(leave)
    assert StandIn.objects.get().position == "section_officer"


@pytest.mark.clause("C13.2")
def test_one_person_alone_does_not_do_for_such_a_post(monkeypatch: pytest.MonkeyPatch) -> None:
    leave = ask("gao_section")
    choose(leave, "zheng_designer")
    monkeypatch.setattr(
        "office.staff.second_person.sensitive_posts", lambda _at: frozenset({"section_officer"})
    )
    with pytest.raises(Conflict):
        agree(leave)
    leave.refresh_from_db()
    assert leave.state == "requested"


def test_cancelled_or_back_early_the_stand_in_ends() -> None:
    leave = ask("gao_section", first=WEDNESDAY, last=THURSDAY)
    choose(leave, "zheng_designer")
    agree(leave)
    leave_ending.cancel_leave(leave_id=leave.pk, reason="改期", by=person("gao_section"), now=NOW)
    assert not Appointment.objects.filter(employee=person("zheng_designer"), acting=True).exists()
    other = ask("gao_section", first=WEDNESDAY, last=THURSDAY)
    choose(other, "zheng_designer")
    agree(other)
    back = local(THURSDAY, "08:30")
    leave_ending.come_back(leave_id=other.pk, back_at=back, by=person("chen_manager"), now=back + HOUR)
    assert "section_officer" not in staff.positions_of(person("zheng_designer"), back + HOUR)


def test_who_holds_the_post_already_in_that_time_gets_it_once() -> None:
    staff.appoint(
        employee=person("zheng_designer"), position="section_officer", start=NOW, end=NOW + 9 * DAY, acting=True,
        reason="x", by=None, now=NOW,
    )  # fmt: skip
    leave = ask("gao_section")
    choose(leave, "zheng_designer")
    agree(leave)
    assert not StandIn.objects.exists()


def test_he_decides_for_the_absent_person_and_the_vote_shows_both(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Candidate(person("he_planner"), (), (), absent=False, away=False, sensitive=False)
    monkeypatch.setattr("attendance.services.leave_deciding.fit_deputy", lambda _leave, _now: found)
    leave = ask("chen_manager", first=WEDNESDAY)
    Leave.objects.filter(pk=leave.pk).update(deputy=person("he_planner"), deputy_by=person("chen_manager"))
    agree(leave, "jiang_head")
    inside = local(WEDNESDAY, "10:00")
    run = run_of(ask("li_lei", first=WEDNESDAY + 7 * DAY))
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person("he_planner"), now=NOW)
    done = approvals.approve(run_id=run.pk, by=person("he_planner"), now=inside)
    vote = done.votes.get()
    assert (vote.person, vote.on_behalf_of) == (person("he_planner"), person("chen_manager"))
    entry = Entry.objects.get(verb="approvals.approve", subject_id=str(run.pk))
    assert entry.acting_for == "陈经理"


def test_coverage_names_what_falls_empty_and_who_could_take_it() -> None:
    shift("li_lei", WEDNESDAY, ("08:30", "18:30"), meal=60, code="cs_early")
    shift("han_meimei", THURSDAY, ("08:30", "18:30"), meal=60, code="cs_early")
    leave = ask("li_lei", first=WEDNESDAY, last=THURSDAY)
    (day,) = coverage_of(leave, NOW).days
    assert day.day == WEDNESDAY
    assert day.hole
    assert "08:30–18:30" in day.shifts[0]
    assert "韩梅梅" in day.free
    other = tell("wu_clerk", to="wang_supervisor", first=WEDNESDAY)
    assert [each.day for each in coverage_of(other, NOW).days] == [WEDNESDAY]
    assert run_of(leave).state == "running"


EARLY, LATE = ("08:30", "18:30"), ("13:30", "23:30")


def test_coverage_is_judged_by_the_hours() -> None:
    shift("li_lei", WEDNESDAY, LATE, meal=60, code="cs_late")
    shift("han_meimei", WEDNESDAY, EARLY, meal=60, code="cs_early")
    (day,) = coverage_of(ask("li_lei", first=WEDNESDAY), NOW).days
    assert (day.beside, day.uncovered, day.hole) == (("韩梅梅",), ("18:30–23:30",), True)


@pytest.mark.clause("M7.3", "C9.3")
def test_a_duty_and_a_night_are_left_empty_whoever_else_of_the_post_is_there() -> None:
    rulebook.activate_book(code="mall", starts_at=NOW, by=None, now=NOW - DAY)
    staff.appoint(
        employee=person("lin_editor"), position="section_officer", start=NOW - DAY, by=None, now=NOW - DAY
    )
    for who in ("gao_section", "lin_editor"):
        shift(who, WEDNESDAY, ("08:30", "18:00"))
    plan.shift(person("gao_section"), WEDNESDAY, "head_office")
    HotlineSpan.objects.create(
        employee=person("gao_section"), starts_at=local(WEDNESDAY, "21:00"), ends_at=local(THURSDAY, "08:30"),
        made_at=NOW, published_at=NOW,
    )  # fmt: skip
    leave = ask("gao_section", first=WEDNESDAY)
    (day,) = coverage_of(leave, NOW).days
    duty, night = day.uncovered
    assert (day.beside, duty, night) == (("林编辑",), "总部值班 18:00–21:00", day.duties[1])
    plan.shift(person("lin_editor"), WEDNESDAY, "head_office")
    (day,) = coverage_of(leave, NOW).days
    assert day.uncovered == (night,)


def test_who_is_away_on_one_day_is_missed_on_that_day_alone_and_who_has_only_asked_on_none() -> None:
    for day in (WEDNESDAY, THURSDAY, FRIDAY):
        shift("li_lei", day, EARLY, meal=60, code="cs_early")
    for day in (WEDNESDAY, THURSDAY):
        shift("han_meimei", day, EARLY, meal=60, code="cs_early")
    leave = ask("li_lei", first=WEDNESDAY, last=FRIDAY)
    away = ask("han_meimei", first=THURSDAY)
    assert [(each.beside, each.hole) for each in coverage_of(leave, NOW).days] == [
        (("韩梅梅",), False), (("韩梅梅",), False), ((), True),
    ]  # fmt: skip
    agree(away)
    found = coverage_of(leave, NOW).days
    assert [(each.beside, each.hole) for each in found] == [(("韩梅梅",), False), ((), True), ((), True)]
    assert ["韩梅梅" in each.free for each in found] == [False, False, True]
