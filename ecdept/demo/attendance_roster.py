"""The demo's roster: patterns, a published week, a week of drafts with holes, weekends by turns, the hotline, swaps."""

from __future__ import annotations

import itertools
from datetime import date

from django.utils import timezone

from attendance.models import HotlineSpan, Shift, Swap
from attendance.rules.rota import Seat
from attendance.rules.rota_solver import by_turns
from attendance.rules.shifts import DAY, WEEK, days_from, monday
from attendance.selectors.rota import problem_for
from attendance.selectors.types import shift_types
from attendance.services.roster import hotline, laying, patterns, publishing, rota, swaps, waivers, wishes
from ecdept.demo.stage import Stage
from office.approvals import api as approvals

PLANNER = "M001"
WEEKDAYS = 5
#: Early one week, late the next; the two halves the other way round.
CYCLES = {
    "A001": ("cs_early", "cs_late"),
    "A002": ("cs_late", "cs_early"),
    "A003": ("cs_early", "cs_late"),
    "A004": ("cs_late", "cs_early"),
    "B001": ("cs_early", "cs_early"),
}
OFFICE = ("S001", "P001", "P002", "N001", "D001", "E001", "E002", "W001", "U001", "H001")


def play(stage: Stage) -> None:
    """Only days to come: what lies behind is the time clock's part."""
    tomorrow = timezone.localdate(stage.now) + DAY
    next_week = monday(tomorrow) + WEEK
    _patterns(stage, tomorrow)
    laying.lay_out(
        first_day=tomorrow,
        last_day=next_week + 2 * WEEK - DAY,
        by=stage.who(PLANNER),
        now=stage.ago(hours=30),
    )
    _weekends(stage, tomorrow, next_week)
    _nights(stage, tomorrow - DAY, next_week)
    _duties(stage, next_week)
    publishing.publish(
        first_day=tomorrow - DAY,
        last_day=next_week + WEEK - DAY,
        by=stage.who(PLANNER),
        now=stage.ago(hours=28),
        reason="周日夜间热线由客服主管兜底",
    )
    _waivers(stage, next_week)
    _rota(stage, next_week)
    _swaps(stage, next_week)


def _patterns(stage: Stage, first: date) -> None:
    by, at = stage.who(PLANNER), stage.ago(hours=31)
    for number, weeks in CYCLES.items():
        cycle = [code for week in weeks for code in (*[week] * WEEKDAYS, "", "")]
        patterns.set_pattern(
            employee_id=stage.who(number).pk,
            cycle=cycle,
            first_day=first,
            anchor=monday(first),
            by=by,
            now=at,
        )
    for number in OFFICE:
        patterns.set_pattern(
            employee_id=stage.who(number).pk,
            cycle=[*["office"] * WEEKDAYS, "", ""],
            first_day=first,
            anchor=monday(first),
            by=by,
            now=at,
        )


def _weekends(stage: Stage, tomorrow: date, next_week: date) -> None:
    """The weekends before the rota begins, by hand."""
    types = shift_types(stage.now)
    codes = ["weekend"] if "weekend" in types else ["cs_early", "cs_late"]
    turns = iter(("A003", "A004", "A001", "A002", "A003", "A004", "A001", "A002"))
    for day in (next_week - 2 * DAY, next_week - DAY, next_week + 5 * DAY, next_week + 6 * DAY):
        for code in codes:
            who = stage.who(next(turns))
            if (
                day >= tomorrow
                and not Shift.objects.filter(employee=who, day__range=(day - DAY, day + DAY), removed_at=None)
                .filter(day__week_day__in=(1, 7))
                .exists()
            ):
                laying.set_shift(
                    employee_id=who.pk, day=day, code=code, by=stage.who(PLANNER), now=stage.ago(hours=29)
                )


def _nights(stage: Stage, tonight: date, next_week: date) -> None:
    """The nights of this week by hand, in turn; those of the next by a rota, taken over; its Sunday is left free."""
    by, at = stage.who(PLANNER), stage.ago(hours=29)
    people = problem_for(next_week, 1, at, "hotline").people
    for day, who in zip(days_from(tonight, next_week - DAY), itertools.cycle(people), strict=False):
        hotline.name_holder(employee_id=who, first_day=day, last_day=day, by=by, now=at)
    made = rota.ask_rota(first_day=next_week, weeks=1, sort="hotline", by=by, now=at)
    problem = rota.begin_solving(rota_id=made.pk, now=at)
    if problem is not None:
        rota.keep_solution(rota_id=made.pk, answer=by_turns(problem), proven=False, now=at)
        sunday = Seat(next_week + 6 * DAY, "hotline")
        rota.set_seat(rota_id=made.pk, seat=sunday, employee_id=None, revision=0, by=by, now=at)
        rota.adopt(rota_id=made.pk, by=by, now=at, reason="周日夜间另行指定")


