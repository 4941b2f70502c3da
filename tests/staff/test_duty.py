"""上班 and 下班."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from office.errors import Conflict, Forbidden
from office.staff import selectors, wiring
from office.staff.models import Employee, Presence
from office.staff.services.duty import end_duty, end_unseen_duty, start_duty, touch_presence
from tests.people import person

pytestmark = pytest.mark.django_db


def test_on_duty_from_the_switch_on() -> None:
    now = timezone.now()
    agent = person("li_lei")
    assert not selectors.is_on_duty(agent)
    start_duty(by=agent, now=now)
    assert selectors.is_on_duty(agent)
    assert selectors.on_duty("service_agent", now) == [agent]
    assert selectors.on_duty("service_agent", now - timedelta(seconds=1)) == []
    assert [row.name for row in selectors.on_duty_now(now)] == [agent.name]


def test_twice_on_is_on_once() -> None:
    now = timezone.now()
    agent = person("li_lei")
    first = start_duty(by=agent, now=now)
    assert start_duty(by=agent, now=now + timedelta(hours=1)).pk == first.pk


def test_a_person_who_left_does_not_go_on_duty() -> None:
    agent = person("li_lei")
    Employee.objects.filter(pk=agent.pk).update(is_active=False)
    with pytest.raises(Conflict):
        start_duty(by=agent, now=timezone.now())


def test_what_was_held_is_given_back_in_the_same_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[tuple[str, str | None]] = []

    def give_back(employee: Employee, by: Employee | None, now: datetime) -> None:
        given_back.append((employee.name, by.name if by else None))

    monkeypatch.setattr(wiring.wiring, "off_duty", [give_back])
    now = timezone.now()
    agent = person("li_lei")
    start_duty(by=agent, now=now)
    ended = end_duty(employee=agent, by=agent, now=now + timedelta(hours=8))
    assert ended is not None
    assert ended.ended_at == now + timedelta(hours=8)
    assert given_back == [("李雷", "李雷")]
    assert end_duty(employee=agent, by=agent, now=now + timedelta(hours=9)) is None


def test_only_who_manages_staff_ends_another_s_duty() -> None:
    now = timezone.now()
    agent = person("li_lei")
    start_duty(by=agent, now=now)
    with pytest.raises(Forbidden):
        end_duty(employee=agent, by=person("han_meimei"), now=now)
    assert end_duty(employee=agent, by=person("chen_manager"), now=now, reason="病假") is not None


def test_a_page_left_open_keeps_the_presence_alive() -> None:
    now = timezone.now()
    agent = person("li_lei")
    assert not touch_presence(by=agent, now=now)
    start_duty(by=agent, now=now)
    assert touch_presence(by=agent, now=now + timedelta(minutes=5))
    assert Presence.objects.get().last_seen_at == now + timedelta(minutes=5)


def test_a_forgotten_switch_is_switched_off() -> None:
    now = timezone.now()
    forgot, works = person("li_lei"), person("han_meimei")
    start_duty(by=forgot, now=now - timedelta(hours=20))
    start_duty(by=works, now=now - timedelta(hours=20))
    touch_presence(by=works, now=now - timedelta(minutes=1))
    assert end_unseen_duty(unseen_since=now - timedelta(hours=12), now=now) == 1
    assert selectors.is_on_duty(works)
    assert not selectors.is_on_duty(forgot)
