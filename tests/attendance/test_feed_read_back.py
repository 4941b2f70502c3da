"""The calendar feed as RFC 5545 has it, read back by a reader that shares nothing with what wrote it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import HotlineSpan
from attendance.services.roster.keys import make_key
from office.staff.models import Employee
from tests.attendance.plan import DAY, NOW, book, shift
from tests.people import person

pytestmark = pytest.mark.django_db
NAME = r"[A-Za-z0-9-]+"
LINE = re.compile(
    rf'(?P<name>{NAME})(?P<params>(?:;{NAME}=(?:"[^"\x00-\x1f]*"|[^";:,\x00-\x1f]*))*):(?P<value>.*)',
    re.DOTALL,
)
UTC_TIME = re.compile(r"\d{8}T\d{6}Z")
ESCAPES = {"\\\\": "\\", "\\;": ";", "\\,": ",", "\\n": "\n", "\\N": "\n"}


@dataclass
class Part:
    """A component: its properties as (parameters, value), in order."""

    name: str
    properties: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def one(self, name: str) -> str:
        assert len(self.properties.get(name, [])) == 1, f"{self.name}: exactly one {name}"
        return self.properties[name][0][1]


def content_lines(body: bytes) -> list[str]:
    """Physical lines end with CRLF and have 75 octets at most; a line that begins with a blank goes on."""
    assert body.endswith(b"\r\n")
    physical = body.split(b"\r\n")[:-1]
    assert all(b"\n" not in line and b"\r" not in line for line in physical), "no bare CR or LF"
    assert max(map(len, physical)) <= 75, "75 octets without the line break"
    assert b"" not in physical
    whole: list[bytes] = []
    for line in physical:
        line.decode("utf-8")  # a fold never cuts a character in two
        if line[:1] in (b" ", b"\t"):
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return [line.decode("utf-8") for line in whole]


def text_of(value: str) -> str:
    """TEXT unescaped; a comma, semicolon or backslash that is not escaped is none."""
    assert re.fullmatch(r"(?:[^\\;,\x00-\x08\x0a-\x1f]|\\[\\;,nN])*", value), value
    return re.sub(r"\\[\\;,nN]", lambda found: ESCAPES[found[0]], value)


def read(body: bytes) -> Part:
    open_: list[Part] = []
    ended = None
    for line in content_lines(body):
        assert ended is None, "nothing after the calendar"
        found = LINE.fullmatch(line)
        assert found is not None, line
        name, value = found["name"].upper(), found["value"]
        if name == "BEGIN":
            open_.append(Part(value))
        elif name == "END":
            ended = open_.pop()
            assert ended.name == value
            if open_:
                open_[-1].parts.append(ended)
                ended = None
        else:
            open_[-1].properties.setdefault(name, []).append((found["params"], value))
    assert ended is not None
    assert open_ == []
    return ended


def moment(part: Part, name: str) -> dt.datetime:
    """An instant in UTC: with a TZID the calendar would have to carry a VTIMEZONE."""
    value = part.one(name)
    assert part.properties[name][0][0] == ""
    assert UTC_TIME.fullmatch(value), value
    return dt.datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)


def feed_of(who: Employee) -> bytes:
    answer = Client().get(reverse("attendance:feed", args=[make_key(by=who, now=NOW)]))
    assert answer.status_code == 200
    return answer.content


@pytest.fixture
def who(db: None) -> Employee:
    """A name with all that has to be escaped, longer than a line."""
    book()
    found = person("li_lei")
    found.name = "欧阳娜娜,;\\n" + "客服部资深值班员" * 6
    found.save(update_fields=["name"])
    return found


def test_an_independent_reader_finds_every_shift_and_night(who: Employee) -> None:
    tomorrow = timezone.localdate() + DAY
    made = shift(who, tomorrow, "cs_late")
    start = timezone.now().replace(microsecond=0) + dt.timedelta(days=3)
    night = HotlineSpan.objects.create(
        employee=who, starts_at=start, ends_at=start + dt.timedelta(hours=14), made_at=NOW, published_at=NOW
    )
    calendar = read(feed_of(who))
    assert calendar.name == "VCALENDAR"
    assert calendar.one("VERSION") == "2.0"
    assert calendar.one("PRODID")
    assert calendar.one("METHOD") == "PUBLISH"
    assert who.name in text_of(calendar.one("X-WR-CALNAME"))
    assert all(part.name == "VEVENT" for part in calendar.parts)
    events = {part.one("UID"): part for part in calendar.parts}
    assert len(events) == len(calendar.parts) == len(made.spans) + 1, "every UID once"
    first = events[f"shift-{made.pk}-0@roster.ecdept"]
    assert (moment(first, "DTSTART"), moment(first, "DTEND")) == (made.spans[0].lower, made.spans[-1].upper)
    assert text_of(first.one("SUMMARY")) == "晚班"
    dark = events[f"hotline-{night.pk}@roster.ecdept"]
    assert (moment(dark, "DTSTART"), moment(dark, "DTEND")) == (night.starts_at, night.ends_at)
    for event in events.values():
        assert moment(event, "DTSTAMP") <= timezone.now() + dt.timedelta(days=400)
        assert moment(event, "DTSTART") < moment(event, "DTEND")


def test_what_is_the_same_is_read_back_the_same(who: Employee) -> None:
    shift(who, timezone.localdate() + DAY)
    one, other = feed_of(who), feed_of(who)
    assert one == other


def test_an_empty_calendar_is_a_calendar(who: Employee) -> None:
    """RFC 5545 wants a component; clients take an empty calendar for one without appointments."""
    assert read(feed_of(who)).parts == []


@pytest.mark.parametrize(
    "wrong",
    [
        b"BEGIN:VCALENDAR\nEND:VCALENDAR\n",
        b"BEGIN:VCALENDAR\r\nX:" + b"x" * 80 + b"\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\n",
    ],
)
def test_the_reader_refuses_what_is_no_calendar(wrong: bytes) -> None:
    with pytest.raises(AssertionError):
        read(wrong)
    with pytest.raises(AssertionError):
        text_of("a, b")
