"""Reaching the customer (C7.2): only a record stops the clock, and nobody who was not reached is forgotten."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta
from typing import Any

import pytest

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid
from office.staff.models import Employee
from orders.models import ContactRecord
from orders.selectors.customers import open_for
from orders.services import desk
from orders.subjects import subject_of
from tests.orders.desk.arrange import MINUTE, NOW, accepted, again, on_duty, reach

pytestmark = pytest.mark.django_db


def _not_reached(order_id: int, by: Employee, now: dt.datetime, **given: Any) -> ContactRecord:
    given.setdefault("next_try_at", now + 30 * MINUTE)
    return desk.record_contact(
        order_id=order_id,
        by=by,
        now=now,
        channel="phone",
        outcome="not_reached",
        **given,
    )


@pytest.mark.clause("C7.2")
def test_a_record_stops_the_ten_minute_clock() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    reach(progress, li_lei, at=NOW + 9 * MINUTE)
    clock = deadlines.of(subject_of(progress.order))[-1]
    assert (clock.rule, clock.state, clock.met_at) == ("orders.contact", "met", NOW + 9 * MINUTE)
    progress = again(progress)
    assert (progress.state, progress.tries, progress.due_at) == ("contacted", 1, None)


@pytest.mark.clause("C7.2")
def test_a_note_or_a_look_at_the_phone_does_not_stop_it() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    desk.unmask_customer(order_id=progress.pk, by=li_lei, now=NOW + MINUTE)
    desk.add_note(order_id=progress.pk, by=li_lei, now=NOW + 2 * MINUTE, text="忙线")
    assert deadlines.running(subject_of(progress.order), "orders.contact") is not None


@pytest.mark.clause("C7.2")
def test_not_reached_schedules_the_next_try_and_the_record_stands() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    _not_reached(progress.pk, li_lei, NOW + 2 * MINUTE)
    progress = again(progress)
    assert (progress.state, progress.due_rule, progress.due_at) == (
        "contacted",
        "next_try",
        NOW + 32 * MINUTE,
    )
    reach(progress, li_lei, at=NOW + 31 * MINUTE)
    outcomes = list(ContactRecord.objects.filter(order_id=progress.pk).values_list("outcome", flat=True))
    assert outcomes == ["not_reached", "reached"]
    assert again(progress).next_try_at is None


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"next_try_at": None}, "next_try_at", "required"),
        ({"next_try_at": NOW}, "next_try_at", "past"),
        ({"next_try_at": NOW + timedelta(hours=25)}, "next_try_at", "too_late"),
        ({"at": NOW + 9 * MINUTE}, "at", "future"),
        ({"at": NOW - MINUTE}, "at", "before_acceptance"),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, object], path: str, code: str) -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    with pytest.raises(Invalid) as refused:
        _not_reached(progress.pk, li_lei, NOW + 2 * MINUTE, **given)
    assert [(error["path"], error["code"]) for error in refused.value.errors] == [(path, code)]
    assert refused.value.clause == "C7.2"
    assert again(progress).state == "accepted"


def test_unknown_words_are_refused_before_the_database_sees_them() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    with pytest.raises(Invalid) as refused:
        desk.record_contact(order_id=progress.pk, by=li_lei, now=NOW, channel="pigeon", outcome="maybe")
    assert [error["path"] for error in refused.value.errors] == ["channel", "outcome"]


@pytest.mark.clause("C7.2")
def test_the_time_of_the_contact_counts_and_a_late_record_shows_as_such() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    desk.record_contact(
        order_id=progress.pk,
        by=li_lei,
        now=NOW + 12 * MINUTE,
        at=NOW + 8 * MINUTE,
        channel="phone",
        outcome="reached",
    )
    subject = subject_of(progress.order)
    assert deadlines.of(subject)[-1].met_at == NOW + 8 * MINUTE
    data = audit.timeline(subject)[-1].data
    assert (data["in_time"], data["written_late"]) == (True, True)


def test_only_the_holder_records() -> None:
    progress = accepted(on_duty("li_lei"))
    with pytest.raises(Forbidden) as refused:
        reach(progress, on_duty("wang_supervisor"), at=NOW)
    assert refused.value.code == "not_holder"
    assert "李雷" in str(refused.value.message)


def test_a_stale_page_is_told_what_the_order_is_now() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    seen = again(progress).version
    desk.reassign_order(
        order_id=progress.pk,
        to=on_duty("han_meimei"),
        by=on_duty("wang_supervisor"),
        now=NOW,
        reason="workload",
    )
    with pytest.raises(Conflict) as refused:
        desk.record_contact(
            order_id=progress.pk, by=li_lei, now=NOW, channel="phone", outcome="reached", seen=seen
        )
    assert (refused.value.code, refused.value.params["holder"]) == ("stale", "韩梅梅")


def test_the_words_are_sealed_and_not_in_the_trail() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    record = desk.record_contact(
        order_id=progress.pk, by=li_lei, now=NOW, channel="phone", outcome="reached", note="请送到后门 张三丰"
    )
    assert "张三丰".encode() not in bytes(record.sealed_note or b"")
    assert open_for(progress.order, record.sealed_note) == "请送到后门 张三丰"
    assert "张三丰" not in str([row.data for row in audit.timeline(subject_of(progress.order))])


def test_the_minute_of_the_acceptance_counts_as_after_it() -> None:
    """People give minutes: 10:00 is said of a call at 10:00:40 to an order accepted at 10:00:30."""
    li_lei = on_duty("li_lei")
    half_past = NOW + MINUTE / 2
    progress = accepted(li_lei, at=half_past)
    record = desk.record_contact(
        order_id=progress.pk, by=li_lei, now=NOW + 5 * MINUTE, at=NOW, channel="phone", outcome="reached"
    )
    assert record.at == half_past
