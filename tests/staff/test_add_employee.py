"""Joining the department."""

from __future__ import annotations

import pytest
from django.utils import timezone

from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid
from office.staff.models import Employee
from office.staff.services.people import add_employee
from office.staff.services.people import one_time_password as fresh
from office.staff.services.proposals import join
from tests.people import person

pytestmark = pytest.mark.django_db


def test_hr_or_the_manager_adds_a_person_who_must_choose_a_password() -> None:
    added = add_employee(
        number="A100",
        name="周晓",
        password=fresh(),
        by=person("chen_manager"),
        now=timezone.now(),
        department="客服",
    )
    assert added.must_change_password
    assert added.name_key == "zhou xiao"
    assert Entry.objects.filter(verb="staff.add", subject_id=str(added.pk), actor_name="陈经理").exists()


def test_an_agent_adds_nobody() -> None:
    with pytest.raises(Forbidden):
        add_employee(number="A100", name="周晓", password=fresh(), by=person("li_lei"), now=timezone.now())
    assert not Employee.objects.filter(number="A100").exists()


def test_a_number_is_given_once_whatever_its_case() -> None:
    person("li_lei")
    with pytest.raises(Conflict, match=r"taken|已"):
        add_employee(number="a001", name="李雷", password=fresh(), by=None, now=timezone.now())


@pytest.mark.clause("C13.3")
@pytest.mark.parametrize("password", ["short1", "1starts-with-a-digit", "password123"])
def test_the_password_must_meet_the_rule(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        add_employee(number="A100", name="周晓", password=password, by=None, now=timezone.now())
    assert refused.value.clause == "C13.3"
    assert refused.value.errors


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        add_employee(number="A100", name=name, password=fresh(), by=None, now=timezone.now())


def test_joining_with_a_post_is_one_transaction() -> None:
    with pytest.raises(Invalid):
        join(number="A100", name="周晓", password=fresh(), position="emperor", by=None, now=timezone.now())
    assert not Employee.objects.filter(number="A100").exists()


def test_one_time_passwords_meet_the_rule_and_differ() -> None:
    made = {fresh() for _n in range(50)}
    assert len(made) == 50
    assert all(not password[0].isdigit() and len(password) >= 19 for password in made)
