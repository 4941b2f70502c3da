"""Particulars, language and devices of a person."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from django.utils import timezone

from office.audit import api as audit
from office.audit.models import Entry
from office.errors import Forbidden, Invalid, NotFound
from office.staff.models import Employee
from office.staff.services import people
from office.staff.subjects import subject_of
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def update(who: str, by: str = "chen_manager", **changes: str) -> Employee:
    employee = person(who)
    now = {
        "name": employee.name,
        "email": employee.email,
        "phone": employee.phone,
        "department": employee.department,
    }
    return people.update_employee(employee=employee, by=person(by), now=timezone.now(), **{**now, **changes})


def acts(verb: str) -> int:
    return Entry.objects.filter(verb=verb).count()


def test_a_new_name_sorts_by_its_sound_and_the_trail_names_fields_only() -> None:
    found = update("li_lei", name="安雷", phone="13900000000")
    assert (found.name, found.name_key) == ("安雷", people.name_key("安雷"))
    entry = audit.timeline(subject_of(found))[-1]
    assert sorted(entry.data["fields"]) == ["name", "phone"]
    assert "13900000000" not in str(entry.data)


def test_the_same_again_changes_nothing() -> None:
    update("li_lei")
    assert acts("staff.update") == 0


def test_an_agent_mends_nobody_and_nobody_loses_his_name() -> None:
    with pytest.raises(Forbidden):
        update("han_meimei", by="li_lei", phone="1")
    with pytest.raises(Invalid):
        update("li_lei", name="  ")
    with pytest.raises(NotFound):
        people.update_employee(
            employee=Employee(pk=10**9),
            by=None,
            now=timezone.now(),
            name="王",
            email="",
            phone="",
            department="",
        )


def test_a_language_is_kept_once() -> None:
    li_lei = person("li_lei")
    for _time in range(2):
        people.set_language(by=li_lei, language="en", now=timezone.now())
    li_lei.refresh_from_db()
    assert li_lei.language == "en"
    assert acts("staff.set_language") == 1


def test_who_may_sign_in_already_is_left_alone() -> None:
    people.set_active(employee=person("li_lei"), active=True, by=person("chen_manager"), now=timezone.now())
    assert acts("staff.activate") == 0


def test_a_lost_device_is_signed_out_and_this_one_goes_on() -> None:
    lost, here = signed_in("li_lei"), signed_in("li_lei")
    li_lei, key = person("li_lei"), str(here.session.session_key)
    assert people.end_sessions(by=li_lei, now=timezone.now(), keep=key) == 1
    assert lost.get("/staff/me/").status_code == 302
    assert here.get("/staff/me/").status_code == 200
    assert people.end_sessions(by=li_lei, now=timezone.now(), keep=key) == 0
    assert acts("staff.end_sessions") == 1


def test_one_device_is_signed_out_by_its_number() -> None:
    lost, here = signed_in("li_lei"), signed_in("li_lei")
    row = UserSession.objects.get(session_key=lost.session.session_key)
    assert people.end_sessions(by=person("li_lei"), now=timezone.now(), only=row.pk) == 1
    assert lost.get("/staff/me/").status_code == 302
    assert here.get("/staff/me/").status_code == 200


def test_a_session_of_somebody_else_is_not_there() -> None:
    hers = signed_in("han_meimei")
    row = UserSession.objects.get(session_key=hers.session.session_key)
    for number in (row.pk, 10**9):
        with pytest.raises(NotFound):
            people.end_sessions(by=person("li_lei"), now=timezone.now(), only=number)
    assert hers.get("/staff/me/").status_code == 200


def test_who_has_no_other_device_ends_none() -> None:
    assert people.end_sessions(by=person("li_lei"), now=timezone.now()) == 0
    assert acts("staff.end_sessions") == 0
