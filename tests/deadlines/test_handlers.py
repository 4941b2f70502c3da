"""Rules whose breach does more than tell: the handler and the telling commit together, or the row keeps the error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from office.deadlines import api as deadlines
from office.deadlines import kinds
from office.deadlines.models import Deadline, DeadlineEvent
from office.errors import Conflict
from office.notices.models import Mute
from office.staff.models import Employee
from tests.deadlines.cast import CONTACT, after, clock, subject, told
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def handler() -> Iterator[list[Any]]:
    """Records its calls; raises what is put into it first."""
    calls: list[Any] = []

    def on_breach(row: Deadline, now: dt.datetime) -> None:
        calls.append((row.subject_id, now))
        Mute.objects.create(
            employee=Employee.objects.get(number="A001"), kind=f"mark {row.subject_id} {len(calls)}"
        )
        for item in list(calls):
            if isinstance(item, dict) and item.get("fails") == row.subject_id:
                raise item["error"]

    before = dict(kinds._kinds)
    deadlines.register_kind(CONTACT, title="first contact", on_breach=on_breach)
    yield calls
    kinds._kinds.clear()
    kinds._kinds.update(before)


def test_the_handler_runs_once_at_the_breach_and_not_at_warnings_or_escalations(handler: list[Any]) -> None:
    holder = person("li_lei")
    clock(1, holder)
    deadlines.settle_due(after(7))
    assert handler == []
    settled = deadlines.settle_due(after(10))
    assert (settled.breached, settled.failed) == (1, 0)
    deadlines.settle_due(after(60))
    assert handler == [("1", after(10))]
    assert told(holder) == ["warned", "breached"]


def test_after_an_outage_the_steps_before_and_after_the_breach_are_told_with_it(handler: list[Any]) -> None:
    clock(1, person("li_lei"))
    assert deadlines.settle_due(after(60)).settled == 4
    assert len(handler) == 1
    assert DeadlineEvent.objects.count() == 4


def test_a_handler_that_raises_keeps_its_row_and_the_others_go_on(handler: list[Any]) -> None:
    holder = person("li_lei")
    for number in (1, 2, 3):
        clock(number, holder)
    handler.append({"fails": "2", "error": ValueError("customer Zhang San, 13800000000")})
    settled = deadlines.settle_due(after(10))
    assert (settled.breached, settled.failed) == (2, 1)
    row = Deadline.objects.get(subject_id="2")
    assert (row.failures, row.last_error) == (1, "ValueError")  # never the message: it may quote a person
    assert row.next_at == after(10) + dt.timedelta(seconds=5)
    assert row.breached_at is None
    # What the failing handler had written is rolled back.
    assert not Mute.objects.filter(kind__startswith="mark 2").exists()


def test_a_failing_row_backs_off_and_recovers(handler: list[Any]) -> None:
    clock(1, person("li_lei"))
    handler.append({"fails": "1", "error": Conflict("taken", code="taken")})
    assert deadlines.settle_due(after(10)).failed == 1
    assert deadlines.settle_due(after(10)).failed == 0  # waits
    assert deadlines.settle_due(after(10) + dt.timedelta(seconds=5)).failed == 1
    row = Deadline.objects.get()
    assert (row.failures, row.last_error) == (2, "Conflict: taken")
    assert row.next_at == after(10) + dt.timedelta(seconds=15)
    handler.clear()
    assert deadlines.settle_due(after(11)).breached == 1
    row.refresh_from_db()
    assert (row.failures, row.last_error, row.breached_at) == (0, "", after(11))


def test_a_handler_may_close_the_clock_itself(handler: list[Any]) -> None:
    holder = person("li_lei")
    clock(1, holder)

    def on_breach(row: Deadline, now: dt.datetime) -> None:
        deadlines.cancel(CONTACT, subject=subject(1), at=now)

    deadlines.register_kind(CONTACT, title="first contact", on_breach=on_breach)
    settled = deadlines.settle_due(after(11))
    assert settled.failed == 0
    assert told(holder) == ["breached"]
    assert Deadline.objects.get().state == "cancelled"
    assert deadlines.settle_due(after(60)).settled == 0
