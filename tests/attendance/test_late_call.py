"""A call that nobody wrote down in time: stated by the person within the book's days, confirmed by who was called; the
days stay absence until the chain agrees with proof (S2c)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from attendance.models import CallWord, Leave, Unsettled
from attendance.selectors.day_leave import waiting
from attendance.selectors.leaves import leaves_of
from attendance.services import late_slips
from attendance.services.late_calls import confirm_call
from office.approvals import api as approvals
from office.deadlines.models import Deadline
from office.errors import Conflict, Invalid, NotFound
from office.files import api as files
from office.notices.models import Notice
from tests.attendance.leaves import DAY, HOUR, MONDAY, NOW, everybody, tell
from tests.attendance.months.world import picture
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2c")]
#: Monday's absence, back on Tuesday, the slip due at Wednesday's end; it is Thursday.
THURSDAY = NOW + 3 * DAY
LIMITS = files.Limits(image=5_000_000, document=5_000_000, clause="S2a")


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def stated(now: dt.datetime = THURSDAY, by: str = "li_lei") -> Leave:
    return tell(kind="personal", by=by, told_at=NOW - HOUR, now=now)


def confirm(leave: Leave, who: str = "chen_manager", confirmed: bool = True, reason: str = "") -> CallWord:
    return confirm_call(leave_id=leave.pk, confirmed=confirmed, reason=reason, by=person(who), now=THURSDAY)


def ask(leave: Leave) -> approvals.Run:
    kept = files.keep_file(content=picture(), name="x.png", by=person("li_lei"), now=THURSDAY, limits=LIMITS)
    return late_slips.ask_late_slip(
        leave_id=leave.pk, reason="当时只打了电话", files=[kept.pk], by=person("li_lei"), now=THURSDAY
    )


def test_stated_late_the_days_stay_absence_and_who_was_called_is_asked() -> None:
    leave = stated()
    assert (leave.state, leave.stated_late, leave.call) == ("lapsed", True, None)
    assert not leaves_of({leave.employee_id}, MONDAY, MONDAY)
    assert Unsettled.objects.filter(employee=leave.employee, day=MONDAY).exists()
    assert not Deadline.objects.filter(rule="attendance.late_slip").exists()
    assert Notice.objects.filter(recipient=person("chen_manager"), kind="attendance.call_stated").exists()
    assert "确认一通电话" in [str(each.title) for each in waiting(person("chen_manager"), THURSDAY)]
    with pytest.raises(Conflict) as refused:
        ask(leave)
    assert refused.value.code == "unconfirmed"


def test_confirmed_and_with_proof_the_chain_can_excuse_it() -> None:
    leave = stated()
    confirm(leave, reason="当天九点接到电话")
    leave = Leave.objects.get(pk=leave.pk)
    assert not leaves_of({leave.employee_id}, MONDAY, MONDAY), "a word excuses nothing yet"
    run = ask(leave)
    page = signed_in("chen_manager").get(reverse("approvals:run", args=[run.pk])).content.decode()
    assert "当天九点接到电话" in page
    for who in ("chen_manager", "du_hr"):
        approvals.approve(run_id=run.pk, by=person(who), now=THURSDAY)
    assert leaves_of({leave.employee_id}, MONDAY, MONDAY)[0].state == "approved"


def test_denied_in_words_the_absence_stays() -> None:
    leave = stated()
    with pytest.raises(Invalid):
        confirm(leave, confirmed=False)
    confirm(leave, confirmed=False, reason="没有接到")
    with pytest.raises(Conflict):
        confirm(leave)
    with pytest.raises(Conflict):
        ask(Leave.objects.get(pk=leave.pk))
    assert Notice.objects.filter(recipient=person("li_lei"), kind="attendance.call_denied").exists()
    page = signed_in("li_lei").get(reverse("attendance:leave", args=[leave.pk])).content.decode()
    assert "没有接到" in page
    assert "late-slip" not in page


def test_only_the_person_states_it_and_only_within_the_time_of_the_book() -> None:
    with pytest.raises(Conflict) as refused:
        stated(by="chen_manager")
    assert (refused.value.code, refused.value.clause) == ("late", "S2c")
    with pytest.raises(Conflict):
        stated(now=NOW + 9 * DAY)
    assert not Leave.objects.exists()


@pytest.mark.parametrize("who", ["li_lei", "wang_supervisor", "du_hr"])
def test_nobody_else_confirms_it(who: str) -> None:
    leave = stated()
    with pytest.raises(NotFound):
        confirm(leave, who)
    with pytest.raises(IntegrityError), transaction.atomic():
        CallWord.objects.create(leave=leave, confirmed=True, by=person(who), at=THURSDAY)


def test_a_leave_told_in_time_has_nothing_to_confirm() -> None:
    with pytest.raises(NotFound):
        confirm(tell())


def test_the_page_asks_who_was_called() -> None:
    leave = stated()
    url = reverse("attendance:leave", args=[leave.pk])
    assert "confirm-call" in signed_in("chen_manager").get(url).content.decode()
    assert "confirm-call" not in signed_in("du_hr").get(url).content.decode()
    act = reverse("attendance:leave_act", args=[leave.pk, "confirm-call"])
    assert signed_in("chen_manager").post(act, {"confirmed": "no", "reason": ""}).status_code == 422
    assert signed_in("chen_manager").post(act, {"confirmed": "yes", "reason": ""}).status_code == 302
    assert "late-slip" in signed_in("li_lei").get(url).content.decode()
