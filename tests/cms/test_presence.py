"""Who is present in the chats, asked at each shift of the book (W4)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from cms.models import Round
from cms.services import rounds
from ecdept import day
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
MORNING = dt.datetime(2026, 11, 25, 0, 30, tzinfo=dt.UTC)  # 08:30 in Shanghai, a Wednesday
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def asked(now: dt.datetime) -> list[Round]:
    return [each for each in rounds.open_due(now=now) if each.kind == "chat"]


@pytest.mark.clause("W4", "S1b", "S1c")
def test_each_shift_asks_once_while_it_runs() -> None:
    assert asked(MORNING - MINUTE) == []
    [early] = asked(MORNING)
    assert (early.shift, early.points) == ("attendance.shift.cs_early", ["chat_qq", "chat_wangwang"])
    assert asked(MORNING + HOUR) == []
    [late] = asked(MORNING + 5 * HOUR)  # 13:30
    assert (late.shift, late.period) == ("attendance.shift.cs_late", early.period)
    assert asked(MORNING + 15 * HOUR) == []  # 23:30: over
    assert len(asked(MORNING + 24 * HOUR)) == 1


@pytest.mark.clause("W4")
def test_it_says_who_checked_and_when_and_what_is_absent_says_why() -> None:
    [early] = asked(MORNING)
    li = person("li_lei")
    with pytest.raises(Conflict) as refused:
        rounds.finish(round_id=early.pk, note="", by=li, now=MORNING + MINUTE)
    assert refused.value.code == "points"
    rounds.tick(round_id=early.pk, point="chat_qq", well=True, note="", by=li, now=MORNING + MINUTE)
    with pytest.raises(Invalid):
        rounds.tick(
            round_id=early.pk, point="chat_wangwang", well=False, note="", by=li, now=MORNING + MINUTE
        )
    rounds.tick(
        round_id=early.pk, point="chat_wangwang", well=False, note="账号被限制", by=li, now=MORNING + MINUTE
    )
    done = rounds.finish(round_id=early.pk, note="", by=li, now=MORNING + 2 * MINUTE)
    assert (done.done_by, done.done_at) == (li, MORNING + 2 * MINUTE)
    assert [clock.state for clock in deadlines.of(early.subject)] == ["met"]


@pytest.mark.clause("W4")
def test_missed_it_shows_and_goes_up() -> None:
    [early] = asked(MORNING)
    clock = deadlines.running(early.subject, "work.presence_checked")
    assert clock is not None
    assert clock.due_at == MORNING + 30 * MINUTE
    assert clock.clause == "W4"


def test_only_service_records_it() -> None:
    [early] = asked(MORNING)
    with pytest.raises(Forbidden):
        rounds.finish(round_id=early.pk, note="", by=person("wei_webmaster"), now=MORNING)


def test_the_page_speaks_of_presence_and_names_the_shift() -> None:
    [early] = asked(MORNING)
    page = signed_in("li_lei").get(reverse("cms:round", args=[early.pk])).content.decode()
    assert "客服早班" in page
    assert "在线" in page
    listed = signed_in("li_lei").get(reverse("cms:rounds")).content.decode()
    assert "客服早班" in listed
    assert reverse("cms:round", args=[early.pk]) in [
        each.url for each in day.items_for(person("li_lei"), MORNING)
    ]
