"""What is left of a settled day once the raw punches are erased (C13.5): the outcome, and no instant of a punch."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from attendance.models import Adjustment, Case, CaseEvidence, MonthClose, Punch, SettledDay, WageLine
from attendance.services import cases, corrections, retention
from attendance.services.marking import mark_days
from attendance.services.settling import settle_marked
from office.audit.models import Entry
from office.errors import Invalid
from tests.attendance.clock import DAY
from tests.attendance.leaves import everybody, local
from tests.attendance.shifts import AFTER, publish, punch
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.5")]
OLD = date(2024, 9, 4)


def settled(day: date = OLD, *times: str) -> SettledDay:
    li = person("li_lei")
    publish(li, "E", day)
    punch(li, *(times or ("08:50", "18:40")), day=day)
    settle_marked(now=AFTER - timedelta(days=20))
    return SettledDay.objects.get(day=day)


def kept(day: date = OLD) -> str:
    """Everything that the tables still say of the day."""
    rows = [*SettledDay.objects.filter(day=day).values(), *Adjustment.objects.filter(day=day).values()]
    return json.dumps(rows, default=str)


def test_old_days_keep_the_outcome_and_lose_the_instants() -> None:
    before = settled()
    assert before.facts["punches"]
    assert retention.erase_punches(now=AFTER) == 2
    day = SettledDay.objects.get()
    assert (day.verdict, day.flags, day.late, day.worked, day.absent_share, day.version_id, day.digest) == (
        "present", ["late"], timedelta(minutes=20), timedelta(hours=8, minutes=42), Decimal(0), before.version_id,
        before.digest,
    )  # fmt: skip
    assert (day.came_at, day.left_at, day.reduced) == (None, None, True)
    assert day.facts == {"shifts": [[before.facts["shifts"][0][0], "cs_early"]], "reduced": "C13.5"}
    assert "00:50:00" not in kept()
    assert "10:40:00" not in kept()
    assert retention.erase_punches(now=AFTER) == 0
    entry = Entry.objects.get(verb="attendance.days_reduced")
    assert entry.clause == "C13.5"
    assert b'{"corrections":0,"days":1}' in bytes(entry.canonical)


def test_a_younger_day_keeps_them() -> None:
    day = settled(DAY - timedelta(days=60))
    assert retention.erase_punches(now=AFTER) == 0
    assert not SettledDay.objects.get(pk=day.pk).reduced


def test_what_was_said_before_and_correcting_entries_of_closed_months_are_reduced_too() -> None:
    settled()
    MonthClose.objects.create(
        month=OLD.replace(day=1), closed_by=person("du_hr"), closed_at=AFTER, days=1, lines=0, digest="0" * 64
    )
    punch(person("li_lei"), "08:25", day=OLD)
    settle_marked(now=AFTER - timedelta(days=10))
    assert Adjustment.objects.get().facts["punches"]
    month = MonthClose.objects.get().digest
    retention.erase_punches(now=AFTER)
    assert "punches" not in kept()
    assert not Punch.objects.exists()
    assert Adjustment.objects.get().verdict == "present"
    assert MonthClose.objects.get().digest == month


def test_a_reduced_day_is_not_settled_again_by_what_comes_later() -> None:
    settled()
    retention.erase_punches(now=AFTER)
    punch(person("li_lei"), "12:00", day=OLD)
    mark_days(days=[(person("li_lei").pk, OLD)], now=AFTER)
    assert settle_marked(now=AFTER).changed == 0
    assert SettledDay.objects.get().verdict == "present"


def test_a_day_waiting_to_be_settled_or_decided_keeps_what_it_rests_on() -> None:
    day = settled(OLD, "12:00", "18:40")
    assert WageLine.objects.get().state == "proposed"
    retention.erase_punches(now=AFTER)
    assert not SettledDay.objects.get(pk=day.pk).reduced
    WageLine.objects.update(state="void")
    mark_days(days=[(day.employee_id, OLD)], now=AFTER)
    retention.erase_punches(now=AFTER)
    assert not SettledDay.objects.get(pk=day.pk).reduced
    settle_marked(now=AFTER)
    retention.erase_punches(now=AFTER)
    assert SettledDay.objects.get(pk=day.pk).reduced


def test_an_open_case_keeps_its_evidence_until_it_is_decided() -> None:
    everybody()
    day = settled()
    case = Case.objects.create(
        employee=person("li_lei"), sort="row", clause="S2e", days=[OLD], opened_at=AFTER - timedelta(days=9),
        version_id=1, reply_due_at=AFTER,
    )  # fmt: skip
    CaseEvidence.objects.create(case=case, turn=1, days=[], stands=True, at=AFTER)
    assert retention.erase_punches(now=AFTER) == 0
    assert not SettledDay.objects.get(pk=day.pk).reduced
    cases.close_case(case_id=case.pk, reason="查明", by=person("chen_manager"), now=AFTER)
    assert retention.erase_punches(now=AFTER) == 2
    assert SettledDay.objects.get(pk=day.pk).reduced


def test_the_steps_are_bounded_and_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        settled(OLD - timedelta(days=number))
    monkeypatch.setattr(retention, "MOST", 2)
    retention.erase_punches(now=AFTER)
    assert all(day.reduced for day in SettledDay.objects.all())


def test_no_missing_punch_is_entered_for_a_reduced_day(monkeypatch: pytest.MonkeyPatch) -> None:
    settled()
    retention.erase_punches(now=AFTER)
    monkeypatch.setattr(corrections, "OLDEST", timedelta(days=4000))
    with pytest.raises(Invalid) as refused:
        corrections.ask_correction(
            day=OLD, missing=[corrections.Missing(local(OLD, "08:25"), "in")], reason="忘打卡", proof=b"%PDF-1.4",
            proof_name="x.pdf", by=person("li_lei"), now=AFTER,
        )  # fmt: skip
    assert [each["code"] for each in refused.value.errors] == ["reduced"]


def test_the_page_of_a_reduced_day_says_so() -> None:
    settled()
    retention.erase_punches(now=AFTER)
    page = signed_in("li_lei").get(reverse("attendance:day", args=[person("li_lei").pk, OLD.isoformat()]))
    assert "打卡时间已按规章清除" in page.content.decode()


REDUCED = '{"reduced": "C13.5"}'


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE attendance_settledday SET facts = '{REDUCED}', came_at = NULL, left_at = NULL",
        "SELECT set_config('attendance.erasing', 'on', true);"
        f" UPDATE attendance_settledday SET facts = '{REDUCED}', came_at = NULL, left_at = NULL",
        f"UPDATE attendance_adjustment SET facts = '{REDUCED}'",
        "SELECT attendance_reduce_days(now(), 10, 'C13.5')",
    ],
)
def test_the_database_lets_nobody_else_reduce_a_day(sql: str) -> None:
    settled()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
