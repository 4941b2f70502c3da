"""open, open_many, meet, cancel, assign, retry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from office.audit.models import Entry
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline, DeadlineEvent
from office.deadlines.services import retry
from office.errors import Conflict, NotFound
from office.rulebook.api import UnknownRule
from office.subjects import Subject
from tests.deadlines.cast import CONTACT, after, clock, subject, told
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C7.2")
def test_open_computes_the_whole_plan_from_the_book() -> None:
    row = clock(1, person("li_lei"))
    assert row.clause == "C7.2"
    assert row.due_at == after(10)
    assert row.plan_at == [after(7), after(10), after(15), after(25)]
    assert row.plan_kind == ["w", "b", "e", "e"]
    assert row.plan_to == ["holder", "holder", "service_supervisor:on_duty", "department_manager"]
    assert (row.step, row.next_at, row.state) == (0, after(7), "open")


def test_open_answers_the_clock_that_already_runs() -> None:
    first = clock(1, person("li_lei"))
    again = clock(1, person("han_meimei"), started_at=after(3))
    assert again.pk == first.pk
    assert again.started_at == first.started_at


def test_open_refuses_a_rule_that_the_book_does_not_have() -> None:
    with pytest.raises(UnknownRule):
        deadlines.open("orders.nonsense", subject=subject(), started_at=after(0), now=after(0))


def test_open_many_is_one_insert_and_leaves_running_clocks_alone() -> None:
    first = clock(3)
    with CaptureQueriesContext(connection) as queries:
        deadlines.open_many(
            CONTACT, [subject(number) for number in range(50)], started_at=after(1), now=after(1)
        )
    assert sum("INSERT" in query["sql"] for query in queries) == 1
    assert Deadline.objects.count() == 50
    assert Deadline.objects.get(subject_id="3").pk == first.pk
    assert Deadline.objects.get(subject_id="4").label == "TM01/0004"


def test_open_many_of_nothing_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        deadlines.open_many(CONTACT, [], started_at=after(1), now=after(1))
    assert len(queries) == 0


@pytest.mark.clause("C7.2")
def test_meet_in_time_keeps_it() -> None:
    holder = person("li_lei")
    clock(1, holder)
    row = deadlines.meet(CONTACT, subject=subject(), at=after(10))
    assert row is not None
    assert (row.state, row.met_at, row.next_at, row.breached_at) == ("met", after(10), None, None)
    assert told(holder) == []


def test_meet_without_a_running_clock_answers_none() -> None:
    assert deadlines.meet(CONTACT, subject=subject(), at=after(1)) is None
    clock(1)
    deadlines.meet(CONTACT, subject=subject(), at=after(1))
    assert deadlines.meet(CONTACT, subject=subject(), at=after(2)) is None


@pytest.mark.clause("C7.2")
def test_meet_too_late_while_no_sweep_ran_tells_the_breach_and_the_escalations_due_by_then() -> None:
    holder, supervisor, manager = person("li_lei"), person("wang_supervisor"), person("chen_manager")
    clock(1, holder)
    row = deadlines.meet(CONTACT, subject=subject(), at=after(16))
    assert row is not None
    assert (row.state, row.met_at, row.breached_at, row.next_at) == ("met", after(16), after(16), None)
    assert told(holder) == ["breached"]  # a warning would come too late to be one
    assert told(supervisor) == ["escalated"]
    assert told(manager) == []
    assert list(DeadlineEvent.objects.order_by("step").values_list("kind", "planned_at")) == [
        ("b", after(10)),
        ("e", after(15)),
    ]


def test_meet_after_the_breach_was_told_does_not_tell_it_again() -> None:
    holder = person("li_lei")
    clock(1, holder)
    deadlines.settle_due(after(10))
    deadlines.meet(CONTACT, subject=subject(), at=after(11))
    assert told(holder) == ["warned", "breached"]


@pytest.mark.clause("C7.2")
def test_many_are_met_at_once_and_only_those_that_run() -> None:
    holder = person("li_lei")
    for number in (1, 2, 3):
        clock(number, holder)
    deadlines.meet(CONTACT, subject=subject(1), at=after(1))
    assert deadlines.meet_many(CONTACT, [subject(1), subject(2), subject(9)], at=after(11)) == 1
    states = dict(Deadline.objects.values_list("subject_id", "state"))
    assert (states["1"], states["2"], states["3"]) == ("met", "met", "open")
    assert told(holder)  # the second was late, and nobody had told it
    assert deadlines.meet_many(CONTACT, [], at=after(12)) == 0


def test_a_span_of_the_callers_own_runs_day_and_night() -> None:
    opening = deadlines.opening(CONTACT, [subject()], started_at=after(0), within=timedelta(hours=9))
    assert opening.due_at == after(9 * 60)


def test_a_new_clock_may_run_after_the_old_one_was_met() -> None:
    first = clock(1)
    deadlines.meet(CONTACT, subject=subject(), at=after(1))
    assert clock(1, started_at=after(2)).pk != first.pk
    assert deadlines.of(subject())[0].pk == first.pk


def test_cancel_stops_one_rule_or_all_of_a_subject() -> None:
    clock(1)
    deadlines.open("orders.accept", subject=subject(), started_at=after(0), now=after(0))
    clock(2)
    assert deadlines.cancel("orders.accept", subject=subject(), at=after(1)) == 1
    assert deadlines.running(subject(), CONTACT) is not None
    assert deadlines.cancel(None, subject=subject(), at=after(2)) == 1
    assert deadlines.cancel(None, subject=subject(), at=after(3)) == 0
    assert deadlines.running(subject(), CONTACT) is None
    assert deadlines.running(subject(2), CONTACT) is not None


def test_assign_moves_every_running_clock_to_the_new_holder() -> None:
    holder, other = person("li_lei"), person("han_meimei")
    clock(1, holder)
    assert deadlines.assign(subject(), other.pk) == 1
    deadlines.settle_due(after(7))
    assert (told(holder), told(other)) == ([], ["warned"])
    assert deadlines.assign(subject(99), other.pk) == 0


def test_the_database_refuses_a_met_row_without_an_instant_and_a_closed_one_that_still_waits() -> None:
    row = clock(1)
    for change in ({"state": "met"}, {"state": "cancelled", "cancelled_at": after(1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Deadline.objects.filter(pk=row.pk).update(**change)


def test_retry_puts_a_failed_row_back_at_once_and_is_audited() -> None:
    row = clock(1)
    Deadline.objects.filter(pk=row.pk).update(failures=3, last_error="ValueError", next_at=after(90))
    administrator = person("sun_admin")
    assert retry(deadline_id=row.pk, by=administrator, now=after(20)).next_at == after(20)
    entry = Entry.objects.get(verb="deadlines.retry")
    assert (entry.subject_id, entry.actor_id, entry.clause) == ("1", administrator.pk, "C7.2")


def test_retry_refuses_what_did_not_fail_and_what_is_not_there() -> None:
    row = clock(1)
    with pytest.raises(Conflict):
        retry(deadline_id=row.pk, by=person("sun_admin"), now=after(1))
    with pytest.raises(NotFound):
        retry(deadline_id=row.pk + 1, by=person("sun_admin"), now=after(1))


def test_subjects_of_other_types_do_not_meet() -> None:
    clock(1)
    assert deadlines.meet(CONTACT, subject=Subject("batch", "1"), at=after(1)) is None
