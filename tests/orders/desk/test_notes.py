"""Notes, call-backs, and the follow-up of the mall's book (M5.3)."""

from __future__ import annotations

import datetime as dt

import pytest

from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.rulebook.services import activate_book
from orders.models import Note
from orders.selectors.customers import open_for
from orders.services import desk
from orders.subjects import subject_of
from tests.orders.desk.arrange import MINUTE, NOW, accepted, again, confirmed, on_duty
from tests.people import person

pytestmark = pytest.mark.django_db


def _mall_from_november() -> None:
    before = NOW - dt.timedelta(days=40)
    activate_book(code="mall", starts_at=NOW - dt.timedelta(days=20), by=None, now=before)


def test_a_note_is_sealed_and_its_callback_is_ticked_off_once() -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    note = desk.add_note(
        order_id=progress.pk, by=li_lei, now=NOW, text="三点回电 13812345678", callback_at=NOW + 60 * MINUTE
    )
    assert open_for(progress.order, note.sealed_text) == "三点回电 13812345678"
    assert "13812345678" not in str([row.data for row in audit.timeline(subject_of(progress.order))])
    for _again in range(2):
        desk.finish_callback(note_id=note.pk, by=li_lei, now=NOW + 61 * MINUTE)
    assert Note.objects.get(pk=note.pk).done_at == NOW + 61 * MINUTE
    verbs = [row.verb for row in audit.timeline(subject_of(progress.order))]
    assert verbs.count("orders.callback_done") == 1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x", "callback_at": NOW}, "callback_at"),
        ({"text": "x" * 2001}, "note"),
    ],
)
def test_empty_words_past_times_and_novels_are_refused(given: dict[str, object], path: str) -> None:
    li_lei = on_duty("li_lei")
    progress = accepted(li_lei)
    with pytest.raises(Invalid) as refused:
        desk.add_note(order_id=progress.pk, by=li_lei, now=NOW, **given)  # type: ignore[arg-type]
    assert [error["path"] for error in refused.value.errors] == [path]
    assert not Note.objects.exists()


def test_who_only_reads_does_not_write() -> None:
    progress = accepted(on_duty("li_lei"))
    with pytest.raises(Forbidden):
        desk.add_note(order_id=progress.pk, by=person("sun_admin"), now=NOW, text="x")
    with pytest.raises(NotFound):
        desk.add_note(order_id=progress.pk, by=person("han_meimei"), now=NOW, text="x")
    with pytest.raises(NotFound):
        desk.finish_callback(note_id=12345, by=person("li_lei"), now=NOW)


def test_a_site_order_has_no_follow_up_clock() -> None:
    li_lei = on_duty("li_lei")
    progress = confirmed(li_lei)
    with pytest.raises(Conflict) as refused:
        desk.add_note(order_id=progress.pk, by=li_lei, now=NOW + 5 * MINUTE, text="x", follow_up=True)
    assert refused.value.code == "no_follow_up"


@pytest.mark.clause("M5.3")
def test_the_malls_book_has_a_follow_up_clock_that_every_follow_up_note_renews() -> None:
    _mall_from_november()
    li_lei, zhao = on_duty("li_lei"), person("zhao_operations")
    progress = confirmed(li_lei)
    subject = subject_of(progress.order)
    day = dt.timedelta(hours=24)
    first = deadlines.running(subject, "orders.followup")
    assert first is not None
    assert (first.clause, first.due_at) == ("M5.3", NOW + 2 * MINUTE + day)
    assert deadlines.running(subject, "orders.handoff") is None
    desk.add_note(order_id=progress.pk, by=li_lei, now=NOW + 60 * MINUTE, text="已催发货", follow_up=True)
    second = deadlines.running(subject, "orders.followup")
    assert second is not None
    assert second.due_at == NOW + 60 * MINUTE + day
    desk.add_note(order_id=progress.pk, by=li_lei, now=NOW + 61 * MINUTE, text="普通备注")
    assert deadlines.running(subject, "orders.followup") == second
    desk.hand_over(order_id=progress.pk, by=li_lei, now=NOW + 62 * MINUTE)
    desk.take_order(order_id=progress.pk, by=zhao, now=NOW + 63 * MINUTE)
    moved = deadlines.running(subject, "orders.followup")
    assert moved is not None
    assert moved.holder_id == zhao.pk
    assert again(progress).due_rule == "orders.followup"
    desk.close_order(order_id=progress.pk, by=zhao, now=NOW + 64 * MINUTE)
    assert [clock.state for clock in deadlines.of(subject) if clock.rule == "orders.followup"] == [
        "met",
        "met",
    ]


@pytest.mark.clause("M5.1")
def test_the_malls_acceptance_rests_on_its_own_clause() -> None:
    _mall_from_november()
    progress = accepted(on_duty("li_lei"))
    entry = next(row for row in audit.timeline(subject_of(progress.order)) if row.verb == "orders.accept")
    assert entry.clause == "M5.1"


def test_an_earlier_holder_reads_a_callback_and_does_not_tick_it_off() -> None:
    li_lei, han = on_duty("li_lei"), on_duty("han_meimei")
    progress = accepted(li_lei)
    desk.reassign_order(
        order_id=progress.pk, to=han, by=person("wang_supervisor"), now=NOW, reason="workload"
    )
    note = desk.add_note(order_id=progress.pk, by=han, now=NOW, text="回电", callback_at=NOW + 9 * MINUTE)
    with pytest.raises(Forbidden):
        desk.finish_callback(note_id=note.pk, by=li_lei, now=NOW + MINUTE)
    note.refresh_from_db()
    assert note.done_at is None
