"""Leaves as facts for the settlement and the roster."""

from __future__ import annotations

import pytest

from attendance.models import Unsettled
from attendance.selectors.leaves import leaves_of, on_leave
from tests.attendance.leaves import (
    DAY,
    HOUR,
    MONDAY,
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    agree,
    ask,
    everybody,
    local,
    tell,
)
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def test_a_leave_is_a_fact_of_the_days_it_touches_and_of_no_others() -> None:
    leave = agree(ask(first=WEDNESDAY, last=THURSDAY))
    (fact,) = leaves_of(None, WEDNESDAY, WEDNESDAY)
    assert (fact.id, fact.employee_id, fact.kind, fact.state, fact.paid) == (
        leave.pk, person("li_lei").pk, "personal", "approved", False,
    )  # fmt: skip
    assert (fact.starts_at, fact.ends_at) == (local(WEDNESDAY), local(THURSDAY + DAY))
    assert leaves_of(None, THURSDAY, THURSDAY + DAY) == [fact]
    assert leaves_of(None, MONDAY, TUESDAY) == []
    assert leaves_of(None, THURSDAY + DAY, THURSDAY + 2 * DAY) == []
    assert leaves_of([person("han_meimei").pk], WEDNESDAY, THURSDAY) == []


def test_requested_and_told_ones_say_so() -> None:
    ask(first=WEDNESDAY)
    tell("han_meimei", to="wang_supervisor")
    assert {fact.state for fact in leaves_of(None, MONDAY, WEDNESDAY)} == {"requested", "provisional"}


def test_who_is_on_leave_at_an_instant() -> None:
    agree(ask(first=WEDNESDAY))
    ask("wu_clerk", first=WEDNESDAY)
    tell("han_meimei", to="wang_supervisor")
    ids = [person(who).pk for who in ("li_lei", "wu_clerk", "han_meimei", "chen_manager")]
    assert on_leave(ids, NOW) == {person("han_meimei").pk}
    assert on_leave(ids, local(WEDNESDAY, "09:00")) == {person("li_lei").pk}
    assert on_leave(ids, local(WEDNESDAY) + 24 * HOUR) == set()


def test_every_change_marks_the_days() -> None:
    leave = ask(first=WEDNESDAY, last=THURSDAY)
    days = {row.day: row.marks for row in Unsettled.objects.filter(employee=person("li_lei"))}
    assert days == {WEDNESDAY: 1, THURSDAY: 1}
    agree(leave)
    assert set(Unsettled.objects.values_list("marks", flat=True)) == {2}
