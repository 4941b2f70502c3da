"""Appointments, and acting for a vacant post (J2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.staff import selectors
from office.staff.models import Employee
from office.staff.services.posts import appoint, end_appointment
from tests.people import person

pytestmark = pytest.mark.django_db


def test_an_appointment_counts_from_its_start_to_its_end() -> None:
    now = timezone.now()
    hired = person("zheng_designer")
    appoint(
        employee=hired,
        position="copywriter",
        start=now,
        end=now + timedelta(days=7),
        by=person("chen_manager"),
        now=now,
    )
    assert selectors.positions_of(hired, now) == {"designer", "copywriter"}
    assert selectors.positions_of(hired, now + timedelta(days=7)) == {"designer"}
    assert hired in selectors.holders("copywriter", now + timedelta(days=6))


def test_the_same_post_twice_at_a_time_is_refused() -> None:
    now = timezone.now()
    with pytest.raises(Conflict):
        appoint(employee=person("li_lei"), position="service_agent", start=now, by=None, now=now)


def test_an_end_before_the_start_is_refused() -> None:
    now = timezone.now()
    with pytest.raises(Invalid):
        appoint(employee=person("li_lei"), position="planner", start=now, end=now, by=None, now=now)


def test_an_agent_appoints_nobody() -> None:
    now = timezone.now()
    with pytest.raises(Forbidden):
        appoint(employee=person("li_lei"), position="planner", start=now, by=person("han_meimei"), now=now)


def test_nobody_appoints_himself() -> None:
    now = timezone.now()
    administrator = person("sun_admin")
    with pytest.raises(Conflict) as refused:
        appoint(employee=administrator, position="department_manager", start=now, by=administrator, now=now)
    assert refused.value.code == "oneself"
    assert "department_manager" not in selectors.positions_of(administrator, now)


@pytest.mark.clause("J2")
def test_the_manager_may_act_for_the_planner() -> None:
    now = timezone.now()
    manager = person("chen_manager")
    appoint(
        employee=manager, position="planner", start=now, end=now + timedelta(days=30), acting=True, reason="岗位空缺",
        by=person("zhou_general"), now=now,
    )  # fmt: skip
    assert selectors.acting_positions(manager, now) == {"planner"}
    assert selectors.acting_for(manager, {"planner"}, now) == "planner"
    assert selectors.acting_for(manager, {"planner", "department_manager"}, now) == ""
    assert Entry.objects.filter(verb="staff.appoint_acting", clause="J2").exists()


@pytest.mark.clause("J2")
@pytest.mark.parametrize(
    ("who", "post"), [("li_lei", "planner"), ("zheng_designer", "planner"), ("chen_manager", "hr")]
)
def test_a_pair_that_the_rulebook_does_not_allow_is_refused(who: str, post: str) -> None:
    now = timezone.now()
    with pytest.raises(Conflict) as refused:
        appoint(
            employee=person(who), position=post, start=now, end=now + timedelta(days=3), acting=True, reason="x",
            by=None, now=now,
        )  # fmt: skip
    assert refused.value.clause == "J2"


@pytest.mark.clause("J2")
@pytest.mark.parametrize(("days", "reason"), [(None, "岗位空缺"), (3, " ")])
def test_acting_needs_an_end_and_a_reason(days: int | None, reason: str) -> None:
    now = timezone.now()
    end = now + timedelta(days=days) if days else None
    with pytest.raises(Invalid):
        appoint(
            employee=person("chen_manager"), position="planner", start=now, end=end, acting=True, reason=reason,
            by=None, now=now,
        )  # fmt: skip


def test_an_ended_appointment_keeps_its_past() -> None:
    now = timezone.now()
    agent = person("li_lei")
    running = agent.appointments.get()
    end_appointment(appointment_id=running.pk, by=person("chen_manager"), now=now, reason="调岗")
    assert selectors.positions_of(agent, now) == frozenset()
    assert selectors.positions_of(agent, now - timedelta(days=1)) == {"service_agent"}
    with pytest.raises(Conflict):
        end_appointment(appointment_id=running.pk, by=None, now=now)


def test_one_that_has_not_begun_is_withdrawn() -> None:
    now = timezone.now()
    agent = person("li_lei")
    planned = appoint(employee=agent, position="planner", start=now + timedelta(days=3), by=None, now=now)
    end_appointment(appointment_id=planned.pk, by=None, now=now)
    assert agent.appointments.count() == 1


def test_a_post_or_a_person_that_there_is_not_is_refused() -> None:
    now = timezone.now()
    with pytest.raises(Invalid):
        appoint(employee=person("li_lei"), position="emperor", start=now, by=None, now=now)
    with pytest.raises(NotFound):
        appoint(employee=Employee(pk=10**9), position="designer", start=now, by=None, now=now)


def test_an_appointment_is_ended_once_and_only_when_there_is_one() -> None:
    now, chen = timezone.now(), person("chen_manager")
    appointment = person("li_lei").appointments.get()
    end_appointment(appointment_id=appointment.pk, by=chen, now=now)
    with pytest.raises(Conflict) as refused:
        end_appointment(appointment_id=appointment.pk, by=chen, now=now + timedelta(days=1))
    assert refused.value.code == "ended"
    with pytest.raises(NotFound):
        end_appointment(appointment_id=10**9, by=chen, now=now)


def test_who_may_no_longer_sign_in_gets_no_post() -> None:
    now = timezone.now()
    leaver = person("zheng_designer")
    Employee.objects.filter(pk=leaver.pk).update(is_active=False)
    with pytest.raises(Conflict) as refused:
        appoint(employee=leaver, position="designer", start=now, by=person("sun_admin"), now=now)
    assert refused.value.code == "inactive"
