"""Probation, confirmation, promotion, demotion: proposed, agreed to, carried out as agreed (C2, J1.7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from attendance.models import PostChange, Probation
from attendance.services import leaving, probation
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices import words
from office.notices.models import Notice
from office.staff import api as staff
from office.staff.models import Appointment, Employee, Proposal
from tests.attendance.people.stage import DAY, HOUR, NOW, TODAY, agree, decider, hired, leaves, mall
from tests.people import person

AFTER = NOW + 2 * HOUR


def propose(someone: Employee, change: str, after: str = "", **given: Any) -> approvals.Run:
    fields: dict[str, Any] = {"starts_on": TODAY + DAY, "reason": "表现突出", "now": AFTER, **given}
    return probation.propose_change(
        employee_id=someone.pk, change=change, after=after, by=person("chen_manager"), **fields
    )


def carried_out(run: approvals.Run, at: dt.datetime = AFTER) -> PostChange:
    run = agree(run, at=at)
    approvals.execute(run_id=run.pk, by=person("du_hr"), now=at + HOUR)
    return PostChange.objects.get(run=run)


@pytest.mark.clause("C2")
def test_probation_ends_with_a_clock_and_a_confirmation() -> None:
    someone = hired()
    found = Probation.objects.get()
    (clock,) = deadlines.of(found.subject)
    assert (clock.rule, clock.clause, clock.holder_id) == (
        "hiring.probation",
        "C2",
        person("chen_manager").pk,
    )
    run = propose(someone, "confirmation")
    assert decider(run, AFTER) == person("fang_vice")
    done = carried_out(run)
    assert (done.before, done.after) == ("copywriter", "copywriter")
    found.refresh_from_db()
    clock.refresh_from_db()
    assert (found.state, clock.state) == ("confirmed", "met")
    with pytest.raises(Conflict):
        propose(someone, "confirmation")


@pytest.mark.clause("J1.7")
def test_in_the_mall_the_marketing_director_and_human_resources_decide() -> None:
    mall()
    run = propose(person("tang_writer"), "promotion", "planner")
    assert run.clause == "J1.7"
    assert decider(run, AFTER) == person("deng_marketing")
    done = carried_out(run)
    starts = dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)
    assert staff.own_positions(person("tang_writer"), starts - HOUR) == {"copywriter"}
    assert staff.own_positions(person("tang_writer"), starts) == {"planner"}
    assert done.starts_on == TODAY + DAY


def test_the_notice_of_it_is_read_in_the_readers_language() -> None:
    mall()
    with translation.override("en"):  # of whoever carries it out
        carried_out(propose(person("tang_writer"), "promotion", "planner"))
    told = Notice.objects.get(recipient=person("tang_writer"), kind__startswith="attendance.post_changed")
    with translation.override("zh-hans"):
        assert words.text_of(told) == "晋升：策划，已办理。"
    with translation.override("en"):
        assert words.text_of(told) == "promotion in post: Planner. It has been carried out."
    told.kind = "attendance.post_changed"
    with translation.override("zh-hans"):
        assert words.text_of(told) == "岗位变动，已办理。"


@pytest.mark.clause("J1.7")
def test_moving_down_is_the_same_road() -> None:
    mall()
    done = carried_out(propose(person("he_planner"), "demotion", "copywriter"))
    assert (done.change, done.before, done.after) == ("demotion", "planner", "copywriter")


@pytest.mark.clause("C13.2")
def test_the_old_post_is_kept_until_the_second_person_has_confirmed_a_sensitive_one() -> None:
    someone = person("li_lei")
    carried_out(propose(someone, "promotion", "service_supervisor"))
    later = NOW + 3 * DAY
    assert staff.own_positions(someone, later) == {"service_agent"}
    assert probation.finish_changes(now=later) == 0
    waiting = Proposal.objects.get(employee=someone)
    staff.confirm(proposal_id=waiting.pk, by=person("chen_manager"), now=later)
    assert probation.finish_changes(now=later + HOUR) == 1
    assert staff.own_positions(someone, later + HOUR) == {"service_supervisor"}
    assert probation.finish_changes(now=later + HOUR) == 0


def test_one_change_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    someone = person("li_lei")
    carried_out(propose(someone, "promotion", "service_supervisor"))
    later = NOW + 3 * DAY
    staff.confirm(proposal_id=Proposal.objects.get(employee=someone).pk, by=person("chen_manager"), now=later)

    def fails(**given: Any) -> object:
        raise Conflict("not now")

    monkeypatch.setattr(staff, "end_appointment", fails)
    assert probation.finish_changes(now=later + HOUR) == 0


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"change": "dismissal"}, "change"),
        ({"change": "promotion", "after": "copywriter"}, "after"),
        ({"change": "promotion", "after": "king"}, "after"),
        ({"change": "promotion", "after": "planner", "before": "designer"}, "before"),
        ({"change": "promotion", "after": "planner", "reason": ""}, "reason"),
        ({"change": "promotion", "after": "planner", "starts_on": TODAY - DAY}, "starts_on"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        propose(person("tang_writer"), **given)
    assert refused.value.errors[0]["path"] == path


def test_who_may_propose_and_about_whom() -> None:
    with pytest.raises(Forbidden):
        propose(person("chen_manager"), "promotion", "planner")
    with pytest.raises(Conflict):
        propose(person("tang_writer"), "confirmation")
    with pytest.raises(NotFound):
        propose(Employee(pk=987654), "promotion", "planner")
    with pytest.raises(Forbidden):
        probation.propose_change(
            employee_id=person("tang_writer").pk, change="promotion", after="planner", starts_on=TODAY, reason="x",
            by=person("li_lei"), now=NOW,
        )  # fmt: skip


def test_a_returned_one_is_asked_again() -> None:
    run = propose(person("tang_writer"), "promotion", "planner")
    approvals.return_to(run_id=run.pk, by=person("fang_vice"), now=AFTER, reason="再考察")
    run.refresh_from_db()
    again = propose(person("tang_writer"), "promotion", "designer", again=run)
    assert (again.pk, again.payload["after"]) == (run.pk, "designer")


def test_another_post_meanwhile_makes_it_void() -> None:
    run = agree(propose(person("tang_writer"), "promotion", "planner"), at=AFTER)
    Appointment.objects.create(employee=person("tang_writer"), position="designer", during=(NOW, None))
    with pytest.raises(approvals.SubjectChanged):
        approvals.execute(run_id=run.pk, by=person("du_hr"), now=AFTER + HOUR)


def test_the_database_takes_no_change_that_nobody_agreed_to() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PostChange.objects.create(
            employee=person("li_lei"), change="promotion", before="service_agent", after="supervisor",
            starts_on=TODAY, authority_clause="C2", at=NOW,
        )  # fmt: skip
    run = agree(propose(person("tang_writer"), "promotion", "planner"), at=AFTER)
    with pytest.raises(IntegrityError), transaction.atomic():
        PostChange.objects.create(
            employee=person("tang_writer"), change="promotion", before="copywriter", after="planner",
            starts_on=TODAY + DAY, run=run, at=NOW,
        )  # fmt: skip
    with pytest.raises(Forbidden):
        probation.change_agreed(run=run, payload=run.payload, by=None, now=NOW)
    with pytest.raises(Conflict):
        probation._confirmed(person("li_lei"), person("du_hr"), NOW, "C2")


def test_who_leaves_is_no_longer_on_probation() -> None:
    someone = hired()
    assert someone.number == "W100"
    leaving_run = leaving.resign(
        last_day=dt.date(2026, 12, 23), reason="不合适", contract_clause="", by=someone, now=AFTER
    )
    agree(leaving_run, at=AFTER)
    leaving.end_access(now=NOW + 60 * DAY)
    assert Probation.objects.get().state == "ended"
    assert leaves("han_meimei").state == "running"


def test_a_post_that_is_held_no_more_is_given_up_already() -> None:
    change = PostChange(employee=person("li_lei"), change="promotion", before="planner", after="designer")
    probation._give_up(change, NOW, None, NOW)
    assert staff.own_positions(person("li_lei"), NOW + HOUR) == {"service_agent"}
