"""Leave told by telephone in an emergency (S2c): provisional, then a slip in time and the chain, or it lapses."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from attendance.models import Leave, Unsettled
from attendance.selectors.leaves import leaves_of
from attendance.services import asking, leave_ending
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.attendance.leaves import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    NOW,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    agree,
    everybody,
    local,
    run_of,
    shift,
    tell,
)
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2c")]


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def slip(leave: Leave, *, now: dt.datetime, who: str = "li_lei") -> Leave:
    found = asking.file_slip(leave_id=leave.pk, reason="高烧，附诊断书", by=person(who), now=now)
    leave.refresh_from_db()
    return found


def test_who_was_told_when_and_to_whom_is_kept_and_the_days_are_provisional() -> None:
    leave = tell()
    assert (leave.state, leave.told_to, leave.told_at, leave.recorded_by) == (
        "provisional", person("chen_manager"), NOW - 10 * MINUTE, person("chen_manager"),
    )  # fmt: skip
    told = Notice.objects.filter(kind="attendance.leave_told").values_list("recipient_id", flat=True)
    assert person("li_lei").pk in told
    assert person("jiang_head").pk in told


def test_the_slip_is_due_at_the_end_of_the_working_day_after_the_return() -> None:
    leave = tell(first=MONDAY)
    assert leave.slip_due_at == local(THURSDAY)  # back on Tuesday, one working day more is Wednesday
    (clock,) = deadlines.of(leave.subject)
    assert (clock.due_at, clock.holder_id) == (leave.slip_due_at, person("li_lei").pk)
    friday = tell("han_meimei", to="wang_supervisor", first=MONDAY, last=MONDAY + 4 * DAY)
    assert friday.slip_due_at == local(MONDAY + 9 * DAY)  # back on Monday


def test_a_slip_in_time_is_agreed_to_and_the_days_are_excused() -> None:
    leave = tell()
    slip(leave, now=NOW + DAY)
    assert leave.state == "provisional"
    assert [clock.state for clock in deadlines.of(leave.subject)] == ["met"]
    assert agree(leave, now=NOW + DAY).state == "approved"
    assert [fact.state for fact in leaves_of(None, MONDAY, MONDAY)] == ["approved"]


def test_without_a_slip_in_time_it_lapses_into_absence() -> None:
    leave = tell()
    Unsettled.objects.all().delete()
    deadlines.settle_due(local(THURSDAY) - MINUTE)
    leave.refresh_from_db()
    assert leave.state == "provisional"
    deadlines.settle_due(local(THURSDAY) + MINUTE)
    leave.refresh_from_db()
    assert (leave.state, leave.ended_at) == ("lapsed", local(THURSDAY) + MINUTE)
    assert leaves_of(None, MONDAY, MONDAY) == []
    assert list(Unsettled.objects.values_list("day", flat=True)) == [MONDAY]
    heard = set(Notice.objects.filter(kind="attendance.leave_lapsed").values_list("recipient_id", flat=True))
    assert {person("li_lei").pk, person("chen_manager").pk} <= heard
    with pytest.raises(Conflict):
        slip(leave, now=local(THURSDAY) + HOUR)


def test_a_late_slip_is_refused_though_no_sweep_has_run() -> None:
    leave = tell()
    with pytest.raises(Conflict) as refused:
        slip(leave, now=local(THURSDAY) + HOUR)
    assert (refused.value.code, refused.value.clause) == ("late", "S2c")
    leave.refresh_from_db()
    assert leave.state == "lapsed"


def test_a_slip_that_is_being_decided_on_does_not_lapse() -> None:
    leave = tell()
    slip(leave, now=NOW + DAY)
    deadlines.settle_due(NOW + 9 * DAY)
    leave.refresh_from_db()
    assert leave.state == "provisional"
    with pytest.raises(Conflict):
        slip(leave, now=NOW + 9 * DAY)
    assert not leave_ending.lapse(leave_id=leave.pk, now=NOW + 9 * DAY)


def test_a_slip_that_is_rejected_leaves_the_days_unexcused() -> None:
    leave = tell()
    slip(leave, now=NOW + DAY)
    approvals.reject(run_id=run_of(leave).pk, by=person("jiang_head"), now=NOW + DAY, reason="无证明")
    leave.refresh_from_db()
    assert (leave.state, leaves_of(None, MONDAY, MONDAY)) == ("rejected", [])


def test_lapsing_does_not_come_before_its_time() -> None:
    leave = tell()
    assert not leave_ending.lapse(leave_id=leave.pk, now=NOW + HOUR)
    with pytest.raises(NotFound):
        leave_ending.lapse(leave_id=987654, now=NOW)


@pytest.mark.parametrize("by", ["li_lei", "chen_manager"])
def test_the_person_or_who_was_told_writes_it_down(by: str) -> None:
    assert tell(by=by).recorded_by == person(by)


@pytest.mark.parametrize("by", ["han_meimei", "du_hr"])
def test_nobody_else_does(by: str) -> None:
    with pytest.raises(Forbidden):
        tell(by=by)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"to": "han_meimei"}, "told_to"),
        ({"to": "li_lei"}, "told_to"),
        ({"told_at": NOW + HOUR}, "told_at"),
        ({"what": " "}, "told_what"),
        ({"first": MONDAY - DAY, "last": MONDAY}, "first_day"),
        ({"kind": "nothing"}, "kind"),
    ],
)
def test_a_call_is_written_down_whole(given: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        tell(**given)
    assert [error["path"] for error in refused.value.errors] == [path]


def test_a_stranger_was_not_on_leave() -> None:
    with pytest.raises(NotFound):
        asking.tell_leave(
            asked=asking.Asked("sick", MONDAY, MONDAY), employee_id=987654,
            told=asking.Told(NOW, person("chen_manager").pk, "x"), by=person("chen_manager"), now=NOW,
        )  # fmt: skip


def test_a_call_in_a_night_shift_tells_of_the_day_the_shift_began() -> None:
    shift("li_lei", MONDAY, ("22:00", "06:00"))
    call = local(TUESDAY, "01:00")
    assert tell(first=MONDAY, told_at=call, now=call).first_day == MONDAY


def test_back_early_the_slip_is_due_earlier() -> None:
    leave = tell(first=MONDAY, last=WEDNESDAY)
    assert leave.slip_due_at == local(MONDAY + 5 * DAY)
    back = local(TUESDAY, "08:30")
    leave_ending.come_back(leave_id=leave.pk, back_at=back, by=person("li_lei"), now=back + MINUTE)
    leave.refresh_from_db()
    assert (leave.ends_at, leave.last_day, leave.slip_due_at) == (back, MONDAY, local(THURSDAY))


def test_while_the_slip_is_decided_on_the_end_stands() -> None:
    leave = tell(first=MONDAY, last=WEDNESDAY)
    slip(leave, now=NOW + HOUR)
    with pytest.raises(Conflict):
        leave_ending.come_back(
            leave_id=leave.pk, back_at=NOW + DAY, by=person("li_lei"), now=NOW + DAY + HOUR
        )


def test_taken_back_without_a_slip() -> None:
    leave = tell()
    leave_ending.take_back(leave_id=leave.pk, reason="记错了", by=person("li_lei"), now=NOW)
    leave.refresh_from_db()
    assert leave.state == "withdrawn"
    assert [clock.state for clock in deadlines.of(leave.subject)] == ["cancelled"]


def test_the_database_lapses_only_what_has_no_slip() -> None:
    leave = tell()
    slip(leave, now=NOW + DAY)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_leave SET state = 'lapsed', ended_at = now()")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_leave SET told_at = told_at - interval '1 day'")


def test_the_page_that_showed_another_state_is_refused() -> None:
    leave = tell()
    with pytest.raises(Conflict):
        asking.file_slip(leave_id=leave.pk, reason="x", by=person("li_lei"), now=NOW, seen=7)
    with pytest.raises(NotFound):
        slip(leave, now=NOW, who="han_meimei")
