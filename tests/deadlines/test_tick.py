"""The task, the command, and the report of an outage."""

from __future__ import annotations

import io
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from office.deadlines import api as deadlines
from office.deadlines import sweep, tasks
from office.deadlines.models import SweepGap
from office.notices.models import Notice
from tests.deadlines.cast import after, clock, told
from tests.people import person

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("settle_deadlines", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_what_it_told() -> None:
    clock(1, person("li_lei"))
    assert (
        run("--now", "2026-11-23T10:10:00+08:00")
        == "settled 2, warned 1, breached 1, escalated 0, failed 0\n"
    )
    assert run("--now", "2026-11-23T02:16:00Z") == "settled 1, warned 0, breached 0, escalated 1, failed 0\n"
    assert run("--now", "2026-11-23T10:16:00") == "settled 0, warned 0, breached 0, escalated 0, failed 0\n"


def test_the_command_without_a_time_takes_the_clock() -> None:
    clock(1, person("li_lei"))
    with time_machine.travel(after(8), tick=False):
        assert run() == "settled 1, warned 1, breached 0, escalated 0, failed 0\n"


@pytest.mark.parametrize("text", ["soon", "2026-13-01T00:00:00", "10:00"])
def test_the_command_refuses_what_is_no_time(text: str) -> None:
    with pytest.raises(CommandError, match="--now"):
        run("--now", text)


def test_the_task_tells_and_ticks() -> None:
    holder = person("li_lei")
    clock(1, holder)
    with time_machine.travel(after(10), tick=False):
        tasks.settle()
        assert deadlines.last_tick() == timezone.now()
    assert told(holder) == ["warned", "breached"]


def test_an_outage_is_kept_and_told_to_those_who_run_the_machines() -> None:
    administrator, manager, agent = person("sun_admin"), person("qian_it"), person("li_lei")
    assert sweep.tick(after(0)) is None
    assert sweep.tick(after(0.5)) is None
    gap = sweep.tick(after(30))
    assert gap is not None
    assert (gap.started_at, gap.ended_at) == (after(0.5), after(30))
    assert sweep.tick(after(30.1)) is None
    assert SweepGap.objects.count() == 1
    notices = Notice.objects.filter(kind="deadline.gap")
    assert {notice.recipient_id for notice in notices} == {administrator.pk, manager.pk}
    assert not Notice.objects.filter(recipient=agent).exists()


def test_a_tick_never_goes_back() -> None:
    sweep.tick(after(10))
    sweep.tick(after(9))
    assert deadlines.last_tick() == after(10)


def test_a_command_with_a_time_of_its_own_does_not_tick() -> None:
    run("--now", "2030-01-01T00:00:00+08:00")
    assert deadlines.last_tick() is None
    assert not SweepGap.objects.exists()


def test_the_beat_calls_the_task_by_its_name_and_lets_ticks_expire() -> None:
    entry: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE["settle-deadlines"]
    assert entry["task"] == tasks.settle.name
    assert entry["options"]["expires"] <= 5


def test_the_task_goes_on_while_batches_are_full_and_stops_after_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[int] = []

    def full(now: object, *, max_batches: int) -> sweep.Settled:
        calls.append(max_batches)
        return sweep.Settled(settled=sweep.BATCH if len(calls) < 3 else 0)

    monkeypatch.setattr(sweep, "settle_due", full)
    tasks.settle()
    assert len(calls) == 3
    calls.clear()
    monkeypatch.setattr(tasks, "LONGEST", -1.0)
    tasks.settle()
    assert len(calls) == 1
