"""Requests of closed kinds: read by their people and by whom the kind lets see them. Who sees the figures of approvals
counts them, and reads neither paper nor name."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from attendance.services import cases
from attendance.services.cases import Proposal
from cms.selectors.access import may_see
from cms.services.publishing import submit_item
from office.approvals.models import Run, Seat
from office.approvals.selectors.runs import may_read, runs_about, withheld
from office.errors import Invalid
from office.rulebook.selectors import holds
from office.subjects import Subject
from tests.attendance.leaves import ask as ask_leave
from tests.attendance.leaves import run_of
from tests.cms.stage import everybody, write
from tests.people import CAST, person, signed_in

pytestmark = pytest.mark.django_db
FIGURES = "approvals.figures"


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def secret(now: dt.datetime) -> Run:
    item = write(now=now, flags=frozenset({"confidential"}))
    return submit_item(item_id=item.pk, by=person("tang_writer"), now=now)


def measure(now: dt.datetime) -> Run:
    case = cases.open_case(
        employee_id=person("li_lei").pk, clause="S4b", facts="顶撞主管", by=person("wang_supervisor"),
        now=now - dt.timedelta(days=7),
    )  # fmt: skip
    asked = Proposal(measure="warning", grounds="事实清楚")
    return cases.propose(case_id=case.pk, proposal=asked, by=person("chen_manager"), now=now)


def leave(now: dt.datetime) -> Run:
    for days in range(3, 20):  # the first day on which there is work
        with suppress(Invalid):
            return run_of(ask_leave(now=now, first=timezone.localdate(now) + dt.timedelta(days=days)))
    raise AssertionError("no day of work")


#: A request, and who sees the figures and may not read it.
KINDS: dict[str, tuple[Callable[[dt.datetime], Run], set[str]]] = {
    "confidential content": (secret, {"shen_operations"}),
    "measure in a case": (measure, {"shen_operations", "deng_marketing"}),
    "leave": (leave, {"shen_operations", "deng_marketing"}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.clause("C4.3", "C13.1")
def test_the_figures_open_no_closed_request(kind: str) -> None:
    now = timezone.now()
    make, strangers = KINDS[kind]
    run = make(now)
    for who in strangers:
        him = person(who)
        assert holds(him, FIGURES, now), who
        assert not may_read(run_id=run.pk, person=him, now=now), who
        assert runs_about(Subject(run.subject_type, run.subject_id), him, now) == [], who
        assert withheld([run], him, now) == {run.pk}
        browser = signed_in(who)
        assert browser.get(reverse("approvals:run", args=[run.pk])).status_code == 404
        rows = browser.get(reverse("approvals:figures") + "rows/", {"what": "asked"}).content.decode()
        assert "不对您公开" in rows
        assert run.label not in rows
    assert may_read(run_id=run.pk, person=run.requester, now=now)
    assert withheld([run], run.requester, now) == set()


def test_a_confidential_request_is_read_by_whoever_may_see_the_content() -> None:
    now = timezone.now()
    run = secret(now)
    wrong = [
        who
        for who in CAST
        if may_read(run_id=run.pk, person=person(who), now=now) != may_see(person(who), run.subject_id, now)
    ]
    assert wrong == []


def test_a_stuck_closed_request_is_counted_and_not_named() -> None:
    """On the page of the figures and in the workbook."""
    now = timezone.now()
    run = secret(now)
    Seat.objects.filter(run=run, state="active").update(stuck=True)
    browser = signed_in("shen_operations")
    assert run.label not in browser.get(reverse("approvals:figures")).content.decode()
    file = browser.post(reverse("approvals:figures_workbook"), {"days": "7"})
    rows = list(load_workbook(io.BytesIO(file.getvalue()))["目前卡住的"].values)
    assert [row[1] for row in rows[1:]] == ["不对您公开"]


def test_open_content_stays_open_to_who_sees_the_figures() -> None:
    now = timezone.now()
    item = write(now=now)
    run = submit_item(item_id=item.pk, by=person("tang_writer"), now=now)
    him = person("shen_operations")
    assert may_read(run_id=run.pk, person=him, now=now)
    assert withheld([run], him, now) == set()
    assert runs_about(Subject(run.subject_type, run.subject_id), him, now) == [run]
