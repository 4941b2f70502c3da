"""Everybody gives up rest (S7)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from attendance.models import RestWaiver, Unsettled
from attendance.selectors.waivers import listed, waived
from attendance.services.roster.waivers import restore_rest, waive_rest
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.attendance.plan import DAY, MONDAY, NOW, book, shift
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S7")]
SATURDAY = MONDAY + 5 * DAY


@pytest.fixture(autouse=True)
def _book(db: None) -> None:
    book()


def declared(by: str = "chen_manager", reason: str = "大促", days: int = 1) -> RestWaiver:
    return waive_rest(
        first_day=SATURDAY, last_day=SATURDAY + days * DAY, reason=reason, by=person(by), now=NOW
    )


def test_the_days_are_answered_and_settled_again() -> None:
    shift(person("li_lei"), SATURDAY)
    made = declared()
    assert waived({SATURDAY, SATURDAY - DAY}) == {SATURDAY}
    assert waived([]) == set()
    assert Unsettled.objects.get().day == SATURDAY
    assert listed() == [made]


def test_only_the_department_manager_declares_it_with_a_reason() -> None:
    for who in ("wang_supervisor", "zhou_general", "li_lei"):
        with pytest.raises(Forbidden):
            declared(by=who)
    with pytest.raises(Invalid):
        declared(reason="  ")
    with pytest.raises(Invalid):
        declared(days=40)
    with pytest.raises(Invalid):
        waive_rest(
            first_day=MONDAY - 9 * DAY,
            last_day=MONDAY - 8 * DAY,
            reason="x",
            by=person("chen_manager"),
            now=NOW,
        )
    declared()
    with pytest.raises(Conflict):
        declared()


def test_it_is_taken_back_before_it_begins_and_once() -> None:
    made = declared()
    restore_rest(waiver_id=made.pk, by=person("chen_manager"), now=NOW)
    assert waived({SATURDAY}) == set()
    with pytest.raises(Conflict):
        restore_rest(waiver_id=made.pk, by=person("chen_manager"), now=NOW)
    with pytest.raises(NotFound):
        restore_rest(waiver_id=0, by=person("chen_manager"), now=NOW)
    second = declared()
    with pytest.raises(Conflict) as refused:
        restore_rest(waiver_id=second.pk, by=person("chen_manager"), now=NOW + 10 * DAY)
    assert refused.value.code == "begun"


def test_it_stays_while_a_published_week_rests_on_it() -> None:
    made = declared()
    for n in range(7):
        shift(person("li_lei"), MONDAY + n * DAY)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        restore_rest(waiver_id=made.pk, by=person("chen_manager"), now=NOW)
    assert refused.value.code == "no_rest"


def test_the_database_keeps_the_reason() -> None:
    made = declared()
    with pytest.raises(IntegrityError), transaction.atomic():
        RestWaiver.objects.filter(pk=made.pk).update(reason="别的")
    with pytest.raises(IntegrityError), transaction.atomic():
        made.delete()
