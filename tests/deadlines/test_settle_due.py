"""settle_due: every step once, to the right people, whatever was missed."""

from __future__ import annotations

import datetime as dt

import pytest

from office.deadlines import api as deadlines
from office.deadlines.models import Deadline, DeadlineEvent
from office.deadlines.targets import _climb, resolve
from office.errors import Invalid
from office.notices.models import Mute, Notice
from office.notices.services import mute
from office.staff.models import Appointment, Presence
from tests.deadlines.cast import CONTACT, after, clock, subject, told
from tests.people import LONG_AGO, person

pytestmark = pytest.mark.django_db


def counts(settled: deadlines.Settled) -> tuple[int, int, int, int, int]:
    return settled.settled, settled.warned, settled.breached, settled.escalated, settled.failed


@pytest.mark.clause("C7.2")
def test_it_warns_then_tells_the_breach_then_climbs_the_ladder() -> None:
    holder, supervisor, manager = person("li_lei"), person("wang_supervisor"), person("chen_manager")
    clock(holder=holder)
    assert counts(deadlines.settle_due(after(6.9))) == (0, 0, 0, 0, 0)
    assert counts(deadlines.settle_due(after(7))) == (1, 1, 0, 0, 0)
    assert counts(deadlines.settle_due(after(10))) == (1, 0, 1, 0, 0)
    assert counts(deadlines.settle_due(after(15))) == (1, 0, 0, 1, 0)
    assert counts(deadlines.settle_due(after(25))) == (1, 0, 0, 1, 0)
    assert counts(deadlines.settle_due(after(9999))) == (0, 0, 0, 0, 0)
    assert told(holder) == ["warned", "breached"]
    assert told(supervisor) == ["escalated"]
    assert told(manager) == ["escalated"]
    row = Deadline.objects.get()
    assert (row.step, row.next_at, row.breached_at, row.state) == (4, None, after(10), "open")


@pytest.mark.clause("C7.2")
def test_an_outage_is_caught_up_in_order_each_step_once() -> None:
    holder, supervisor, manager = person("li_lei"), person("wang_supervisor"), person("chen_manager")
    clock(holder=holder)
    assert counts(deadlines.settle_due(after(60))) == (4, 1, 1, 2, 0)
    assert counts(deadlines.settle_due(after(60))) == (0, 0, 0, 0, 0)
    assert told(holder) == ["warned", "breached"]
    assert told(supervisor) == told(manager) == ["escalated"]
    events = DeadlineEvent.objects.order_by("step").values_list("step", "kind", "planned_at", "at")
    assert list(events) == [
        (0, "w", after(7), after(60)),
        (1, "b", after(10), after(60)),
        (2, "e", after(15), after(60)),
        (3, "e", after(25), after(60)),
    ]


def test_batches_smaller_than_what_is_due_tell_all_of_it() -> None:
    holder = person("li_lei")
    for number in range(7):
        clock(number, holder)
    assert counts(deadlines.settle_due(after(10), batch=2)) == (14, 7, 7, 0, 0)
    assert Notice.objects.filter(recipient=holder).count() == 14


def test_a_run_of_bounded_length_leaves_the_rest_to_the_next() -> None:
    for number in range(5):
        clock(number, person("li_lei"))
    assert deadlines.settle_due(after(7), batch=2, max_batches=1).settled == 2
    assert deadlines.settle_due(after(7), batch=2).settled == 3


def test_on_duty_means_those_on_duty_and_all_holders_when_nobody_is() -> None:
    supervisor = person("wang_supervisor")
    second = person("han_meimei")
    Appointment.objects.create(employee=second, position="service_supervisor", during=(LONG_AGO, None))
    clock(1, person("li_lei"))
    deadlines.settle_due(after(15))
    assert told(supervisor) == told(second) == ["escalated"]
    Presence.objects.create(employee=second, started_at=after(16), last_seen_at=after(16))
    clock(2, person("li_lei"), after(20))
    deadlines.settle_due(after(35))
    assert told(second) == ["escalated", "escalated"]
    assert told(supervisor) == ["escalated"]


def test_a_vacant_post_climbs_to_the_superior() -> None:
    manager = person("chen_manager")
    clock(1, person("li_lei"))
    deadlines.settle_due(after(15))  # the supervisor's step, and nobody is supervisor
    assert told(manager) == ["escalated"]


def test_a_clock_without_holder_tells_the_next_rung_that_is_a_post() -> None:
    supervisor = person("wang_supervisor")
    clock(1)
    deadlines.settle_due(after(10))
    assert told(supervisor) == ["warned", "breached"]


def test_a_holder_who_left_is_not_told() -> None:
    holder, supervisor = person("li_lei"), person("wang_supervisor")
    clock(1, holder)
    holder.is_active = False
    holder.save(update_fields=["is_active"])
    deadlines.settle_due(after(10))
    assert told(holder) == []
    assert told(supervisor) == ["warned", "breached"]


def test_nobody_at_all_leaves_the_history() -> None:
    clock(1)
    assert deadlines.settle_due(after(60)).settled == 4
    assert DeadlineEvent.objects.count() == 4
    assert not Notice.objects.exists()


def test_warnings_can_be_muted_and_escalations_not() -> None:
    holder = person("li_lei")
    mute(kind=f"deadline.warned:{CONTACT}", by=holder, now=after(0))
    with pytest.raises(Invalid):
        mute(kind=f"deadline.breached:{CONTACT}", by=holder, now=after(0))
    Mute.objects.create(employee=holder, kind=f"deadline.breached:{CONTACT}")
    clock(1, holder)
    deadlines.settle_due(after(10))
    warned, breached = Notice.objects.filter(recipient=holder).order_by("id")
    assert (warned.muted, warned.urgent) == (True, False)
    assert (breached.muted, breached.urgent) == (False, True)


def test_a_cancelled_or_met_clock_says_nothing_more() -> None:
    holder = person("li_lei")
    clock(1, holder)
    clock(2, holder)
    deadlines.meet(CONTACT, subject=subject(1), at=after(5))
    deadlines.cancel(None, subject=subject(2), at=after(5))
    assert deadlines.settle_due(after(60)).settled == 0
    assert told(holder) == []


def test_without_a_book_the_holders_of_a_post_are_still_told() -> None:
    supervisor, manager = person("wang_supervisor"), person("chen_manager")
    found = resolve(LONG_AGO - dt.timedelta(days=1))
    assert found.names == []
    Appointment.objects.filter(employee=manager).update(during=(LONG_AGO - dt.timedelta(days=9), None))
    found = resolve(LONG_AGO - dt.timedelta(days=1))  # before the first book
    assert dict(zip(found.names, found.people, strict=True)) == {
        "department_manager": manager.pk,
        "department_manager:on_duty": manager.pk,
    }
    assert supervisor.pk not in found.people


def test_superiors_in_a_circle_end() -> None:
    assert _climb("one", {}, {"one": "other", "other": "one"}) == set()
