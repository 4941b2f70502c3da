"""One's own shifts: the page, my day, and the private calendar as a client reads it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from attendance.models import HotlineSpan, RosterKey
from attendance.services.roster.keys import make_key, revoke_key
from office.errors import Conflict, Forbidden
from tests.attendance.plan import DAY, NOW, book, shift
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()


def tomorrow() -> dt.date:
    return timezone.localdate() + DAY


def read(secret: str) -> Any:
    answer = Client().get(reverse("attendance:feed", args=[secret]))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.content)


def test_a_client_reads_the_shifts_and_nights() -> None:
    designer = person("zheng_designer")
    made = shift(designer, _workday(), "office")
    shift(designer, _workday() + 7 * DAY, "office", published=False)
    start = timezone.now().replace(microsecond=0)
    HotlineSpan.objects.create(
        employee=designer,
        starts_at=start,
        ends_at=start + dt.timedelta(hours=14),
        made_at=NOW,
        published_at=NOW,
    )
    secret = make_key(by=designer, now=NOW)
    found = read(secret)
    events = {str(event["uid"]): event for event in found.walk("VEVENT")}
    assert len(events) == 3
    morning = events[f"shift-{made.pk}-0@roster.ecdept"]
    assert morning["dtstart"].dt == made.spans[0].lower
    assert morning["dtstart"].dt.utcoffset() == dt.timedelta()
    assert morning["dtend"].dt == made.spans[0].upper
    assert str(found["version"]) == "2.0"
    assert {str(event["uid"]) for event in read(secret).walk("VEVENT")} == set(events)


def _workday() -> dt.date:
    from office.rulebook import api as rulebook

    day = tomorrow()
    while not (rulebook.day_table().works(day) and day.weekday() < 5):
        day += DAY
    return day


def test_lines_are_folded_and_end_as_the_standard_says() -> None:
    shift(person("li_lei"), tomorrow())
    secret = make_key(by=person("li_lei"), now=NOW)
    body = Client().get(reverse("attendance:feed", args=[secret])).content
    assert body.startswith(b"BEGIN:VCALENDAR\r\n")
    assert body.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))


def test_a_key_is_revoked_and_replaced() -> None:
    first = make_key(by=person("li_lei"), now=NOW)
    second = make_key(by=person("li_lei"), now=NOW)
    assert Client().get(reverse("attendance:feed", args=[first])).status_code == 404
    read(second)
    assert first not in "".join(RosterKey.objects.values_list("digest", flat=True))
    revoke_key(by=person("li_lei"), now=NOW)
    assert Client().get(reverse("attendance:feed", args=[second])).status_code == 404
    with pytest.raises(Conflict):
        revoke_key(by=person("li_lei"), now=NOW)
    with pytest.raises(Forbidden):
        make_key(by=person("li_lei"), now=NOW, switch=True)
    with pytest.raises(Forbidden):
        revoke_key(by=person("li_lei"), now=NOW, switch=True)


def test_who_left_is_no_longer_read() -> None:
    secret = make_key(by=person("li_lei"), now=NOW)
    left = person("li_lei")
    left.is_active = False
    left.save()
    assert Client().get(reverse("attendance:feed", args=[secret])).status_code == 404


def test_the_switch_is_no_calendar_and_a_calendar_no_switch() -> None:
    switch = make_key(by=person("chen_manager"), now=NOW, switch=True)
    own = make_key(by=person("chen_manager"), now=NOW)
    assert Client().get(reverse("attendance:feed", args=[switch])).status_code == 404
    assert Client().get(reverse("attendance:hotline_switch", args=[own])).status_code == 404
    assert Client().get(reverse("attendance:hotline_switch", args=[switch])).status_code == 200


def test_my_page_shows_the_address_once() -> None:
    shift(person("li_lei"), tomorrow())
    client, where = signed_in("li_lei"), reverse("attendance:mine")
    client.post(reverse("attendance:calendar_key"), {"act": "make"})
    page = client.get(where).content.decode()
    assert ".ics" in page
    assert "早班" in page
    assert ".ics" not in client.get(where).content.decode()
    client.post(reverse("attendance:calendar_key"), {"act": "revoke"})
    saturday = tomorrow() + ((5 - tomorrow().weekday()) % 7) * DAY
    assert (
        client.post(reverse("attendance:wish"), {"day": saturday.isoformat(), "wants": "no"}).status_code
        == 302
    )
    assert 'value="none" aria-pressed="true"' in client.get(where).content.decode()
    assert client.post(reverse("attendance:wish"), {"day": "x"}).status_code == 422
