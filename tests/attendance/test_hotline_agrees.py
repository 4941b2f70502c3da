"""The bar, the machines and the sentence name one person, and say until when (C9.3, M7.1)."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.models import HotlineSpan, Shift
from attendance.selectors.hotline import holder, name_now, said
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Appointment, Employee
from tests.attendance import leaves
from tests.attendance.people.stage import leaves as leaving
from tests.attendance.plan import DAY, NOW, book
from tests.people import LONG_AGO, person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C9.3")]
NIGHT, MIDNIGHT = NOW.replace(hour=22), (NOW + DAY).replace(hour=0, minute=0)
MORNING = (NOW + DAY).replace(hour=8, minute=50)


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()
    leaves.everybody()


def supervisor(name: str, *, acting: bool = False) -> Employee:
    made = Employee.objects.create(number=f"S9{name}", name=name, name_key=f"a{name}", joined_at=LONG_AGO)
    Appointment.objects.create(
        employee=made, position="service_supervisor", during=(LONG_AGO, None), acting=acting
    )
    return made


def night(who: str, start: dt.datetime = NIGHT, end: dt.datetime = MORNING) -> None:
    HotlineSpan.objects.create(
        employee=person(who), starts_at=start, ends_at=end, made_at=NOW, published_at=NOW
    )


def named(at: dt.datetime = NIGHT) -> str:
    """The name that everybody gives."""
    name = said(holder(at))["name"]
    assert name_now(rulebook.book(at), at) == name
    assert name in str(said(holder(at))["sentence"])
    return str(name)


def test_of_two_who_are_switched_on_the_one_inside_his_shift_has_it() -> None:
    early = supervisor("阿主管")
    for who in (early, person("wang_supervisor")):
        staff.start_duty(by=who, now=NOW)
    assert named() == "阿主管"
    Shift.objects.create(
        employee=early, day=NOW.date(), sort="work", code="cs_early", starts_at=NOW, ends_at=NOW + DAY / 3,
        spans=[(NOW, NOW + DAY / 3)], meal=dt.timedelta(), origin="hand", version_id=1, made_at=NOW, published_at=NOW,
    )  # fmt: skip
    assert named() == "王主管"


def test_an_own_holder_stands_before_who_acts_for_the_post() -> None:
    supervisor("阿主管", acting=True)
    assert named() == "王主管"


def test_when_the_leave_of_whom_the_roster_names_ends_he_has_it_again() -> None:
    leaves.agree(leaves.ask("han_meimei", now=NOW - 2 * DAY, first=NOW.date()), now=NOW - DAY)
    night("han_meimei")
    assert (named(), holder(NIGHT).until) == ("王主管", MIDNIGHT)
    assert (named(MIDNIGHT), holder(MIDNIGHT).until) == ("韩梅梅", MORNING)


def test_until_the_next_span_begins() -> None:
    night("han_meimei", MIDNIGHT)
    assert (named(), holder(NIGHT).until) == ("王主管", MIDNIGHT)


def test_until_the_stand_in_goes_on_leave_himself() -> None:
    supervisor("主管")
    leaves.agree(leaves.ask("wang_supervisor", now=NOW, first=NOW.date() + DAY), "chen_manager", now=NOW)
    staff.start_duty(by=person("wang_supervisor"), now=NOW)
    assert (named(), holder(NIGHT).until) == ("王主管", MIDNIGHT)
    assert (named(MIDNIGHT), holder(MIDNIGHT).until) == ("主管", MORNING)


@pytest.mark.clause("S6")
def test_after_his_last_day_nobody_has_it() -> None:
    night("han_meimei")
    leaving("han_meimei", "同意", last_day=NOW.date(), by_agreement=True, now=NOW - DAY)
    assert (named(), holder(NIGHT).until) == ("韩梅梅", MIDNIGHT)
    assert named(MIDNIGHT) == "王主管"
