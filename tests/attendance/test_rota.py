"""The weekend rota through its verbs and pages: asked for, solved in a task, changed by hand, taken over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from attendance.models import DayWish, Rota, Shift
from attendance.rules.rota import Seat, seats_from_json
from attendance.rules.rota_check import faults
from attendance.rules.shifts import monday
from attendance.selectors.rota import problem_for, turns_around
from attendance.services.roster import rota
from attendance.services.roster.wishes import wish
from attendance.tasks import rota as tasks
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from office.staff.models import Employee
from tests.attendance.leaves import agree, ask, everybody
from tests.attendance.people.stage import leaves as leaving
from tests.attendance.plan import DAY, MONDAY, NOW, agents, book, shift
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
SATURDAY, SUNDAY = MONDAY + 5 * DAY, MONDAY + 6 * DAY


@pytest.fixture(autouse=True)
def people(db: None) -> list[Employee]:
    book()
    return agents()


def asked(weeks: int = 8) -> Rota:
    return rota.ask_rota(first_day=MONDAY, weeks=weeks, by=person("chen_manager"), now=NOW)


def solved(weeks: int = 8) -> Rota:
    found = rota.solve(rota_id=asked(weeks).pk, seconds=20, clock=lambda: NOW)
    assert found is not None
    return found


def put(found: Rota, seat: Seat, who: Employee | None, revision: int | None = None) -> list[str]:
    made = rota.set_seat(
        rota_id=found.pk,
        seat=seat,
        employee_id=who.pk if who else None,
        revision=found.revision if revision is None else revision,
        by=person("chen_manager"),
        now=NOW,
    )
    found.refresh_from_db()
    return [fault.kind for fault in made]


@pytest.mark.clause("C9.2")
def test_six_people_eight_weeks_become_drafts(people: list[Employee]) -> None:
    found = solved()
    assert (found.state, found.progress) == ("solved", 100)
    problem = problem_for(MONDAY, 8, NOW)
    assert faults(problem, seats_from_json(found.seats)) == []
    assert Notice.objects.get(kind="attendance.rota_solved").recipient == person("chen_manager")
    rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW)
    drafts = Shift.objects.filter(published_at=None, origin="rota", code="weekend")
    assert drafts.count() == 16
    assert {shift.employee_id for shift in drafts} == {each.pk for each in people}
    with pytest.raises(Conflict):
        rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW)


def test_history_wishes_and_other_shifts_are_known(people: list[Employee]) -> None:
    shift(people[0], SATURDAY - dt.timedelta(weeks=1), "weekend")
    shift(people[1], SATURDAY, "cs_early")
    wish(day=SUNDAY, wants=False, by=people[2], now=NOW)
    problem = problem_for(MONDAY, 1, NOW)
    assert problem.fixed == {people[0].pk: (SATURDAY - dt.timedelta(weeks=1),)}
    assert problem.away == {(people[1].pk, SATURDAY), (people[1].pk, SUNDAY)}
    assert problem.wishes == {(people[2].pk, SUNDAY): False}


@pytest.mark.clause("S1d")
def test_a_night_shift_into_saturday_takes_it(people: list[Employee]) -> None:
    friday = SATURDAY - DAY
    begin = dt.datetime.combine(friday, dt.time(22), tzinfo=NOW.tzinfo)
    end = begin + dt.timedelta(hours=12)
    Shift.objects.create(
        employee=people[0], day=friday, sort="work", code="night", starts_at=begin, ends_at=end, spans=[(begin, end)],
        meal=dt.timedelta(), origin="hand", version_id=1, made_at=NOW, published_at=NOW,
    )  # fmt: skip
    blocked = {(people[0].pk, SATURDAY), (people[0].pk, SUNDAY)}
    assert blocked <= problem_for(MONDAY, 1, NOW).away
    assert blocked <= turns_around(MONDAY, SUNDAY, NOW, Rota.Sort.WEEKEND).rules.away


@pytest.mark.clause("S6", "C9.3")
def test_no_night_is_proposed_to_who_has_left_by_its_end(people: list[Employee]) -> None:
    everybody()
    leaving("li_lei", "同意", last_day=MONDAY, by_agreement=True, now=NOW)
    away = problem_for(MONDAY, 1, NOW, sort=Rota.Sort.HOTLINE).away
    assert {day for who, day in away if who == people[0].pk} >= {MONDAY + n * DAY for n in range(7)}


@pytest.mark.clause("C9.2", "S2a")
def test_leave_that_is_agreed_to_is_respected_and_leave_that_is_asked_for_is_not_yet(
    people: list[Employee],
) -> None:
    everybody()
    li, weekend = people[0], {SATURDAY, SUNDAY}
    leave = ask("li_lei", now=NOW, first=SATURDAY - DAY, last=SUNDAY + DAY)
    assert not {day for who, day in problem_for(MONDAY, 1, NOW).away if who == li.pk} & weekend
    agree(leave, now=NOW)
    problem = problem_for(MONDAY, 1, NOW)
    assert {(who, day) for who, day in problem.away if day in weekend} == {(li.pk, day) for day in weekend}
    answer = seats_from_json(solved(1).seats)
    assert li.pk not in answer.values()
    assert None not in answer.values()


def test_one_rota_for_a_week_at_a_time() -> None:
    first = asked(2)
    with pytest.raises(Conflict) as refused:
        asked(1)
    assert refused.value.code == "open"
    rota.drop(rota_id=first.pk, by=person("chen_manager"), now=NOW)
    with pytest.raises(Conflict):
        rota.drop(rota_id=first.pk, by=person("chen_manager"), now=NOW)
    assert rota.solve(rota_id=first.pk, seconds=1, clock=lambda: NOW) is None
    assert rota.keep_solution(rota_id=first.pk, answer={}, proven=True, now=NOW) is None
    assert asked(1).state == "queued"


@pytest.mark.parametrize(
    ("first", "weeks"), [(MONDAY + DAY, 1), (MONDAY, 0), (MONDAY, 27), (dt.date(2029, 1, 1), 1)]
)
def test_what_cannot_be_asked(first: dt.date, weeks: int) -> None:
    with pytest.raises(Invalid):
        rota.ask_rota(first_day=first, weeks=weeks, by=person("chen_manager"), now=NOW)
    with pytest.raises(Forbidden):
        rota.ask_rota(first_day=MONDAY, weeks=1, by=person("li_lei"), now=NOW)


def test_nobody_to_plan_for(people: list[Employee]) -> None:
    Employee.objects.filter(pk__in=[each.pk for each in people]).update(is_active=False)
    with pytest.raises(Invalid):
        asked()


def test_the_rule_check_is_live(people: list[Employee]) -> None:
    found = solved(1)
    seats = sorted(seats_from_json(found.seats))
    who = next(each for each in people if each.pk == seats_from_json(found.seats)[seats[0]])
    assert put(found, seats[1], who) == ["no_rest", "unfair"]
    assert put(found, seats[1], None) == ["empty"]
    with pytest.raises(Conflict):
        put(found, seats[1], who, revision=0)
    with pytest.raises(NotFound):
        put(found, Seat(SATURDAY, "early"), who)
    with pytest.raises(NotFound):
        put(found, seats[0], person("zheng_designer"))
    assert put(found, seats[1], None) == ["empty"]


def test_what_nobody_may_break_is_not_taken_over(people: list[Employee]) -> None:
    found = solved(1)
    seats = sorted(seats_from_json(found.seats))
    holder = next(each for each in people if each.pk == seats_from_json(found.seats)[seats[0]])
    shift(holder, SATURDAY, "cs_early")
    with pytest.raises(Conflict) as refused, transaction.atomic():
        rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW)
    assert refused.value.code == "faults"


@pytest.mark.clause("C9.2")
def test_an_unfair_turn_needs_a_reason(people: list[Employee]) -> None:
    found = solved(2)
    for seat in (each for each in sorted(seats_from_json(found.seats)) if each.day.weekday() == 5):
        put(found, seat, people[0])
    for seat in (each for each in sorted(seats_from_json(found.seats)) if each.day.weekday() == 6):
        put(found, seat, people[1])
    with pytest.raises(Invalid), transaction.atomic():
        rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW)
    rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW, reason="其余四人培训")
    assert Shift.objects.filter(origin="rota").count() == 4


def test_a_solver_that_fails_is_kept_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **more: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(rota, "run", broken)
    found = asked(1)
    with pytest.raises(RuntimeError):
        rota.solve(rota_id=found.pk, seconds=1, clock=lambda: NOW)
    found.refresh_from_db()
    assert found.state == "failed"
    assert Notice.objects.filter(kind="attendance.rota_failed").exists()
    with pytest.raises(Conflict):
        rota.adopt(rota_id=found.pk, by=person("chen_manager"), now=NOW)


def test_an_answer_that_breaks_the_law_is_not_kept(people: list[Employee]) -> None:
    found = asked(1)
    assert rota.begin_solving(rota_id=found.pk, now=NOW) is not None
    both = dict.fromkeys((Seat(SATURDAY, "weekend"), Seat(SUNDAY, "weekend")), people[0].pk)
    kept = rota.keep_solution(rota_id=found.pk, answer=both, proven=True, now=NOW)  # type: ignore[arg-type]
    assert kept is not None
    assert (kept.state, kept.seats) == ("failed", [])


def test_what_a_dead_worker_left_is_solved_again() -> None:
    found = asked(1)
    assert rota.waiting(now=NOW) == []
    assert rota.begin_solving(rota_id=found.pk, now=NOW) is not None
    assert rota.note_progress(rota_id=found.pk, percent=140)
    assert rota.begin_solving(rota_id=found.pk, now=NOW) is None
    later = NOW + dt.timedelta(minutes=4)
    assert rota.waiting(now=later) == [found.pk]
    assert rota.begin_solving(rota_id=found.pk, now=later) is not None


@pytest.mark.parametrize("day", [MONDAY, NOW.date() - 4 * DAY, MONDAY + dt.timedelta(weeks=40, days=5)])
def test_wishes_are_for_weekends_to_come(day: dt.date) -> None:
    with pytest.raises(Invalid):
        wish(day=day, wants=True, by=person("li_lei"), now=NOW)


def test_a_wish_is_changed_and_taken_back() -> None:
    wish(day=SATURDAY, wants=True, by=person("li_lei"), now=NOW)
    wish(day=SATURDAY, wants=False, by=person("li_lei"), now=NOW)
    assert DayWish.objects.get().wants is False
    assert wish(day=SATURDAY, wants=None, by=person("li_lei"), now=NOW) is None
    assert not DayWish.objects.exists()
    with pytest.raises(Forbidden):
        wish(day=SATURDAY, wants=True, by=person("zheng_designer"), now=NOW)


def test_the_pages_from_asking_to_drafts(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.solve_rota, "apply_async", lambda args, **_more: sent.extend(args))
    manager = signed_in("chen_manager")
    first = monday(timezone.localdate()) + dt.timedelta(weeks=1)
    where = reverse("attendance:rotas")
    assert manager.post(where, {"first_day": "x", "weeks": "2"}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        answer = manager.post(where, {"first_day": first.isoformat(), "weeks": "2"})
    found = Rota.objects.get()
    assert (answer.headers["Location"], sent) == (reverse("attendance:rota", args=[found.pk]), [found.pk])
    assert "every 1s" in manager.get(answer.headers["Location"]).content.decode()
    tasks.solve_rota(found.pk)
    assert manager.get(reverse("attendance:rota_state", args=[found.pk])).headers["HX-Refresh"] == "true"
    page = manager.get(answer.headers["Location"]).content.decode()
    assert page.count("<select") == 4
    found.refresh_from_db()
    holder = found.seats[0][3]
    key = f"{(first + 5 * DAY).isoformat()}/weekend/0"
    reasons = manager.get(reverse("attendance:rota_why", args=[found.pk]), {"seat": key}).content.decode()
    assert "8 周内轮值" in reasons
    assert manager.get(reverse("attendance:rota_why", args=[found.pk]), {"seat": "x"}).status_code == 404
    seat = reverse("attendance:rota_seat", args=[found.pk])
    data = {"seat": key, "person": "", "revision": "0"}
    live = manager.post(seat, data, headers={"HX-Request": "true"}).content.decode()
    assert "无人轮值" in live
    assert manager.post(seat, data).status_code == 409
    assert manager.post(seat, data | {"revision": "1", "person": holder}).status_code == 302
    assert manager.post(reverse("attendance:rota_adopt", args=[found.pk])).status_code == 302
    assert Shift.objects.filter(origin="rota").count() == 4
    assert manager.post(reverse("attendance:rota_drop", args=[found.pk])).status_code == 409
    assert "已采用" in manager.get(where).content.decode()
    tasks.solve_waiting_rotas()
