"""Access ends at the midnight after the last day, by itself, and is recorded with its clause (S4c, S6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from attendance.models import Leaving
from attendance.services import handover, leaving
from attendance.tasks.leaving import end_access, watch_leavings
from office.audit.models import Entry
from office.errors import Conflict
from office.notices.models import Notice
from office.staff import api as staff
from office.staff.models import Appointment
from tests.attendance.people.stage import DAY, NOW, leaves
from tests.people import person, signed_in

#: 2026-12-24, 00:00 in Shanghai.
MIDNIGHT = dt.datetime(2026, 12, 23, 16, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.clause("S6", "S4c")
def test_on_the_last_day_everything_works_and_at_midnight_nothing_does() -> None:
    found = leaves()
    staff.start_duty(by=person("li_lei"), now=NOW)
    assert leaving.end_access(now=MIDNIGHT - SECOND) == 0
    assert staff.positions_of(person("li_lei"), MIDNIGHT - SECOND) == {"service_agent"}
    assert leaving.end_access(now=MIDNIGHT) == 1
    person_now = person("li_lei")
    assert not person_now.is_active
    assert not staff.is_on_duty(person_now)
    assert Appointment.objects.get(employee=person_now).during.upper == MIDNIGHT
    found.refresh_from_db()
    assert (found.state, found.ended_at) == ("left", MIDNIGHT)
    entry = Entry.objects.get(verb="attendance.end_access")
    assert (entry.clause, entry.actor_name) == ("S6", "")
    assert leaving.end_access(now=MIDNIGHT + DAY) == 0


def test_a_worker_that_stood_still_ends_the_posts_at_midnight_all_the_same() -> None:
    leaves()
    leaving.end_access(now=MIDNIGHT + 3 * DAY)
    assert Appointment.objects.get(employee=person("li_lei")).during.upper == MIDNIGHT


def test_a_post_that_would_have_begun_later_is_withdrawn_and_one_that_ended_stays() -> None:
    someone = person("li_lei")
    Appointment.objects.create(employee=someone, position="planner", during=(MIDNIGHT + DAY, None))
    Appointment.objects.create(employee=someone, position="designer", during=(NOW - 9 * DAY, NOW - DAY))
    leaves()
    leaving.end_access(now=MIDNIGHT)
    assert set(Appointment.objects.filter(employee=someone).values_list("position", flat=True)) == {
        "service_agent",
        "designer",
    }


def test_every_open_page_is_signed_out() -> None:
    client: Client = signed_in("li_lei")
    assert client.get("/staff/me/").status_code == 200
    assert UserSession.objects.filter(user=person("li_lei")).count() == 1
    leaves()
    leaving.end_access(now=MIDNIGHT)
    assert client.get("/staff/me/").status_code == 302


@pytest.mark.clause("S4c")
def test_what_is_still_open_stays_listed_and_is_told() -> None:
    found = leaves()
    leaving.end_access(now=MIDNIGHT)
    handover.draw(leaving_id=found.pk, by=None, now=MIDNIGHT + DAY)
    assert handover.open_count(found) > 0
    kinds = set(Notice.objects.filter(recipient=person("chen_manager")).values_list("kind", flat=True))
    assert {"attendance.leaving_begun", "attendance.left_open"} <= kinds


def test_one_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    leaves("li_lei")
    leaves("han_meimei")
    real = staff.set_active

    def fails(**given: Any) -> object:
        if given["employee"] == person("li_lei"):
            raise Conflict("not now")
        return real(**given)

    monkeypatch.setattr(staff, "set_active", fails)
    assert leaving.end_access(now=MIDNIGHT) == 1
    assert not person("han_meimei").is_active
    assert Leaving.objects.get(employee=person("li_lei")).state == "running"


def test_the_tasks_do_it() -> None:
    leaves()
    assert leaving.watch_leavings(now=NOW + DAY) == 1
    watch_leavings()
    end_access()
    assert Leaving.objects.get().state in ("running", "left")


def test_a_leaving_that_was_called_off_meanwhile_is_passed_over() -> None:
    found = leaves()
    leaving.call_off(leaving_id=found.pk, reason="留任", by=person("du_hr"), now=NOW + DAY)
    assert leaving._end_one(found.pk, MIDNIGHT) == 0
