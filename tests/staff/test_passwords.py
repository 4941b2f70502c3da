"""Passwords are personal (C13.4), meet the rule and are changed (C13.3)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from office.errors import Conflict, Forbidden, Invalid
from office.staff.models import Employee
from office.staff.services.people import change_password, reset_password
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db

GOOD = "Lantern-Teapot-4821"


@pytest.mark.clause("C13.3")
def test_a_person_changes_his_own() -> None:
    agent = person("li_lei")
    now = timezone.now()
    change_password(employee=agent, password=GOOD, by=agent, now=now)
    stored = Employee.objects.get(pk=agent.pk)
    assert stored.check_password(GOOD)
    assert stored.password_changed_at == now
    assert not stored.must_change_password


@pytest.mark.clause("C13.3")
def test_the_same_again_is_no_change() -> None:
    agent = person("li_lei")
    change_password(employee=agent, password=GOOD, by=agent, now=timezone.now())
    with pytest.raises(Invalid):
        change_password(employee=agent, password=GOOD, by=agent, now=timezone.now())


@pytest.mark.clause("C13.4")
def test_nobody_sets_another_person_s_password() -> None:
    with pytest.raises(Conflict):
        change_password(employee=person("li_lei"), password=GOOD, by=person("sun_admin"), now=timezone.now())


@pytest.mark.clause("C13.4")
def test_a_one_time_password_ends_every_session_and_must_be_changed(client: Client) -> None:
    agent = person("li_lei")
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    password = reset_password(employee=agent, by=person("sun_admin"), now=timezone.now())
    assert Employee.objects.get(pk=agent.pk).must_change_password
    assert Employee.objects.get(pk=agent.pk).check_password(password)
    assert client.get("/staff/me/").status_code == 302


def test_nobody_resets_his_own() -> None:
    """He changes it, which asks for the old one."""
    manager = person("chen_manager")
    with pytest.raises(Conflict) as refused:
        reset_password(employee=manager, by=manager, now=timezone.now())
    assert refused.value.code == "own_password"


def test_a_reset_signs_the_persons_devices_out() -> None:
    here = signed_in("li_lei")
    assert here.get("/staff/me/").status_code == 200
    reset_password(employee=person("li_lei"), by=None, now=timezone.now())
    assert here.get("/staff/me/").status_code == 302


def test_an_agent_resets_nobody_s() -> None:
    with pytest.raises(Forbidden):
        reset_password(employee=person("li_lei"), by=person("han_meimei"), now=timezone.now())
