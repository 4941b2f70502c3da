"""Two people at once, on connections that really commit: what only one may get, only one gets."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from attendance.models import Adjustment, Leave, MonthClose, SettledDay, Shift, Swap, WageLine
from attendance.services import wages
from attendance.services.months import close_month
from attendance.services.roster.swaps import answer_swap, ask_swap
from attendance.services.settling import settle_marked
from office.approvals import api as approvals
from office.errors import Refused
from tests.attendance import leaves, plan
from tests.attendance.months.world import LATER, MONTH, absent, second_hr
from tests.attendance.shifts import AFTER, punch
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs: Callable[[], Any]) -> list[str]:
    """Run each job in a thread of its own, all let go together: "done", or the code of the refusal."""
    gate, results = threading.Barrier(len(jobs)), [""] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        gate.wait(10)
        try:
            job()
            results[place] = "done"
        except Refused as refused:
            results[place] = refused.code
        except Exception as error:  # noqa: BLE001  a thread's failure is the test's result
            results[place] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_of_leaves_swaps_and_decisions_at_once_one_is_taken() -> None:
    plan.book()
    leaves.everybody()
    leaves.grant("li_lei", "annual", 1)
    for who in ("li_lei", "han_meimei"):
        person(who)

    # two leaves of the same day, and two of other days that have one day's balance between them
    said = at_once(*[lambda: leaves.ask(first=leaves.WEDNESDAY)] * 3)
    assert sorted(said) == ["done", "overlap", "overlap"]
    said = at_once(
        lambda: leaves.ask(kind="annual", first=leaves.THURSDAY),
        lambda: leaves.ask(kind="annual", first=leaves.FRIDAY),
    )
    assert sorted(said) == ["balance", "done"]

    # two who decide on the same request: the chain takes one of them
    run = leaves.run_of(Leave.objects.filter(first_day=leaves.WEDNESDAY).get())
    said = at_once(
        *(
            lambda who=who: approvals.approve(run_id=run.pk, by=person(who), now=leaves.NOW)
            for who in ("chen_manager", "jiang_head")
        )
    )
    assert said.count("done") == 1
    assert Leave.objects.get(first_day=leaves.WEDNESDAY).state == "approved"

    # two swaps of the same shift
    give = plan.shift(person("li_lei"), plan.MONDAY, "cs_early")
    colleagues = [person("han_meimei"), person("wu_clerk")]

    def ask(colleague: Any) -> Swap:
        return ask_swap(
            give_id=give.pk,
            colleague_id=colleague.pk,
            take_id=None,
            reason="x",
            by=person("li_lei"),
            now=plan.NOW,
        )

    said = at_once(*(lambda who=who: ask(who) for who in colleagues))
    assert sorted(said) == ["done", "open"]
    swap = Swap.objects.get()
    answer_swap(swap_id=swap.pk, agrees=True, by=swap.colleague, now=plan.NOW)
    said = at_once(*[
        lambda: approvals.approve(
            run_id=Swap.objects.get().run_id or 0, by=person("wang_supervisor"), now=plan.NOW
        )
    ] * 2)  # fmt: skip
    assert said.count("done") == 1
    assert Shift.objects.filter(day=plan.MONDAY, removed_at=None).count() == 1


def test_a_late_fact_and_the_close_of_its_month_at_once_lose_nothing() -> None:
    li_lei, hr = person("li_lei"), second_hr()
    line = absent(li_lei)
    wages.waive_line(line_id=line.pk, reason="x", by=hr, now=AFTER)
    punch(li_lei, "08:20", "18:40", now=LATER)
    said = at_once(
        lambda: close_month(month=MONTH, by=hr, now=LATER + dt.timedelta(minutes=1)),
        lambda: settle_marked(now=LATER),
        lambda: wages.reopen_line(line_id=line.pk, by=hr, now=LATER),
    )
    assert said[1] == "done"
    assert said[0] in ("done", "undecided", "unsettled")
    if MonthClose.objects.exists():
        assert WageLine.objects.get(pk=line.pk).state != "proposed"
    settle_marked(now=LATER + dt.timedelta(hours=1))
    newest = SettledDay.objects.filter(employee=li_lei).order_by("-turn").first()
    late = Adjustment.objects.filter(employee=li_lei).order_by("-turn").first()
    assert newest is not None
    assert (late or newest).verdict == "present"
