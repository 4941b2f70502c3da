"""Many sweeps and acts at once, each on its own connection: every step once, none lost."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from office.deadlines import api as deadlines
from office.deadlines import kinds, sweep
from office.deadlines.models import Deadline, DeadlineEvent
from office.deadlines.telling import tell
from office.notices.models import Notice
from tests.deadlines.cast import CONTACT, START, after, clock, subject, told
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs: Callable[[], object]) -> list[BaseException]:
    """Runs the jobs in threads that start together; answers what they raised."""
    barrier = threading.Barrier(len(jobs))
    raised: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            job()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_four_sweeps_at_once_tell_each_step_exactly_once() -> None:
    holder = person("li_lei")
    person("wang_supervisor"), person("chen_manager")
    subjects = [subject(number) for number in range(600)]
    deadlines.open_many(CONTACT, subjects, started_at=START, now=START, holder_id=holder.pk)
    settled: list[deadlines.Settled] = []

    def sweep() -> None:
        for minute in (7, 10, 15, 25):
            settled.append(deadlines.settle_due(after(minute), batch=37))

    assert at_once(*[sweep] * 4) == []
    settled.append(deadlines.settle_due(after(25)))
    assert sum(each.settled for each in settled) == 600 * 4
    assert DeadlineEvent.objects.count() == 600 * 4
    assert Counter(DeadlineEvent.objects.values_list("kind", flat=True)) == {"w": 600, "b": 600, "e": 1200}
    assert Notice.objects.count() == 600 * 4
    assert not Deadline.objects.exclude(next_at=None).exists()


def test_sweeps_and_late_acts_at_once_tell_each_breach_once() -> None:
    holder = person("li_lei")
    subjects = [subject(number) for number in range(120)]
    deadlines.open_many(CONTACT, subjects, started_at=START, now=START, holder_id=holder.pk)

    def act() -> None:
        for each in subjects:
            deadlines.meet(CONTACT, subject=each, at=after(12))

    def sweep() -> None:
        for _round in range(10):
            deadlines.settle_due(after(11), batch=20)

    assert at_once(act, sweep, sweep) == []
    assert Deadline.objects.filter(state="met").count() == 120
    assert DeadlineEvent.objects.filter(kind="b").count() == 120
    assert told(holder).count("breached") == 120


def test_a_handler_runs_once_under_many_sweeps_and_never_waits_for_an_act() -> None:
    holder = person("li_lei")
    for number in range(20):
        clock(number, holder)
    calls: Counter[str] = Counter()

    def on_breach(row: Deadline, now: dt.datetime) -> None:
        calls[row.subject_id] += 1

    before = dict(kinds._kinds)
    deadlines.register_kind(CONTACT, title="first contact", on_breach=on_breach)
    try:
        assert at_once(*[lambda: deadlines.settle_due(after(10))] * 4) == []
    finally:
        kinds._kinds.clear()
        kinds._kinds.update(before)
    assert set(calls.values()) == {1}
    assert len(calls) == 20


def test_a_row_that_an_act_holds_is_left_to_the_next_sweep() -> None:
    clock(1, person("li_lei"))
    clock(2, person("li_lei"))
    held, swept = threading.Event(), threading.Event()

    def act() -> None:
        with transaction.atomic():
            Deadline.objects.select_for_update().get(subject_id="1")
            held.set()
            assert swept.wait(10)

    def sweep() -> None:
        assert held.wait(10)
        try:
            assert deadlines.settle_due(after(7)).warned == 1
        finally:
            swept.set()

    assert at_once(act, sweep) == []
    assert deadlines.settle_due(after(7)).warned == 1


def test_a_sweep_that_dies_before_its_commit_leaves_everything_to_be_told() -> None:
    holder = person("li_lei")
    clock(1, holder)

    def killed() -> None:
        with transaction.atomic():
            deadlines.settle_due(after(10))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    assert told(holder) == []
    assert deadlines.settle_due(after(10)).settled == 2
    assert told(holder) == ["warned", "breached"]


def backlog() -> None:
    holder = person("li_lei")
    person("wang_supervisor"), person("chen_manager")
    subjects = [subject(number) for number in range(200)]
    deadlines.open_many(CONTACT, subjects, started_at=START, now=START, holder_id=holder.pk)


def told_by(monkeypatch: pytest.MonkeyPatch, fails_beside: bool = False) -> list[str]:
    """The threads that told a batch, a word for each batch; both wait for each other once, so that both come to it."""
    names: list[str] = []
    both = threading.Barrier(2, timeout=10)

    def counted(*args: Any, **more: Any) -> Any:
        beside = threading.current_thread().name.startswith("sweep")
        if len(names) in (1, 2):  # the first batch after the full one, of each
            names.append("beside" if beside else "sweep")
            both.wait()
        else:
            names.append("beside" if beside else "sweep")
        if beside and fails_beside:
            raise RuntimeError("broken")
        return tell(*args, **more)

    monkeypatch.setattr(sweep, "tell", counted)
    return names


def test_a_backlog_is_worked_off_by_two_at_once_each_step_once(monkeypatch: pytest.MonkeyPatch) -> None:
    backlog()
    names = told_by(monkeypatch)
    settled = deadlines.settle_due(after(10), batch=20)
    assert (settled.warned, settled.breached) == (200, 200)
    assert names[0] == "sweep"
    assert {"sweep", "beside"} == set(names)
    assert DeadlineEvent.objects.count() == 400
    assert not Deadline.objects.filter(next_at__lte=after(10)).exists()


def test_what_fails_beside_is_raised_and_told_by_the_next_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    backlog()
    told_by(monkeypatch, fails_beside=True)
    with pytest.raises(RuntimeError):
        deadlines.settle_due(after(10), batch=20)
    monkeypatch.undo()
    deadlines.settle_due(after(10), batch=20)
    assert DeadlineEvent.objects.count() == 400
    assert not Deadline.objects.filter(next_at__lte=after(10)).exists()


def test_inside_a_transaction_one_works_off_all(monkeypatch: pytest.MonkeyPatch) -> None:
    backlog()
    names: list[str] = []
    monkeypatch.setattr(sweep, "ThreadPoolExecutor", lambda *args, **more: names.append("a thread"))
    with transaction.atomic():
        assert deadlines.settle_due(after(10), batch=20).breached == 200
    assert names == []
