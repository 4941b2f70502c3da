"""What was returned pauses its clocks, says so, and begins them anew when it is asked again."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from office.approvals import api as approvals
from office.approvals.models import Run, Seat, Step
from office.approvals.selectors import queue
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.notices.models import Notice
from tests.approvals.cast import NOW, Shelf, ask
from tests.people import person, signed_in

FORTNIGHT = dt.timedelta(days=14)
pytestmark = pytest.mark.clause("C11.1")


def returned(step: int | None = None) -> Run:
    run = ask("toy.two")
    approvals.approve(run_id=run.pk, by=person("wang_supervisor"), now=NOW)
    return approvals.return_to(
        run_id=run.pk, by=person("chen_manager"), now=NOW, reason="which cup?", step=step
    )


def open_clocks(run: Run) -> list[Deadline]:
    return list(Deadline.objects.filter(subject_type="run", subject_id=str(run.pk), state="open"))


def test_no_clock_runs_while_it_is_with_the_requester(shelf: Shelf) -> None:
    run = returned()
    assert (run.state, run.paused_at, open_clocks(run)) == ("returned", NOW, [])
    assert not Seat.objects.filter(run=run, state="active").exists()
    Notice.objects.all().delete()
    deadlines.settle_due(NOW + FORTNIGHT)
    assert not Notice.objects.exists()  # nobody is told of anything late
    assert not Step.objects.filter(run=run, state="active").exists()
    for who in ("wang_supervisor", "chen_manager", "li_lei"):
        assert not queue.waiting(person(who), NOW + FORTNIGHT).lines
    assert queue.stuck(NOW + FORTNIGHT) == []


def test_its_page_says_so(shelf: Shelf) -> None:
    run = returned()
    with time_machine.travel(NOW + FORTNIGHT, tick=False):
        for who in ("li_lei", "chen_manager"):
            page = signed_in(who).get(f"/approvals/{run.pk}/").content.decode()
            assert "期间不计时" in page
            assert "countdown" not in page.split("run-do")[1].split("run-time")[0]


def test_asked_again_the_whole_time_begins_anew(shelf: Shelf) -> None:
    run, later = returned(), NOW + FORTNIGHT
    first = Deadline.objects.filter(subject_type="run", subject_id=str(run.pk)).earliest("pk")
    again = approvals.resubmit(run_id=run.pk, payload={"price": "13.00"}, by=person("li_lei"), now=later)
    (clock,) = open_clocks(again)
    assert (again.paused_at, clock.started_at) == (None, later)
    assert clock.due_at - later == first.due_at - first.started_at


def test_a_return_to_an_earlier_step_runs_that_steps_clock_only(shelf: Shelf) -> None:
    run = returned(step=0)
    (clock,) = open_clocks(run)
    assert (run.state, run.paused_at, clock.started_at) == ("running", None, NOW)
    assert [seat.position for seat in Seat.objects.filter(run=run, state="active")] == ["service_supervisor"]
