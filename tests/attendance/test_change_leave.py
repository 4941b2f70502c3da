"""A request for leave that came back is changed and asked again (S2b); the papers keep what was asked before."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import Leave, LeaveApproval, Unsettled
from attendance.selectors.balances import balances_of
from attendance.services import asking, asking_again, stand_ins
from attendance.services.leave_ending import come_back
from office.approvals import api as approvals
from office.approvals.models import Draft, Paper
from office.errors import Conflict, Invalid, NotFound
from tests.attendance.leaves import (
    DAY,
    FRIDAY,
    HOUR,
    MONDAY,
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    agree,
    ask,
    asked,
    everybody,
    grant,
    local,
    run_of,
    tell,
)
from tests.attendance.test_leave_pages import working
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def give_back(leave: Leave, *, now: dt.datetime = NOW, why: str = "周三要发版，改到周四") -> Leave:
    approvals.return_to(run_id=run_of(leave).pk, by=person("chen_manager"), now=now, step=None, reason=why)
    leave.refresh_from_db()
    return leave


def change(
    leave: Leave,
    who: str = "li_lei",
    *,
    now: dt.datetime = NOW,
    reason: str = "改期",
    seen: int | None = None,
    **days: Any,
) -> Leave:
    return asking_again.change_leave(
        leave_id=leave.pk,
        asked=asked(**days),
        reason=reason,
        comment="已改",
        by=person(who),
        now=now,
        seen=seen,
    )


def left(kind: str = "annual") -> Decimal:
    (found,) = (each for each in balances_of(person("li_lei").pk, NOW, THURSDAY) if each.kind.code == kind)
    return found.left


@pytest.mark.clause("S2b")
def test_changed_days_and_kind_are_what_is_agreed_to() -> None:
    grant("li_lei", "annual", 5)
    leave = give_back(ask(kind="personal", first=WEDNESDAY))
    Unsettled.objects.all().delete()
    change(leave, kind="annual", first=THURSDAY, last=FRIDAY, now=NOW + HOUR)
    leave.refresh_from_db()
    assert (leave.state, leave.kind, leave.first_day) == ("requested", "annual", THURSDAY)
    assert leave.amount == 2
    assert left() == 3
    marked = set(Unsettled.objects.filter(employee=person("li_lei")).values_list("day", flat=True))
    assert {WEDNESDAY, THURSDAY, FRIDAY} <= marked
    run = run_of(leave)
    assert (run.state, run.round) == ("running", 2)
    first, second = Paper.objects.filter(run=run).order_by("round")
    assert first.digest != second.digest
    agree(leave, now=NOW + 2 * HOUR)
    kept = LeaveApproval.objects.get(leave=leave)
    assert (leave.state, kept.kind, kept.starts_at) == ("approved", "annual", leave.starts_at)
    assert left() == 3


def test_less_is_asked_for_and_the_rest_of_the_balance_comes_back() -> None:
    grant("li_lei", "annual", 3)
    leave = give_back(ask(kind="annual", first=WEDNESDAY, last=FRIDAY))
    assert left() == 0
    change(leave, kind="annual", first=FRIDAY, portion="first")
    assert left() == Decimal("2.5")
    give_back(leave)
    with pytest.raises(Conflict) as refused:
        change(leave, kind="annual", first=WEDNESDAY, last=WEDNESDAY + 7 * DAY)
    assert refused.value.code == "balance"
    leave.refresh_from_db()
    assert (leave.first_day, left()) == (FRIDAY, Decimal("2.5"))


@pytest.mark.clause("S2a")
def test_new_days_need_notice_those_asked_for_before_were_in_time() -> None:
    leave = give_back(ask(first=TUESDAY), now=NOW + DAY)
    on_the_day = NOW + DAY
    with pytest.raises(asking.NotAhead):
        change(leave, first=MONDAY, last=TUESDAY, now=on_the_day)
    change(leave, first=TUESDAY, portion="second", now=on_the_day)
    give_back(leave, now=on_the_day)
    change(leave, first=TUESDAY, last=WEDNESDAY, now=on_the_day)
    leave.refresh_from_db()
    assert (leave.first_day, leave.last_day) == (TUESDAY, WEDNESDAY)
    give_back(leave, now=on_the_day + DAY)
    with pytest.raises(asking.NotAhead) as refused:
        change(leave, first=TUESDAY, last=THURSDAY, now=on_the_day + 2 * DAY)
    assert refused.value.errors[0]["path"] == "last_day"


def test_only_what_came_back_and_only_by_the_person() -> None:
    leave = ask()
    with pytest.raises(Conflict):
        change(leave, first=FRIDAY)
    give_back(leave)
    with pytest.raises(NotFound):
        change(leave, "han_meimei", first=FRIDAY)
    with pytest.raises(NotFound):
        change(leave, "chen_manager", first=FRIDAY)
    with pytest.raises(Conflict):
        change(leave, first=FRIDAY, seen=leave.version - 1)
    with pytest.raises(Invalid):
        change(leave, first=FRIDAY, reason=" ")
    with pytest.raises(Invalid):
        change(leave, first=FRIDAY, last=THURSDAY)
    other = ask(first=FRIDAY)
    with pytest.raises(Conflict) as refused:
        change(leave, first=THURSDAY, last=FRIDAY)
    assert (refused.value.code, f"{other.first_day}" in str(refused.value.message)) == ("overlap", True)
    leave.refresh_from_db()
    assert leave.first_day == WEDNESDAY


@pytest.mark.clause("S2c")
def test_of_a_call_the_words_stand_and_it_ends_no_later_than_the_return() -> None:
    leave = tell(kind="sick", first=MONDAY, last=TUESDAY)
    come_back(
        leave_id=leave.pk, back_at=local(TUESDAY, "15:00"), by=person("li_lei"), now=local(TUESDAY, "15:10")
    )
    later = local(TUESDAY, "16:00")
    asking.file_slip(leave_id=leave.pk, reason="高烧", by=person("li_lei"), now=later)
    give_back(leave, now=later)
    change(leave, kind="personal", first=MONDAY, last=TUESDAY, reason="没有病历，改为事假", now=later)
    leave.refresh_from_db()
    assert (leave.state, leave.kind, leave.told_what) == ("provisional", "personal", "突发高烧，去医院")
    assert leave.ends_at == local(TUESDAY, "15:00")
    agree(leave, now=later)
    assert leave.state == "approved"


@pytest.mark.clause("J2")
def test_the_stand_in_stays_where_he_can() -> None:
    leave = ask()
    han = person("han_meimei")
    stand_ins.choose_deputy(leave_id=leave.pk, deputy_id=han.pk, by=person("li_lei"), now=NOW)
    give_back(leave)
    change(leave, first=THURSDAY)
    leave.refresh_from_db()
    assert leave.deputy == han
    agree(ask("han_meimei", first=FRIDAY))
    give_back(leave)
    change(leave, first=FRIDAY)
    assert Leave.objects.filter(pk=leave.pk, deputy=None, deputy_by=None).exists()


def test_the_database_changes_nothing_that_is_being_decided_on() -> None:
    leave = ask()
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        Leave.objects.filter(pk=leave.pk).update(kind="sick")
    give_back(leave)
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        Leave.objects.filter(pk=leave.pk).update(asked_at=NOW - DAY)
    Leave.objects.filter(pk=leave.pk).update(kind="sick")
    approvals.resubmit(
        run_id=run_of(leave).pk, payload=run_of(leave).payload, by=person("li_lei"), now=NOW
    )  # the paper of before: no longer what the leave says
    with pytest.raises(IntegrityError, match="not about leave"), transaction.atomic():
        agree(leave)


def test_the_page() -> None:
    now = timezone.now()
    leave = ask(now=now, first=working(3))
    client, where = signed_in("li_lei"), reverse("attendance:leave_again", args=[leave.pk])
    assert client.get(where)["Location"] == reverse("attendance:leave", args=[leave.pk])
    give_back(leave, now=now)
    on_run = client.get(reverse("approvals:run", args=[run_of(leave).pk])).content.decode()
    assert where in on_run
    assert where in client.get(reverse("attendance:leave", args=[leave.pk])).content.decode()
    page = client.get(where).content.decode()
    for shown in ("周三要发版，改到周四", "陈经理", "家中有事", f"{working(3)}"):
        assert shown in page
    keep = reverse("approvals:draft", args=["attendance.leave", leave.pk])
    later = f"{working(6)}"
    given = {
        "kind": "personal",
        "portion": "days",
        "first_day": later,
        "last_day": later,
        "reason": "改到下周",
    }
    client.post(keep, given, headers={"accept": "application/json"})
    assert "改到下周" in client.get(where).content.decode()
    assert client.post(where, {**given, "kind": "'; --"}).status_code == 422
    late = client.post(where, {**given, "first_day": f"{timezone.localdate()}"})
    assert late.status_code == 422
    assert "改到下周" in late.content.decode()
    assert client.post(where, {**given, "seen": leave.version}).status_code == 302
    assert not Draft.objects.exists()
    again = client.post(where, given)
    assert again.status_code == 409
    assert "改到下周" in again.content.decode()
    for who in ("chen_manager", "han_meimei"):
        assert signed_in(who).get(where).status_code == 404


@pytest.mark.clause("S2a")
def test_some_hours_do_not_become_the_whole_day_afterwards() -> None:
    grant("li_lei", "compensatory", 8)

    def hours(begins: str, ends: str) -> dict[str, Any]:
        clock = {"begins": dt.time.fromisoformat(begins), "ends": dt.time.fromisoformat(ends)}
        return {"kind": "compensatory", "portion": "hours", "first": WEDNESDAY, **clock}

    leave = give_back(ask(**hours("09:00", "10:00")))
    eleven = local(WEDNESDAY, "11:00")
    for more in (hours("09:00", "12:00"), hours("08:30", "10:00"), hours("13:00", "15:00")):
        with pytest.raises(asking.NotAhead), transaction.atomic():
            change(leave, now=eleven, **more)
    change(leave, now=eleven, **hours("09:00", "09:30"))
    leave.refresh_from_db()
    assert leave.ends_at == local(WEDNESDAY, "09:30")
