"""Probation made longer within the book's bounds, and probation that was not passed (C2, J1.7)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import Leaving, PostChange, Probation
from attendance.services import leaving
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid
from office.rulebook.calendar import ZONE
from office.staff.models import Employee
from tests.attendance.people.stage import DAY, NOW, TODAY, agree, hired, mall
from tests.attendance.people.test_career import AFTER, carried_out, propose
from tests.people import person, signed_in


def where(someone: Employee) -> str:
    return reverse("attendance:change_post", args=[someone.pk])


def probation() -> Probation:
    return Probation.objects.get()


@pytest.mark.clause("C2")
def test_probation_is_made_longer_once_and_its_clock_with_it() -> None:
    someone = hired()
    ended = probation().ends_on
    run = propose(someone, "extension")
    assert run.payload["starts_on"] == f"{ended + DAY:%Y-%m-%d}"
    done = carried_out(run)
    found = probation()
    assert (found.state, found.ends_on.isoformat()) == ("running", run.payload["until"])
    assert (found.ends_on - ended).days in range(28, 32)
    assert (done.before, done.after) == ("copywriter", "copywriter")
    clock = deadlines.running(found.subject, "hiring.probation")
    assert clock is not None
    assert clock.holder_id == person("chen_manager").pk
    assert clock.due_at == dt.datetime.combine(found.ends_on + DAY, dt.time(), tzinfo=ZONE)
    with pytest.raises(Conflict) as refused:
        propose(someone, "extension")
    assert (refused.value.code, refused.value.clause) == ("extended", "C2")
    assert carried_out(propose(someone, "confirmation")).change == "confirmation"


@pytest.mark.clause("C2")
def test_it_is_not_made_longer_beyond_the_bound_or_after_its_end() -> None:
    someone = hired()
    found = probation()
    with pytest.raises(Conflict) as refused:
        propose(
            someone, "extension", now=AFTER + (found.ends_on - TODAY + DAY), starts_on=found.ends_on + 2 * DAY
        )
    assert refused.value.code == "over"
    found.starts_on = found.ends_on - 170 * DAY
    from attendance.services.probation import longer

    with pytest.raises(Conflict) as refused:
        longer(found, AFTER)
    assert refused.value.code == "too_long"


@pytest.mark.clause("C2", "J1.7", "S4c")
def test_who_has_not_passed_leaves_by_the_same_agreement() -> None:
    someone = hired()
    mall()
    last = probation().ends_on - 3 * DAY
    run = propose(someone, "not_passed", starts_on=last, reason="两次实操考试未达录用条件")
    assert run.clause == "J1.7"
    run = agree(run, at=AFTER)
    assert not Leaving.objects.exists(), "nothing ends before it is carried out"
    approvals.execute(run_id=run.pk, by=person("du_hr"), now=AFTER + dt.timedelta(hours=9))
    found = Leaving.objects.get()
    assert (found.reason, found.last_day, found.run_id) == ("probation", last, run.pk)
    assert probation().state == "ended"
    assert [each.state for each in deadlines.of(probation().subject)] == ["met"]
    assert found.items.filter(provider="posts").exists()
    leaving.end_access(now=NOW + 200 * DAY)
    assert not Employee.objects.get(pk=someone.pk).is_active


def test_the_last_day_lies_within_the_probation() -> None:
    someone = hired()
    with pytest.raises(Invalid) as refused:
        propose(someone, "not_passed", starts_on=probation().ends_on + DAY)
    assert refused.value.errors[0]["path"] == "starts_on"
    for change in ("extension", "not_passed"):
        with pytest.raises(Conflict):
            propose(person("tang_writer"), change)


def test_the_database_makes_no_probation_longer_that_nobody_agreed_to() -> None:
    hired()
    found = probation()
    found.ends_on += 30 * DAY
    with pytest.raises(IntegrityError), transaction.atomic():
        found.save(update_fields=["ends_on"])
    with pytest.raises(IntegrityError), transaction.atomic():
        probation().delete()
    assert not PostChange.objects.exists()


def test_the_page_offers_it_to_who_is_on_probation_with_the_law_beside_it() -> None:
    someone = hired()
    browser = signed_in("chen_manager")
    page = browser.get(where(someone)).content.decode()
    assert 'value="extension"' in page
    assert "劳动合同法" in page
    assert 'value="extension"' not in browser.get(where(person("tang_writer"))).content.decode()
    answer = browser.post(
        where(someone),
        {"change": "extension", "starts_on": f"{timezone.localdate() + DAY:%Y-%m-%d}", "reason": "还需考察"},
    )
    assert answer.status_code in (302, 409)