def _duties(stage: Stage, next_week: date) -> None:
    """The mall's duty posts (M7.3) of three evenings."""
    for code in ("head_office", "restaurant"):
        who = stage.who("E001" if code == "head_office" else "P001")
        if code in shift_types(stage.now):
            for n in range(3):
                laying.set_shift(
                    employee_id=who.pk, day=next_week + n * DAY, code=code, sort="duty", by=stage.who(PLANNER),
                    now=stage.ago(hours=29),
                )  # fmt: skip


def _waivers(stage: Stage, next_week: date) -> None:
    by = stage.who(PLANNER)
    saturday = next_week + 2 * WEEK + 5 * DAY
    taken = waivers.waive_rest(
        first_day=saturday + WEEK,
        last_day=saturday + WEEK,
        reason="年货节预热",
        by=by,
        now=stage.ago(hours=27),
    )
    waivers.restore_rest(waiver_id=taken.pk, by=by, now=stage.ago(hours=20))
    waivers.waive_rest(
        first_day=saturday, last_day=saturday, reason="大促备货，全员到岗", by=by, now=stage.ago(hours=26)
    )


def _rota(stage: Stage, next_week: date) -> None:
    """Wishes, and eight weeks that the worker solves in the first minute."""
    for number, wants in (("A001", False), ("A004", True)):
        wishes.wish(
            day=next_week + WEEK + 5 * DAY, wants=wants, by=stage.who(number), now=stage.ago(hours=25)
        )
    for sort in ("weekend", "hotline"):
        rota.ask_rota(
            first_day=next_week + WEEK, weeks=8, sort=sort, by=stage.who(PLANNER), now=stage.ago(minutes=1)
        )


def _swaps(stage: Stage, next_week: date) -> None:
    """Waiting for the colleague, waiting for approval, done, declined, returned to the asker; and a night for a
    night."""
    pairs = (
        ("A001", "A002", 0, "带孩子看牙"),
        ("A003", "A004", 1, "参加培训"),
        ("A002", "A001", 2, "家里装修"),
        ("A004", "A003", 3, "朋友婚礼"),
        ("A002", "A001", 4, "陪父母体检"),
    )
    for place, (asker, colleague, n, reason) in enumerate(pairs):
        day = next_week + n * DAY
        give, take = (_on(stage, number, day) for number in (asker, colleague))
        if give is None or take is None:
            continue
        swap = swaps.ask_swap(
            give_id=give.pk, colleague_id=take.employee_id, take_id=take.pk, reason=reason, by=stage.who(asker),
            now=stage.ago(hours=20 - place),
        )  # fmt: skip
        _answer(stage, swap, place)
    _swap_of_nights(stage)


def _swap_of_nights(stage: Stage) -> None:
    """The first night to come that may be swapped, for the next one of somebody else; agreed, waiting for approval."""
    ahead = HotlineSpan.objects.filter(
        removed_at=None, published_at__isnull=False, starts_at__gt=stage.now + DAY
    ).order_by("starts_at")
    give = ahead.first()
    take = ahead.exclude(employee=give.employee).first() if give else None
    if give is None or take is None:
        return
    swap = swaps.ask_swap(
        give_id=give.pk, colleague_id=take.employee_id, take_id=take.pk, sort=Swap.Sort.NIGHT,
        reason="当晚要去机场接人", by=give.employee, now=stage.ago(hours=9),
    )  # fmt: skip
    _answer(stage, swap, 1)


def _answer(stage: Stage, swap: Swap, place: int) -> None:
    if place == 0:
        return
    answered = swaps.answer_swap(
        swap_id=swap.pk, agrees=place != 3, by=swap.colleague, now=stage.ago(hours=12 - place)
    )
    if place == 2 and answered.run_id is not None:
        run = approvals.Run.objects.get(pk=answered.run_id)
        stage.until_agreed(run, at=stage.ago(hours=6))
    if place == 4 and answered.run_id is not None:
        run = approvals.Run.objects.get(pk=answered.run_id)
        stage.give_back(run, at=stage.ago(hours=5), reason="周五晚班要有老员工在，请换一天或换人。")


def _on(stage: Stage, number: str, day: date) -> Shift | None:
    return Shift.objects.filter(
        employee=stage.who(number), day=day, removed_at=None, published_at__isnull=False
    ).first()
