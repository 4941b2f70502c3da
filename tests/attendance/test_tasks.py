"""The clock of attendance: the beat table calls each task, and each does what it is there for."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from attendance.models import BalanceMovement, Case, Leaving, Punch, SettledDay, Unsettled
from attendance.tasks.batches import erase
from attendance.tasks.leave import keep_balances, watch
from attendance.tasks.leaving import end_access
from attendance.tasks.settling import settle
from ecdept.celery import app
from office.rulebook.calendar import ZONE
from tests.attendance.clock import at
from tests.attendance.leaves import NOW, WEDNESDAY, agree, ask, everybody, grant, local
from tests.attendance.people.stage import leaves
from tests.attendance.shifts import AFTER, days, publish, punch
from tests.people import person

pytestmark = pytest.mark.django_db
PASSWORD = "Lantern-Teapot-4821"


def clock(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def test_the_beat_table_calls_them() -> None:
    app.loader.import_default_modules()
    table = {name: entry["task"] for name, entry in settings.CELERY_BEAT_SCHEDULE.items()}
    wanted = {
        "settle-days": "attendance.settle",
        "watch-absence": "attendance.watch_absence",
        "keep-balances": "attendance.keep_balances",
        "erase-punches": "attendance.erase",
        "end-access": "attendance.end_access",
    }
    assert {name: table.get(name) for name in wanted} == wanted
    tasks = (settle, watch, keep_balances, erase, end_access)
    assert [each.name for each in tasks] == list(wanted.values())
    assert set(wanted.values()) <= set(app.tasks)


@pytest.mark.clause("S2d")
def test_days_that_are_over_are_settled() -> None:
    li = person("li_lei")
    publish(li)
    punch(li, "08:20", "18:40")
    with clock(at("20:00")):
        settle.apply(throw=True)
    assert not SettledDay.objects.exists()
    with clock(AFTER):
        settle.apply(throw=True)
    assert SettledDay.objects.get().verdict == "present"
    assert not Unsettled.objects.exists()


@pytest.mark.clause("S2e")
def test_three_days_of_absence_become_a_case_and_nothing_more() -> None:
    li = person("li_lei")
    for day in days(date(2026, 11, 3), 3):
        publish(li, day=day)
    with clock(datetime(2026, 11, 6, 9, tzinfo=ZONE)):
        settle.apply(throw=True)
        watch.apply(throw=True)
        watch.apply(throw=True)
    assert (Case.objects.get().sort, Case.objects.get().state) == ("row", "open")
    assert not Leaving.objects.exists()


@pytest.mark.clause("S2a")
def test_balances_are_granted_taken_and_expire() -> None:
    everybody()
    grant("li_lei", "compensatory", 1, year=2025, expires_on=WEDNESDAY - timedelta(days=1))
    agree(ask(kind="personal", first=WEDNESDAY))
    with clock(local(WEDNESDAY + timedelta(days=1), "09:00")):
        keep_balances.apply(throw=True)
    sorts = set(BalanceMovement.objects.filter(employee=person("li_lei")).values_list("kind", "sort"))
    assert {("annual", "grant"), ("compensatory", "expire")} <= sorts


@pytest.mark.clause("C13.5")
def test_raw_punches_go_when_their_time_is_over_and_the_settled_day_stays() -> None:
    li, day = person("li_lei"), date(2024, 9, 4)
    publish(li, day=day)
    punch(li, "08:20", "18:40", day=day)
    punch(li, "08:20")
    with clock(AFTER):
        settle.apply(throw=True)
        erase.apply(throw=True)
    assert {each.at.year for each in Punch.objects.all()} == {2026}
    assert SettledDay.objects.get(day=day).verdict == "present"


@pytest.mark.clause("S4c", "S6")
def test_after_the_last_day_nobody_signs_in() -> None:
    everybody()
    li = person("li_lei")
    li.set_password(PASSWORD)
    li.password_changed_at = NOW
    li.save()
    found = leaves()

    def signs_in() -> bool:
        client = Client()
        client.post("/auth/login/", {"login": li.number, "password": PASSWORD})
        return "_auth_user_id" in client.session

    with clock(found.access_ends_at - timedelta(minutes=1)):
        end_access.apply(throw=True)
        assert signs_in()
    with clock(found.access_ends_at):
        end_access.apply(throw=True)
        assert not signs_in()
    found.refresh_from_db()
    assert found.state == "left"
