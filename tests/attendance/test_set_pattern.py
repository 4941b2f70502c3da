"""Personal patterns of shifts."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from attendance.models import Pattern
from attendance.services.roster.patterns import end_pattern, set_pattern
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.attendance.plan import DAY, EARLY, LATE, MONDAY, NOW, book
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()


def given(cycle: list[str], first: object = MONDAY, by: str = "wang_supervisor") -> Pattern:
    return set_pattern(
        employee_id=person("li_lei").pk,
        cycle=cycle,
        first_day=first,  # type: ignore[arg-type]
        by=person(by),
        now=NOW,
    )


def test_the_next_pattern_ends_the_one_before() -> None:
    first = given(EARLY)
    second = given(LATE, MONDAY + 7 * DAY)
    first.refresh_from_db()
    assert (first.last_day, second.last_day) == (MONDAY + 6 * DAY, None)


def test_a_pattern_does_not_begin_before_a_later_one() -> None:
    given(EARLY)
    with pytest.raises(Conflict):
        given(LATE, MONDAY - DAY)


@pytest.mark.parametrize("cycle", [[], ["", ""], ["night"], ["cs_early"] * 57])
def test_a_cycle_has_types_of_the_book(cycle: list[str]) -> None:
    with pytest.raises(Invalid):
        given(cycle)


def test_a_stranger_has_no_pattern() -> None:
    with pytest.raises(NotFound):
        set_pattern(employee_id=0, cycle=EARLY, first_day=MONDAY, by=person("chen_manager"), now=NOW)
    with pytest.raises(Forbidden):
        given(EARLY, by="li_lei")


def test_a_pattern_ends_once() -> None:
    found = given(EARLY)
    end_pattern(pattern_id=found.pk, last_day=MONDAY + 3 * DAY, by=person("chen_manager"), now=NOW)
    found.refresh_from_db()
    assert found.last_day == MONDAY + 3 * DAY
    with pytest.raises(Conflict):
        end_pattern(pattern_id=found.pk, last_day=MONDAY + 4 * DAY, by=person("chen_manager"), now=NOW)
    end_pattern(pattern_id=found.pk, last_day=MONDAY - DAY, by=person("chen_manager"), now=NOW)
    with pytest.raises(NotFound):
        end_pattern(pattern_id=found.pk, last_day=MONDAY, by=person("chen_manager"), now=NOW)


def test_the_database_refuses_two_patterns_at_once() -> None:
    found = given(EARLY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pattern.objects.create(
            employee=found.employee, cycle=LATE, anchor=MONDAY, first_day=MONDAY + DAY, made_at=NOW
        )
