"""Turns that a verb takes seldom: each refusal, and what happens when something came in between."""

from __future__ import annotations

import base64
import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from openpyxl import load_workbook

from attendance.models import BalanceMovement, Case, HotlineSpan, Leave, Rota, Shift, WageLine
from attendance.rules import rota_solver
from attendance.rules.shifts import uncovered
from attendance.selectors.rota import problem_for
from attendance.services import (
    absence_watch,
    balances,
    cases,
    leave_ending,
    months,
    retention,
    settling,
    stand_ins,
    wages,
)  # fmt: skip
from attendance.services.leave_rows import locked
from attendance.services.roster import guards, hotline, laying, publishing, rota, swaps
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Conflict, Invalid, NotFound, Refused
from office.rulebook import allowed
from office.staff import api as staff
from tests.attendance import leaves, plan
from tests.attendance.leaves import DAY, FRIDAY, HOUR, NOW, THURSDAY, WEDNESDAY, local
from tests.attendance.months.world import LATER as CLOSED
from tests.attendance.months.world import MONTH, absent, second_hr, wage
from tests.attendance.people import stage
from tests.attendance.shifts import AFTER, publish, punch
from tests.attendance.test_absence_cases import days, settle
from tests.attendance.test_conduct_cases import LATER, answered, opened, proposed
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> None:
    leaves.everybody()


# ---------------------------------------------------------------- leave


def test_only_the_refusal_that_is_meant_is_told_as_one() -> None:
    with pytest.raises(IntegrityError, match="another"), allowed.unless("leave_one", lambda: NotFound("x")):
        raise IntegrityError("another constraint")
    with pytest.raises(NotFound), allowed.unless("leave_one", lambda: NotFound("x")):
        raise IntegrityError("violates leave_one_at_a_time")


def test_a_leave_without_a_balance_is_counted_and_moves_nothing(cast: None) -> None:
    leave = leaves.agree(leaves.ask(first=WEDNESDAY, last=FRIDAY))
    over = local(FRIDAY + DAY, "01:00")
    assert leave_ending.take_ended(now=over) == 1
    leave_ending.come_back(leave_id=leave.pk, back_at=local(THURSDAY, "08:30"), by=person("li_lei"), now=over)
    leave.refresh_from_db()
    assert int(leave.amount) == 1
    assert not BalanceMovement.objects.exists()


def test_a_leave_that_was_counted_meanwhile_is_not_counted_again(
    cast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves.agree(leaves.ask(first=WEDNESDAY))

    def counted(leave_id: int) -> Leave:
        leave = locked(leave_id)
        leave.taken_at = NOW
        return leave

    monkeypatch.setattr(leave_ending, "locked", counted)
    assert leave_ending.take_ended(now=NOW + 9 * DAY) == 0


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_leave_that_moved_on_behind_its_request(cast: None, decision: str) -> None:
    leave = leaves.ask()
    Leave.objects.filter(pk=leave.pk).update(state="withdrawn", ended_at=NOW)
    run = leaves.run_of(leave)
    if decision == "approve":
        with pytest.raises(Conflict), transaction.atomic():
            approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW)
    else:
        approvals.reject(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="x")
    leave.refresh_from_db()
    assert leave.state == "withdrawn"


