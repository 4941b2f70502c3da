"""As the application's login, by hand: whether a clock was kept is not rewritten."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from office.audit.models import Incident
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline, DeadlineEvent
from tests.deadlines.cast import CONTACT, after, clock, subject
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C7.5")]


def refused(row: Deadline, **change: Any) -> None:
    with pytest.raises(IntegrityError, match="law"), transaction.atomic():
        Deadline.objects.filter(pk=row.pk).update(**change)


def test_what_a_clock_is_about_and_when_it_is_due_stay() -> None:
    row = clock(1, person("li_lei"))
    for change in (
        {"due_at": after(60)}, {"started_at": after(-5)}, {"rule": "orders.accept"}, {"clause": "C7.1"},
        {"version_id": 0}, {"subject_id": "2"}, {"label": "x"}, {"plan_at": [after(60)] * 4},
        {"plan_to": ["holder"] * 4}, {"plan_kind": ["w"] * 4},
    ):  # fmt: skip
        refused(row, **change)


def test_one_that_has_ended_stays_as_it_ended() -> None:
    li_lei, other = person("li_lei"), person("han_meimei")
    late = clock(1, li_lei)
    deadlines.meet(CONTACT, subject=subject(1), at=after(12))
    for change in (
        {"met_at": after(9)}, {"state": "open", "met_at": None}, {"holder_id": other.pk}, {"breached_at": None},
        {"state": "cancelled", "met_at": None, "cancelled_at": after(1)}, {"step": 0},
    ):  # fmt: skip
        refused(late, **change)
    off = clock(2, li_lei)
    deadlines.cancel(None, subject=subject(2), at=after(11))
    refused(off, cancelled_at=after(9))


def test_a_breach_that_was_told_stays_told_and_a_step_is_not_taken_back() -> None:
    row = clock(1, person("li_lei"))
    deadlines.settle_due(after(11))
    refused(row, breached_at=None)
    refused(row, breached_at=after(60))
    refused(row, step=0)
    deadlines.assign(subject(1), person("han_meimei").pk)
    deadlines.settle_due(after(30))
    deadlines.meet(CONTACT, subject=subject(1), at=after(31))


def test_no_clock_is_deleted_and_what_was_told_stands() -> None:
    row = clock(1, person("li_lei"))
    deadlines.settle_due(after(11))
    with pytest.raises(IntegrityError, match="law"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM deadlines_deadline WHERE id = %s", [row.pk])
    for statement in (
        "UPDATE deadlines_deadlineevent SET at = planned_at",
        "DELETE FROM deadlines_deadlineevent",
        "TRUNCATE deadlines_deadlineevent",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert DeadlineEvent.objects.filter(deadline=row).count() == 2


def test_whoever_tries_is_recorded() -> None:
    row = clock(1, person("li_lei"))
    refused(row, due_at=after(60))
    assert Incident.objects.filter(kind="law", subject_id="deadlines_deadline").exists()
