"""Locking a person out, and letting him in again."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from office.errors import Conflict, Forbidden
from office.staff import selectors
from office.staff.services.duty import start_duty
from office.staff.services.people import set_active
from tests.people import person

pytestmark = pytest.mark.django_db


def test_duty_sessions_and_posts_end_with_the_right_to_sign_in(client: Client) -> None:
    now = timezone.now()
    agent, manager = person("li_lei"), person("chen_manager")
    start_duty(by=agent, now=now)
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    gone = set_active(employee=agent, active=False, by=manager, now=now, reason="离职")
    assert not selectors.is_on_duty(agent)
    assert selectors.positions_of(gone, now) == frozenset()
    assert selectors.holders("service_agent", now) == []
    assert client.get("/staff/me/").status_code == 302
    back = set_active(employee=agent, active=True, by=manager, now=now)
    assert selectors.positions_of(back, now) == {"service_agent"}


def test_nobody_locks_himself_out() -> None:
    manager = person("chen_manager")
    with pytest.raises(Conflict):
        set_active(employee=manager, active=False, by=manager, now=timezone.now())


def test_an_agent_locks_nobody_out() -> None:
    with pytest.raises(Forbidden):
        set_active(employee=person("li_lei"), active=False, by=person("han_meimei"), now=timezone.now())