def test_a_book_without_annual_leave_grants_none(cast: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def note(months: int) -> None:
        balances.note_prior_service(
            employee_id=person("li_lei").pk, months=months, note="社保记录", by=person("du_hr"), now=NOW
        )

    monkeypatch.setattr(balances, "annual_rule", lambda now: None)
    assert balances.grant_due(now=NOW) == 0
    note(120)
    assert not BalanceMovement.objects.exists()


def test_service_that_entitles_to_nothing_yet_changes_nothing(cast: None) -> None:
    li_lei = person("li_lei")
    type(li_lei).objects.filter(pk=li_lei.pk).update(joined_at=NOW - 30 * DAY)
    balances.note_prior_service(employee_id=li_lei.pk, months=3, note="社保记录", by=person("du_hr"), now=NOW)
    assert not BalanceMovement.objects.exists()


def test_an_acting_post_that_ended_by_itself_is_no_hindrance(cast: None) -> None:
    leave = leaves.ask("gao_section", first=WEDNESDAY, last=THURSDAY)
    stand_ins.choose_deputy(
        leave_id=leave.pk, deputy_id=person("zheng_designer").pk, by=person("chen_manager"), now=NOW
    )
    leaves.agree(leave)
    staff.end_appointment(
        appointment_id=leave.stand_ins.get().appointment_id,
        by=None,
        now=local(WEDNESDAY, "10:00"),
        reason="x",
    )
    leave_ending.come_back(
        leave_id=leave.pk,
        back_at=local(WEDNESDAY, "12:00"),
        by=person("gao_section"),
        now=local(WEDNESDAY, "12:00"),
    )
    leave.refresh_from_db()
    assert leave.last_day == WEDNESDAY


def test_an_acting_post_that_cannot_end_stops_the_return(cast: None, monkeypatch: pytest.MonkeyPatch) -> None:
    leave = leaves.ask("gao_section", first=WEDNESDAY, last=THURSDAY)
    stand_ins.choose_deputy(
        leave_id=leave.pk, deputy_id=person("zheng_designer").pk, by=person("chen_manager"), now=NOW
    )
    leaves.agree(leave)

    def refuse(**_given: Any) -> None:
        raise Refused("x", code="second_person")

    monkeypatch.setattr(staff, "end_appointment", refuse)
    noon = local(WEDNESDAY, "12:00")
    with pytest.raises(Refused), transaction.atomic():
        leave_ending.come_back(leave_id=leave.pk, back_at=noon, by=person("gao_section"), now=noon)


# ---------------------------------------------------------------- cases


def test_whom_a_case_is_none_of_finds_none(cast: None) -> None:
    case = opened()
    for verb in (
        lambda: cases.answer(case_id=case.pk, statement="x", by=person("han_meimei"), now=NOW),
        lambda: cases.answer(case_id=987654, statement="x", by=person("li_lei"), now=NOW),
        lambda: cases.add_file(case_id=case.pk, file_id=1, by=person("han_meimei"), now=NOW),
        lambda: cases.add_file(case_id=case.pk, file_id=987654, by=person("li_lei"), now=NOW),
    ):
        with pytest.raises(NotFound), transaction.atomic():
            verb()


def test_a_closed_case_takes_no_file_and_an_unknown_measure_is_refused(cast: None) -> None:
    case = answered(opened())
    with pytest.raises(Invalid) as refused, transaction.atomic():
        proposed(case, "dismissal_without_notice")
    assert refused.value.errors[0]["path"] == "measure"
    cases.close_case(case_id=case.pk, reason="查无此事", by=person("chen_manager"), now=LATER)
    with pytest.raises(Conflict), transaction.atomic():
        cases.add_file(case_id=case.pk, file_id=1, by=person("li_lei"), now=LATER)


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_case_that_moved_on_behind_its_request(cast: None, decision: str) -> None:
    case = answered(opened())
    run = proposed(case)
    Case.objects.filter(pk=case.pk).update(state="open")
    if decision == "approve":
        with pytest.raises(Conflict), transaction.atomic():
            stage.agree(run, at=LATER)
    else:
        approvals.reject(run_id=run.pk, by=stage.decider(run, LATER), now=LATER, reason="x")
    case.refresh_from_db()
    assert case.state == "open"


def test_a_case_that_is_closed_at_that_moment_gets_no_more_evidence(
    cast: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in days(dt.date(2026, 11, 16), 3):
        settle("li_lei", day)
    absence_watch.watch_absence(now=NOW)
    settle("li_lei", dt.date(2026, 11, 19))
    case = Case.objects.get()

    def meanwhile(_subject: object) -> None:
        Case.objects.filter(pk=case.pk).update(
            state="closed", closed_by=person("chen_manager"), closed_reason="x", ended_at=NOW
        )

    monkeypatch.setattr(approvals, "hold", meanwhile)
    absence_watch.watch_absence(now=NOW)
    assert case.evidence.count() == 1


# ---------------------------------------------------------------- settling, wages, retention


def test_whoever_watches_twice_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []

    def watcher(changed: Any, _now: object) -> None:
        told.append(len(changed))

    monkeypatch.setattr(settling, "_watchers", [])
    settling.watch_settled(watcher)
    settling.watch_settled(watcher)
    publish(person("li_lei"), "E")
    settling.settle_marked(now=AFTER)
    assert told == [1]


def test_a_book_that_keeps_punches_for_ever_erases_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attendance.services.retention.rulebook.has_rule", lambda key, now: False)
    assert retention.erase_punches(now=AFTER) == 0


def test_punches_are_erased_in_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    li_lei, day = person("li_lei"), AFTER.date().replace(year=2023)
    publish(li_lei, "E", day)
    punch(li_lei, "08:20", "12:00", "18:40", day=day)
    settling.settle_marked(now=AFTER - 30 * DAY)
    monkeypatch.setattr(retention, "MOST", 2)
    assert retention.erase_punches(now=AFTER) == 3


def test_a_rotation_seals_wages_and_lines_anew(settings: Any) -> None:
    li_lei, hr = person("li_lei"), second_hr()
    line = absent(li_lei)
    wage(li_lei)
    wages.confirm_line(line_id=line.pk, turn=line.turn, by=hr, now=AFTER)
    before = wages.reckon(WageLine.objects.get(pk=line.pk))
    settings.ECDEPT_KEYS = f"new:{base64.b64encode(b'n' * 32).decode()},{settings.ECDEPT_KEYS}"
    assert [wages.reseal_wages(1), wages.reseal_wages(5), wages.reseal_wages(5)] == [1, 1, 0]
    assert wages.reckon(WageLine.objects.get(pk=line.pk)) == before


def test_the_sheet_tells_what_became_known_after_the_close() -> None:
    li_lei, hr = person("li_lei"), second_hr()
    line = absent(li_lei)
    wages.waive_line(line_id=line.pk, reason="x", by=hr, now=AFTER)
    months.close_month(month=MONTH, by=hr, now=CLOSED)
    punch(li_lei, "08:20", "18:40", now=CLOSED)
    settling.settle_marked(now=CLOSED + HOUR)
    book = load_workbook(io.BytesIO(months.export_sheet(month=CLOSED.date(), by=hr, now=CLOSED).read()))
    [head, row] = book.worksheets[3].iter_rows(values_only=True)
    assert (row[0], *map(str, row[2:5])) == ("A001", "2026-11-04", "1", "0"), head


def test_a_line_that_is_none_has_no_month() -> None:
    with pytest.raises(NotFound):
        wages.month_of_line(987654)


# ---------------------------------------------------------------- the roster


def test_gaps_that_adjoin_are_one() -> None:
    eight, nine, ten = (NOW.replace(hour=hour) for hour in (8, 9, 10))
    assert uncovered([(eight, nine), (nine, ten)], [], 1) == [(eight, ten)]


def test_the_roster_is_held_inside_a_transaction_only(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = SimpleNamespace(in_atomic_block=False)
    monkeypatch.setattr("attendance.services.roster.guards.transaction.get_connection", lambda: outside)
    with pytest.raises(RuntimeError):
        guards.hold_roster()


def test_a_text_that_is_too_long_names_its_field() -> None:
    with pytest.raises(Invalid) as refused:
        guards.text("x" * 5, path="reason", longest=4)
    assert refused.value.errors[0] == {
        "path": "reason",
        "code": "too_long",
        "message": str(refused.value.message),
    }


def test_a_night_that_is_over_is_not_given_to_anybody() -> None:
    plan.book()
    made = hotline.name_holder(
        employee_id=person("han_meimei").pk, first_day=plan.NOW.date() - DAY, last_day=plan.NOW.date(),
        by=person("chen_manager"), now=plan.NOW,
    )  # fmt: skip
    assert [night.starts_at.astimezone(plan.NOW.tzinfo).date() for night in made] == [plan.NOW.date()]


def test_a_pattern_does_not_run_into_a_night_that_is_planned() -> None:
    plan.book()
    li_lei = person("li_lei")
    plan.pattern(li_lei, plan.EARLY)
    leaves.shift("li_lei", plan.MONDAY, ("22:00", "10:00"))
    laying.lay_out(
        first_day=plan.MONDAY, last_day=plan.MONDAY + 2 * DAY, by=person("chen_manager"), now=plan.NOW
    )
    laid = Shift.objects.filter(origin="pattern").values_list("day", flat=True)
    assert list(laid) == [plan.MONDAY + 2 * DAY]


def test_two_drafts_of_one_night_are_not_published() -> None:
    plan.book()
    start = plan.NOW.replace(hour=22)
    for who, hours in (("han_meimei", 8), ("li_lei", 6)):
        HotlineSpan.objects.create(
            employee=person(who), starts_at=start, ends_at=start + hours * HOUR, made_by=person("chen_manager"),
            made_at=plan.NOW,
        )  # fmt: skip
    with pytest.raises(Conflict) as refused, transaction.atomic():
        publishing.publish(
            first_day=start.date(), last_day=start.date(), by=person("chen_manager"), now=plan.NOW, reason="x"
        )
    assert refused.value.code == "overlap"


def test_rotas_of_other_weeks_may_be_open_at_once() -> None:
    plan.book()
    plan.agents()
    for first in (
        plan.MONDAY,
        plan.MONDAY + 70 * DAY,
    ):  # further apart than the eight weeks that are compared
        rota.ask_rota(first_day=first, weeks=2, by=person("chen_manager"), now=plan.NOW)
    assert Rota.objects.count() == 2


def test_a_solver_that_found_nothing_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    plan.book()
    plan.agents()
    monkeypatch.setattr(rota_solver, "_run", lambda *_given, **_more: ("UNKNOWN", None))
    assert rota_solver.solve(problem_for(plan.MONDAY, 8, plan.NOW), seconds=0.0) is None


def test_swaps_of_what_is_no_more() -> None:
    plan.book()
    li_lei, mei, _clerk = plan.agents(3)
    person("wang_supervisor")
    give, take = plan.shift(li_lei, plan.MONDAY, "cs_early"), plan.shift(mei, plan.MONDAY + DAY, "cs_late")
    swap = swaps.ask_swap(
        give_id=give.pk, colleague_id=mei.pk, take_id=take.pk, reason="x", by=li_lei, now=plan.NOW
    )
    with pytest.raises(NotFound):
        swaps.answer_swap(swap_id=987654, agrees=True, by=mei, now=plan.NOW)
    Shift.objects.filter(pk=take.pk).update(removed_at=plan.NOW)
    with pytest.raises(NotFound), transaction.atomic():
        swaps.answer_swap(swap_id=swap.pk, agrees=True, by=mei, now=plan.NOW)
    other = plan.shift(mei, plan.MONDAY + 2 * DAY, "cs_late")
    mine = plan.shift(li_lei, plan.MONDAY + 3 * DAY)
    swap = swaps.ask_swap(
        give_id=mine.pk, colleague_id=mei.pk, take_id=other.pk, reason="x", by=li_lei,
        now=plan.NOW,
    )  # fmt: skip
    swap = swaps.answer_swap(swap_id=swap.pk, agrees=True, by=mei, now=plan.NOW)
    run = Run.objects.get(pk=swap.run_id or 0)
    for payload in (swaps.payload_of(swap) | {"moves": []}, swaps.payload_of(swap)):
        Shift.objects.filter(pk=other.pk, removed_at=None).update(removed_at=plan.NOW)
        with pytest.raises(Conflict) as refused, transaction.atomic():
            swaps.apply_swap(run=run, payload=payload, by=None, now=plan.NOW)
        assert refused.value.code == "moved"


def test_a_request_that_ends_after_its_swap_changes_nothing() -> None:
    plan.book()
    li_lei, mei, _clerk = plan.agents(3)
    person("wang_supervisor")
    give = plan.shift(li_lei, plan.MONDAY, "cs_early")
    swap = swaps.ask_swap(
        give_id=give.pk, colleague_id=mei.pk, take_id=None, reason="x", by=li_lei, now=plan.NOW
    )
    swap = swaps.answer_swap(swap_id=swap.pk, agrees=True, by=mei, now=plan.NOW)
    swaps.withdraw_swap(swap_id=swap.pk, by=li_lei, now=plan.NOW)
    swap.refresh_from_db()
    swaps.request_ended(Run.objects.get(pk=swap.run_id or 0), None, plan.NOW)
    assert (swap.state, swap.ended_at) == ("withdrawn", plan.NOW)
