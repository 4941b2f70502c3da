"""Resignation: a month's notice, the manager and then human resources, an earlier day only in writing (S6)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from attendance.models import Leaving
from attendance.rules.leaving import access_ends_at, earliest_last_day
from attendance.services import leaving
from office.approvals import api as approvals
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.attendance.people.stage import DAY, HOUR, NOW, agree, decider, leaves, resign
from tests.people import person, signed_in


@pytest.mark.parametrize(
    ("told", "months", "earliest"),
    [
        ("2026-11-23", 1, "2026-12-23"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-23", 0, "2026-11-23"),
    ],
)
@pytest.mark.clause("S6")
def test_notice_is_counted_in_calendar_months(told: str, months: int, earliest: str) -> None:
    assert earliest_last_day(dt.date.fromisoformat(told), months).isoformat() == earliest


def test_access_ends_at_midnight_in_shanghai() -> None:
    assert access_ends_at(dt.date(2026, 12, 23)) == dt.datetime(2026, 12, 23, 16, 0, tzinfo=dt.UTC)


@pytest.mark.clause("S6")
def test_the_manager_decides_then_human_resources_and_only_then_it_counts() -> None:
    run = resign()
    assert run.clause == "S6"
    assert decider(run, NOW) == person("chen_manager")
    run = approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW + HOUR)
    assert not Leaving.objects.exists()
    assert decider(run, NOW + HOUR) == person("du_hr")
    run = approvals.approve(run_id=run.pk, by=person("du_hr"), now=NOW + 2 * HOUR)
    assert run.state == "executed"
    found = Leaving.objects.get()
    assert (found.employee, found.last_day.isoformat(), found.state) == (
        person("li_lei"),
        "2026-12-23",
        "running",
    )
    assert (found.reason, found.clause, found.began_by) == ("resignation", "S6", person("du_hr"))


@pytest.mark.parametrize(
    ("told", "earliest"),
    [
        ("2026-01-31", "2026-03-02"),
        ("2026-02-01", "2026-03-03"),
        ("2026-12-31", "2027-01-31"),
        ("2026-11-23", "2026-12-23"),
    ],
)
@pytest.mark.clause("S6")
def test_a_month_and_thirty_days_are_both_kept(told: str, earliest: str) -> None:
    assert earliest_last_day(dt.date.fromisoformat(told), 1, 30).isoformat() == earliest


@pytest.mark.clause("S6")
def test_the_person_and_who_decides_read_both_and_february_is_no_shorter() -> None:
    told = dt.datetime(2027, 1, 31, 2, 0, tzinfo=dt.UTC)
    with pytest.raises(Invalid) as refused:
        resign(last_day=dt.date(2027, 3, 1), now=told)
    assert refused.value.params["earliest"] == "2027-03-02"
    run = resign(last_day=dt.date(2027, 3, 2), now=told)
    assert [each.after for each in _changes(run) if each.field == "rule"] == [
        "提前 1 个月且不少于 30 日，取较晚的一天"
    ]
    page = signed_in("han_meimei").get(reverse("attendance:resign")).content.decode()
    assert "不少于 30 日" in page


@pytest.mark.clause("S6")
def test_a_shorter_notice_is_refused_with_the_earliest_day() -> None:
    with pytest.raises(Invalid) as refused:
        resign(last_day=dt.date(2026, 12, 22))
    assert refused.value.code == "notice"
    assert refused.value.params["earliest"] == "2026-12-23"
    assert "2026-12-23" in str(refused.value.message)


@pytest.mark.clause("S6")
def test_a_shorter_notice_takes_the_written_agreement_of_both() -> None:
    run = resign(last_day=dt.date(2026, 12, 1), by_agreement=True)
    assert run.flags == ["short_notice"]
    for who in ("chen_manager", "du_hr"):
        with pytest.raises(Invalid) as refused:
            approvals.approve(run_id=run.pk, by=person(who), now=NOW + HOUR, comment="  ")
        assert refused.value.code == "in_words"
        run = approvals.approve(run_id=run.pk, by=person(who), now=NOW + HOUR, comment="同意提前离职")
    assert Leaving.objects.get().last_day == dt.date(2026, 12, 1)


def test_agreeing_to_many_at_once_needs_the_words_too() -> None:
    short = resign(last_day=dt.date(2026, 12, 1), by_agreement=True)
    usual = resign("han_meimei")
    decisions = [approvals.Decision(short.pk, "approve"), approvals.Decision(usual.pk, "approve")]
    results = {
        each.run_id: each
        for each in approvals.decide_many(decisions=decisions, by=person("chen_manager"), now=NOW + HOUR)
    }
    assert results[usual.pk].ok
    assert not results[short.pk].ok


@pytest.mark.parametrize("day", [dt.date(2026, 11, 22), dt.date(2029, 1, 1)])
def test_a_last_day_that_cannot_be_is_refused(day: dt.date) -> None:
    with pytest.raises(Invalid) as refused:
        resign(last_day=day, by_agreement=True)
    assert refused.value.errors[0]["path"] == "last_day"


@pytest.mark.parametrize("given", [{"reason": " "}, {"reason": "长" * 501}, {"contract_clause": "长" * 301}])
def test_it_needs_a_reason_and_words_of_bounded_length(given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        resign(**given)


def test_the_contract_clause_stands_in_the_request() -> None:
    run = resign(contract_clause="第十二条：提前三十日书面通知")
    assert ["contract", "第十二条：提前三十日书面通知"] in [[c.field, c.after] for c in _changes(run)]


def _changes(run: approvals.Run) -> list[approvals.Change]:
    return [approvals.Change(*line) for line in run.paper.changes["zh-hans"]]


def test_one_asks_once_at_a_time_and_not_when_it_is_settled() -> None:
    resign()
    with pytest.raises(Conflict):
        resign()
    leaves("han_meimei")
    with pytest.raises(Conflict) as refused:
        resign("han_meimei")
    assert refused.value.code == "leaving"


def test_it_is_taken_back_until_it_is_agreed_to() -> None:
    run = resign()
    approvals.withdraw(run_id=run.pk, by=person("li_lei"), now=NOW + HOUR, reason="不走了")
    assert not Leaving.objects.exists()
    assert resign(now=NOW + 2 * HOUR).state == "running"


def test_a_returned_one_is_asked_again_and_a_shorter_one_is_another_request() -> None:
    run = resign()
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW + HOUR, reason="日期再议")
    run.refresh_from_db()
    again = resign(last_day=dt.date(2026, 12, 31), now=NOW + 2 * HOUR, again=run)
    assert again.pk == run.pk
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW + 3 * HOUR, reason="再议")
    run.refresh_from_db()
    other = resign(last_day=dt.date(2026, 12, 1), by_agreement=True, now=NOW + 4 * HOUR, again=run)
    run.refresh_from_db()
    assert other.pk != run.pk
    assert run.state == "withdrawn"


def test_a_day_that_passed_while_it_waited_is_refused() -> None:
    run = resign()
    run = approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW + HOUR)
    with pytest.raises(Invalid):
        approvals.approve(run_id=run.pk, by=person("du_hr"), now=NOW + 60 * DAY)


def test_a_leaving_begins_once_and_for_who_is_here() -> None:
    found = leaves()
    with pytest.raises(Conflict) as refused:
        leaving.begin_leaving(
            employee=person("li_lei"),
            reason="dismissal",
            last_day=found.last_day,
            run=found.run,
            by=None,
            now=NOW,
        )
    assert refused.value.code == "leaving"
    leaving.end_access(now=NOW + 60 * DAY)
    with pytest.raises(Conflict) as refused:
        leaving.begin_leaving(
            employee=person("li_lei"),
            reason="other",
            last_day=found.last_day,
            run=found.run,
            by=None,
            now=NOW,
        )
    assert refused.value.code == "left"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE attendance_leaving SET last_day = last_day + 1",
        "UPDATE attendance_leaving SET reason = 'dismissal'",
        "DELETE FROM attendance_leaving",
        "INSERT INTO attendance_leaving (employee_id, reason, last_day, run_id, clause, state, began_at, ended_reason)"
        " SELECT (SELECT id FROM staff_employee WHERE number = 'A002'), 'other', last_day, run_id, 'S6', 'running',"
        " now(), '' FROM attendance_leaving",
    ],
)
def test_the_database_keeps_what_was_agreed(change: str) -> None:
    leaves()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_human_resources_call_it_off_and_say_why() -> None:
    found = leaves()
    done = leaving.call_off(leaving_id=found.pk, reason="本人书面申请留任", by=person("du_hr"), now=NOW + DAY)
    assert (done.state, done.ended_reason) == ("called_off", "本人书面申请留任")
    assert leaving.end_access(now=NOW + 60 * DAY) == 0
    assert person("li_lei").is_active
    with pytest.raises(Conflict):
        leaving.call_off(leaving_id=found.pk, reason="再来", by=person("du_hr"), now=NOW + DAY)


def test_calling_off_has_its_refusals() -> None:
    found = leaves()
    with pytest.raises(Forbidden):
        leaving.call_off(leaving_id=found.pk, reason="x", by=person("chen_manager"), now=NOW + DAY)
    with pytest.raises(Invalid):
        leaving.call_off(leaving_id=found.pk, reason="", by=person("du_hr"), now=NOW + DAY)
    with pytest.raises(NotFound):
        leaving.call_off(leaving_id=987654, reason="x", by=person("du_hr"), now=NOW + DAY)
    own = leaves("du_hr")
    with pytest.raises(Forbidden) as refused:
        leaving.call_off(leaving_id=own.pk, reason="x", by=person("du_hr"), now=NOW + DAY)
    assert refused.value.code == "oneself"


def test_the_trail_names_the_clause() -> None:
    leaves()
    entry = Entry.objects.get(verb="attendance.begin_leaving")
    assert (entry.clause, entry.actor_name) == ("S6", "杜人事")
    agreed = agree(resign("han_meimei"))
    assert agreed.state == "executed"


def test_a_paper_whose_notice_does_not_fit_is_refused() -> None:
    with pytest.raises(Invalid):
        leaving.check_resignation({"short": False, "last_day": "2026-12-01", "earliest": "2026-12-23"})
