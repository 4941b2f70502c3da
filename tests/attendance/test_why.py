"""Why me: a person asks where a shift or a night of his comes from."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from attendance.models import HotlineSpan, Rota, Shift
from attendance.rules.rota import from_json
from attendance.rules.rota_solver import by_turns
from attendance.selectors.why import Grounds, grounds_of_night, grounds_of_shift
from attendance.services.roster import hotline, laying, rota, swaps
from attendance.services.roster.publishing import publish
from attendance.services.roster.waivers import waive_rest
from attendance.services.roster.wishes import wish
from office.approvals import api as approvals
from office.errors import NotFound
from office.staff.models import Employee
from tests.attendance.plan import DAY, EARLY, MONDAY, NOW, agents, book, pattern, shift
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
SATURDAY, SUNDAY = MONDAY + 5 * DAY, MONDAY + 6 * DAY


@pytest.fixture(autouse=True)
def people(db: None) -> list[Employee]:
    book()
    return agents(4)


def adopted(sort: str = "weekend") -> Rota:
    """The plain answer by turns, taken over and published."""
    boss = person("chen_manager")
    found = rota.ask_rota(first_day=MONDAY, weeks=1, by=boss, now=NOW, sort=sort)
    rota.begin_solving(rota_id=found.pk, now=NOW)
    answer = by_turns(from_json(found.problem))
    rota.keep_solution(rota_id=found.pk, answer=answer, proven=False, now=NOW)
    rota.adopt(rota_id=found.pk, by=boss, now=NOW)
    published()
    return found


def published() -> None:
    publish(first_day=MONDAY, last_day=SUNDAY, by=person("chen_manager"), now=NOW, reason="试行")


def asked(who: str | Employee, found: Shift) -> Grounds:
    return grounds_of_shift(found.pk, person(who) if isinstance(who, str) else who, NOW)


def holder(found: Shift | HotlineSpan) -> Employee:
    return Employee.objects.get(pk=found.employee_id)


@pytest.mark.clause("C9.2")
def test_a_turn_is_explained_to_whom_it_concerns_without_others_secrets(people: list[Employee]) -> None:
    wish(day=SATURDAY, wants=False, by=people[3], now=NOW)
    shift(people[1], SUNDAY)
    adopted()
    duty = Shift.objects.get(code="weekend", day=SATURDAY)
    mine = asked(holder(duty), duty)
    assert (mine.origin, mine.turn is not None and mine.turn.clause) == ("rota", "C9.2")
    assert mine.turn is not None
    told = {reason for _name, reason, _turns in mine.turn.others}
    assert told <= {"cannot", "less", "more", "as_good"}
    assert len(mine.turn.others) + mine.turn.hidden == 3
    full = asked("chen_manager", duty)
    assert full.turn is not None
    assert {"away", "wish"} & {reason for _name, reason, _turns in full.turn.others}
    assert full.turn.hidden == 0


@pytest.mark.clause("C9.3")
def test_a_night_of_a_rota_and_one_named_by_hand() -> None:
    adopted("hotline")
    night = HotlineSpan.objects.order_by("starts_at")[0]
    mine = grounds_of_night(night.pk, holder(night), NOW)
    assert (mine.origin, mine.turn is not None) == ("rota", True)
    other = person("chen_manager")
    hotline.name_holder(
        employee_id=other.pk, first_day=MONDAY, last_day=MONDAY, by=person("chen_manager"),
        now=NOW + dt.timedelta(minutes=1), reason="临时调整",
    )  # fmt: skip
    named = HotlineSpan.objects.get(employee=other, starts_at=night.starts_at, removed_at=None)
    grounds = grounds_of_night(named.pk, other, NOW)
    assert (grounds.origin, grounds.turn, grounds.before_name) == ("named", None, holder(night).name)
    with pytest.raises(NotFound):
        grounds_of_night(night.pk, holder(night), NOW)


def test_patterns_hands_waivers_and_swaps(people: list[Employee]) -> None:
    boss, li, han = person("chen_manager"), people[0], people[1]
    pattern(li, EARLY)
    laying.lay_out(first_day=MONDAY, last_day=SUNDAY, by=boss, now=NOW)
    shift(han, MONDAY, "cs_late", published=False)
    waive_rest(first_day=SATURDAY, last_day=SATURDAY, reason="大促", by=boss, now=NOW)
    shift(li, SATURDAY, published=False)
    published()
    by_pattern = asked(li, Shift.objects.get(employee=li, day=MONDAY))
    assert by_pattern.origin == "pattern"
    assert by_pattern.pattern is not None
    on_saturday = asked(li, Shift.objects.get(employee=li, day=SATURDAY))
    assert (on_saturday.origin, on_saturday.waiver is not None) == ("hand", True)
    later = NOW + dt.timedelta(minutes=1)
    laying.set_shift(
        employee_id=li.pk, day=MONDAY + DAY, code="cs_late", by=boss, now=later, reason="晚班缺人"
    )
    changed = asked(li, Shift.objects.get(employee=li, day=MONDAY + DAY, removed_at=None))
    assert changed.before is not None
    assert (changed.before.removed_reason, changed.before_name) == ("晚班缺人", "早班")
    swap = swaps.ask_swap(
        give_id=Shift.objects.get(employee=li, day=MONDAY).pk, colleague_id=han.pk,
        take_id=Shift.objects.get(employee=han, day=MONDAY).pk, reason="看牙", by=li, now=NOW,
    )  # fmt: skip
    run_id = swaps.answer_swap(swap_id=swap.pk, agrees=True, by=han, now=NOW).run_id
    approvals.approve(run_id=run_id or 0, by=person("chen_manager"), now=NOW)
    swapped = asked(li, Shift.objects.get(employee=li, day=MONDAY, removed_at=None))
    assert (swapped.origin, swapped.swap) == ("swap", swap)
    page = signed_in("li_lei").get(reverse("attendance:why_shift", args=[swapped.shift.pk]))  # type: ignore[union-attr]
    assert "双方同意并已获批准" in page.content.decode()


def test_drafts_and_shifts_of_others_are_hidden(people: list[Employee]) -> None:
    draft = shift(people[0], MONDAY, published=False)
    with pytest.raises(NotFound):
        asked(people[0], draft)
    assert asked("chen_manager", draft).origin == "hand"
    own = shift(people[0], MONDAY + DAY)
    assert asked("du_hr", own).published_at
    for who in ("han_meimei", "zheng_designer"):
        with pytest.raises(NotFound):
            asked(who, own)


def test_every_calendar_leads_there(people: list[Employee]) -> None:
    from django.utils import timezone

    today = timezone.localdate()
    own = shift(people[0], today)
    start = timezone.now()
    night = HotlineSpan.objects.create(
        employee=people[0],
        starts_at=start,
        ends_at=start + dt.timedelta(hours=1),
        made_at=NOW,
        published_at=NOW,
    )
    where, dark = (
        reverse(f"attendance:why_{word}", args=[pk]) for word, pk in (("shift", own.pk), ("night", night.pk))
    )
    browser = signed_in("li_lei")
    month = browser.get(reverse("attendance:mine")).content.decode()
    assert where in month
    assert month.count(dark) == 2
    assert where in browser.get(reverse("attendance:roster")).content.decode()
    assert where in browser.get(reverse("attendance:person", args=[people[0].pk])).content.decode()
    assert dark in browser.get("/").content.decode()
    page = browser.get(where).content.decode()
    assert "为什么是我" in page
    assert "手工安排" in page
    assert "手工指定" in browser.get(dark).content.decode()
    assert where not in signed_in("han_meimei").get(reverse("attendance:roster")).content.decode()
    planner = signed_in("chen_manager")
    assert "为什么是李雷" in planner.get(where).content.decode()
    assert (
        where
        in planner.get(
            reverse("attendance:cell"), {"person": str(people[0].pk), "at": today.isoformat()}
        ).content.decode()
    )
