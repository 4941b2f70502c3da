"""Who has the hotline at any instant."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from attendance.models import HotlineSpan
from attendance.selectors import hotline
from attendance.selectors.hotline import holder, sentence
from attendance.services.roster.hotline import name_holder
from attendance.services.roster.publishing import publish
from office.deadlines.targets import resolve
from office.errors import Forbidden, Invalid, NotFound
from office.notices.models import Notice
from office.rulebook import api as rulebook
from tests.attendance.plan import DAY, MONDAY, NOW, book
from tests.people import person

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
NIGHT = NOW.replace(hour=22)
HAN, TODAY = "han_meimei", NOW.date()


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()


def named(
    who: str | None = HAN, first: dt.date = TODAY, last: dt.date = TODAY, reason: str = ""
) -> list[HotlineSpan]:
    return name_holder(
        employee_id=person(who).pk if who else None, first_day=first, last_day=last, by=person("chen_manager"),
        now=NOW, reason=reason,
    )  # fmt: skip


def put_out(first: dt.date = TODAY, last: dt.date = TODAY) -> None:
    publish(first_day=first, last_day=last, by=person("chen_manager"), now=NOW, reason="只排热线")


@pytest.mark.clause("C9.3")
def test_in_online_hours_the_desk_answers() -> None:
    found = holder(NOW)
    assert (found.desk, found.people, found.until) == (True, (), NOW.replace(hour=18, minute=10))


@pytest.mark.clause("C9.3")
def test_without_a_roster_the_service_supervisor_has_it() -> None:
    assert holder(NIGHT).people == ()
    supervisor = person("wang_supervisor")
    found = holder(NIGHT)
    assert (found.people, found.by_roster) == ((supervisor,), False)
    assert found.until == (NIGHT + DAY).replace(hour=8, minute=50)


@pytest.mark.clause("C9.3")
def test_whom_the_published_roster_names_has_it_to_the_minute() -> None:
    person("wang_supervisor")
    named()
    assert not holder(NIGHT).by_roster
    put_out()
    found = holder(NIGHT)
    assert (found.people, found.by_roster) == ((person(HAN),), True)
    close = NOW.replace(hour=18, minute=10)
    assert holder(close).people == (person(HAN),)
    assert holder(close - dt.timedelta(seconds=1)).desk
    assert holder(close + 14 * HOUR + dt.timedelta(minutes=39, seconds=59)).people == (person(HAN),)
    assert holder(close + 14 * HOUR + dt.timedelta(minutes=40)).desk


@pytest.mark.clause("M7.1")
def test_the_mall_closes_at_nine() -> None:
    rulebook.activate_book(code="mall", starts_at=NOW, by=None, now=NOW - DAY)
    assert holder(NOW.replace(hour=20, minute=59)).desk
    assert not holder(NOW.replace(hour=21)).desk


def test_who_left_no_longer_has_it() -> None:
    named()
    put_out()
    han = person(HAN)
    han.is_active = False
    han.save()
    assert not holder(NIGHT).by_roster


def test_a_published_night_changes_with_a_reason_and_both_are_told() -> None:
    named()
    put_out()
    with pytest.raises(Invalid):
        named("li_lei")
    assert named(HAN) == []
    named("li_lei", reason="韩梅梅发烧")
    assert holder(NIGHT).people == (person("li_lei"),)
    assert HotlineSpan.objects.filter(removed_reason="韩梅梅发烧").count() == 1
    assert Notice.objects.filter(kind="attendance.hotline_changed").count() == 2
    named(None, reason="撤销")
    assert not holder(NIGHT).by_roster


def test_drafts_are_replaced_by_publishing() -> None:
    named(HAN, last=NOW.date() + 2 * DAY)
    named("li_lei", first=NOW.date() + DAY, last=NOW.date() + DAY)
    assert HotlineSpan.objects.count() == 3
    put_out(last=NOW.date() + 2 * DAY)
    assert [holder(NIGHT + n * DAY).people[0] for n in range(3)] == [
        person(HAN),
        person("li_lei"),
        person(HAN),
    ]


def test_refusals() -> None:
    with pytest.raises(Forbidden):
        name_holder(employee_id=None, first_day=MONDAY, last_day=MONDAY, by=person("li_lei"), now=NOW)
    with pytest.raises(Invalid):
        named(first=NOW.date() - 5 * DAY)
    with pytest.raises(NotFound):
        name_holder(employee_id=0, first_day=MONDAY, last_day=MONDAY, by=person("chen_manager"), now=NOW)


@pytest.mark.clause("C9.3")
def test_the_word_of_the_chains_means_whom_the_roster_names() -> None:
    supervisor = person("wang_supervisor")
    assert rulebook.people_of("duty_service_manager", NIGHT) == [supervisor]
    named()
    put_out()
    assert rulebook.people_of("duty_service_manager", NIGHT) == [person(HAN)]
    targets = resolve(NIGHT)
    pairs = set(zip(targets.names, targets.people, strict=True))
    assert ("duty_service_manager", person(HAN).pk) in pairs
    assert ("duty_service_manager", supervisor.pk) not in pairs
    assert ("leader", person("chen_manager").pk) in pairs


def test_the_sentence_names_the_number() -> None:
    with translation.override("en"):
        assert sentence(holder(NOW)) == "Online hours: calls come to the desk."
        assert sentence(holder(NIGHT)) == "Nobody has the hotline."
        wang = person("wang_supervisor")
        assert sentence(holder(NIGHT)) == "Forward to 王主管, whose number is not known."
        wang.phone = "13800001111"
        wang.save()
        assert sentence(holder(NIGHT)) == "Forward to 王主管, 13800001111."


def test_the_nights_of_some_days() -> None:
    found = hotline.nights(NOW.replace(hour=0), NOW.replace(hour=0) + DAY, NOW)
    assert [f"{a:%H:%M}-{b:%H:%M}" for a, b in found] == ["00:00-08:50", "18:10-00:00"]
