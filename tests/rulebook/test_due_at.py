"""When time is over: nights, weekends, holidays, make-up days, split days, month-ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.rulebook.calendar import (
    DayTable,
    Override,
    due_at,
    is_open,
    next_opening,
    open_between,
    plan,
    working_days_between,
)
from office.rulebook.parser import parse_book, shipped_source
from office.rulebook.types import Book, DeadlineRule, Step

SHANGHAI = ZoneInfo("Asia/Shanghai")
SITE = parse_book(shipped_source("site"), file="site.toml")
MALL = parse_book(shipped_source("mall"), file="mall.toml")
NATIONAL = DayTable()
OFFICE = "attendance.shift.office"
DESK = "orders.service_hours"


def at(text: str) -> datetime:
    """ "2026-11-23 08:30" in Asia/Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def rule(hours: str, duration: timedelta, months: int = 0, **more: object) -> DeadlineRule:
    return DeadlineRule(key="t.t", clause="C7.1", duration=duration, hours=hours, months=months, **more)  # type: ignore[arg-type]


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


# Monday is 2026-11-23. National Day 2026: off October 1 to 7, Sunday September 20 and Saturday October 10 are worked.
CASES: list[tuple[str, str, str, timedelta, str]] = [
    # the site's desk, 08:50–18:10 every day
    ("in the morning", DESK, "2026-11-23 09:00", minutes(10), "2026-11-23 09:10"),
    (
        "just before closing it goes on next morning",
        DESK,
        "2026-11-23 18:05",
        minutes(10),
        "2026-11-24 08:55",
    ),
    ("exactly until closing", DESK, "2026-11-23 18:00", minutes(10), "2026-11-23 18:10"),
    ("at closing", DESK, "2026-11-23 18:10", minutes(10), "2026-11-24 09:00"),
    ("in the evening", DESK, "2026-11-23 22:30", minutes(10), "2026-11-24 09:00"),
    ("after midnight", DESK, "2026-11-24 02:00", minutes(10), "2026-11-24 09:00"),
    ("one minute before opening", DESK, "2026-11-24 08:49", minutes(10), "2026-11-24 09:00"),
    ("on Saturday the desk is open", DESK, "2026-11-28 10:00", minutes(10), "2026-11-28 10:10"),
    ("on National Day the desk is open", DESK, "2026-10-01 10:00", minutes(10), "2026-10-01 10:10"),
    ("from the night into a holiday", DESK, "2026-09-30 20:00", minutes(10), "2026-10-01 09:00"),
    ("longer than a day of service", DESK, "2026-11-23 08:50", timedelta(hours=10), "2026-11-24 09:30"),
    # the office, 08:30–11:00 and 12:30–18:30, Monday to Friday, make-up days worked
    ("over the break at noon", OFFICE, "2026-11-23 10:30", timedelta(hours=1), "2026-11-23 13:00"),
    ("in the break", OFFICE, "2026-11-23 11:30", timedelta(hours=1), "2026-11-23 13:30"),
    ("up to the break", OFFICE, "2026-11-23 10:00", timedelta(hours=1), "2026-11-23 11:00"),
    ("over the night", OFFICE, "2026-11-23 18:00", timedelta(hours=1), "2026-11-24 09:00"),
    ("over the weekend", OFFICE, "2026-11-27 18:00", timedelta(hours=1), "2026-11-30 09:00"),
    ("from a Saturday", OFFICE, "2026-11-28 12:00", timedelta(hours=1), "2026-11-30 09:30"),
    ("over National Day", OFFICE, "2026-09-30 18:00", timedelta(hours=1), "2026-10-08 09:00"),
    ("from within National Day", OFFICE, "2026-10-03 12:00", timedelta(hours=1), "2026-10-08 09:30"),
    ("on a make-up Saturday", OFFICE, "2026-10-10 09:00", timedelta(hours=1), "2026-10-10 10:00"),
    (
        "Friday evening before a make-up Saturday",
        OFFICE,
        "2026-10-09 18:00",
        timedelta(hours=1),
        "2026-10-10 09:00",
    ),
    ("on a make-up Sunday", OFFICE, "2026-09-20 18:00", timedelta(hours=1), "2026-09-21 09:00"),
    ("over Spring Festival", OFFICE, "2026-02-14 18:00", timedelta(hours=1), "2026-02-24 09:00"),
    ("a whole day", OFFICE, "2026-11-23 08:30", timedelta(hours=8, minutes=30), "2026-11-23 18:30"),
    # day and night
    ("always", "always", "2026-11-23 23:55", minutes(10), "2026-11-24 00:05"),
    ("always over a holiday", "always", "2026-09-30 12:00", timedelta(hours=24), "2026-10-01 12:00"),
    # whole days
    ("the same calendar day", "calendar", "2026-11-23 09:00", timedelta(), "2026-11-24 00:00"),
    ("one calendar day", "calendar", "2026-11-23 09:00", timedelta(days=1), "2026-11-25 00:00"),
    (
        "thirty calendar days over the year's end",
        "calendar",
        "2026-12-15 09:00",
        timedelta(days=30),
        "2027-01-15 00:00",
    ),
    (
        "late in the evening it is still that day",
        "calendar",
        "2026-11-23 23:59",
        timedelta(days=1),
        "2026-11-25 00:00",
    ),
    ("one working day", "working", "2026-11-23 09:00", timedelta(days=1), "2026-11-25 00:00"),
    ("one working day from Friday", "working", "2026-11-27 09:00", timedelta(days=1), "2026-12-01 00:00"),
    (
        "one working day into National Day",
        "working",
        "2026-09-30 09:00",
        timedelta(days=1),
        "2026-10-09 00:00",
    ),
    (
        "a make-up Saturday is a working day",
        "working",
        "2026-10-09 09:00",
        timedelta(days=1),
        "2026-10-11 00:00",
    ),
    ("no working day, on a day off", "working", "2026-11-28 09:00", timedelta(), "2026-12-01 00:00"),
]


@pytest.mark.clause("C7.1", "C9.1", "M7.1")
@pytest.mark.parametrize(
    ("hours", "start", "duration", "due"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_due_at(hours: str, start: str, duration: timedelta, due: str) -> None:
    assert due_at(SITE, rule(hours, duration), at(start), NATIONAL) == at(due)


MONTHS = [
    ("2026-01-31 10:00", 1, "2026-02-28 10:00"),
    ("2028-01-31 10:00", 1, "2028-02-29 10:00"),
    ("2026-03-31 10:00", 1, "2026-04-30 10:00"),
    ("2026-11-30 10:00", 3, "2027-02-28 10:00"),
    ("2026-12-31 23:30", 12, "2027-12-31 23:30"),
    ("2026-11-23 10:00", 1, "2026-12-23 10:00"),
]


@pytest.mark.parametrize(("start", "months", "due"), MONTHS)
def test_months_end_on_the_last_day_there_is(start: str, months: int, due: str) -> None:
    assert due_at(SITE, rule("always", timedelta(), months), at(start), NATIONAL) == at(due)


def test_months_in_calendar_days_end_with_the_day() -> None:
    assert due_at(SITE, rule("calendar", timedelta(), 1), at("2026-01-31 10:00"), NATIONAL) == at(
        "2026-03-01 00:00"
    )


#: When an order comes: in a night, on a weekend, a holiday, a worked weekend. Then when the clock of accepting it ends
#: by the site's book and by the mall's; contact and hand-over count day and night.
STARTS = [
    ("2026-11-23 22:30", "2026-11-24 09:00", "2026-11-24 08:40"),  # Monday night
    ("2026-11-28 18:05", "2026-11-29 08:55", "2026-11-28 18:15"),  # Saturday evening
    ("2026-11-29 20:58", "2026-11-30 09:00", "2026-11-30 08:38"),  # Sunday evening
    ("2026-10-01 03:00", "2026-10-01 09:00", "2026-10-01 08:40"),  # National Day, before it is light
    ("2026-02-17 12:00", "2026-02-17 12:10", "2026-02-17 12:10"),  # Spring Festival
    ("2026-09-20 12:00", "2026-09-20 12:10", "2026-09-20 12:10"),  # a Sunday that is worked
    ("2026-10-10 18:09", "2026-10-11 08:59", "2026-10-10 18:19"),  # the evening of a Saturday that is worked
]


@pytest.mark.clause("C7.1", "C7.2", "C7.3", "M5.1", "M5.3")
@pytest.mark.parametrize(("start", "by_site", "by_mall"), STARTS, ids=[case[0] for case in STARTS])
def test_the_clocks_of_an_order_in_nights_weekends_holidays_and_on_worked_weekends(
    start: str, by_site: str, by_mall: str
) -> None:
    def ends(book: Book, key: str) -> datetime:
        clock = book.rules[key]
        assert isinstance(clock, DeadlineRule)
        return due_at(book, clock, at(start), NATIONAL)

    assert ends(SITE, "orders.accept") == at(by_site)
    assert ends(MALL, "orders.accept") == at(by_mall)
    for book in (SITE, MALL):
        assert ends(book, "orders.contact") == at(start) + minutes(10)
    assert ends(SITE, "orders.handoff") == at(start) + timedelta(hours=24)
    assert ends(MALL, "orders.followup") == at(start) + timedelta(hours=24)


@pytest.mark.clause("M5.1", "M7.1")
def test_the_mall_closes_later() -> None:
    accept = MALL.rules["orders.accept"]
    assert isinstance(accept, DeadlineRule)
    assert due_at(MALL, accept, at("2026-11-23 20:55"), NATIONAL) == at("2026-11-24 08:35")
    assert due_at(MALL, accept, at("2026-11-23 18:30"), NATIONAL) == at("2026-11-23 18:40")


def test_a_day_declared_off_stops_the_office_clock() -> None:
    days = DayTable({date(2026, 11, 24): Override("off", "盘点")})
    assert due_at(SITE, rule(OFFICE, timedelta(hours=1)), at("2026-11-23 18:00"), days) == at(
        "2026-11-25 09:00"
    )


def test_a_weekend_declared_worked_follows_mondays_hours() -> None:
    days = DayTable({date(2026, 11, 28): Override("work", "大促")})
    assert due_at(SITE, rule(OFFICE, timedelta(hours=1)), at("2026-11-27 18:00"), days) == at(
        "2026-11-28 09:00"
    )


def test_a_holiday_declared_worked_is_worked() -> None:
    days = DayTable({date(2026, 10, 1): Override("work", "值班")})
    assert due_at(SITE, rule(OFFICE, timedelta(hours=1)), at("2026-10-01 09:00"), days) == at(
        "2026-10-01 10:00"
    )


def test_answers_are_in_utc() -> None:
    assert due_at(SITE, rule(DESK, minutes(10)), at("2026-11-23 09:00"), NATIONAL).tzinfo is not None
    assert due_at(SITE, rule(DESK, minutes(10)), at("2026-11-23 09:00"), NATIONAL).utcoffset() == timedelta()


# ---------------------------------------------------------------- the plan of a deadline


@pytest.mark.clause("C7.1")
def test_warning_and_ladder_count_in_the_hours_of_the_rule() -> None:
    accept = SITE.rules["orders.accept"]
    assert isinstance(accept, DeadlineRule)
    steps = plan(SITE, accept, at("2026-11-23 18:05"), NATIONAL)
    assert [(step.kind, step.to, step.at) for step in steps] == [
        ("warn", "service_agent:on_duty", at("2026-11-24 08:52")),
        ("breach", "service_agent:on_duty", at("2026-11-24 08:55")),
        ("escalate", "service_supervisor:on_duty", at("2026-11-24 09:00")),
        ("escalate", "department_manager", at("2026-11-24 09:10")),
    ]


def test_a_warning_reaches_back_over_the_night() -> None:
    steps = plan(SITE, rule(DESK, minutes(10), warn_before=minutes(8)), at("2026-11-23 18:05"), NATIONAL)
    assert steps[0].at == at("2026-11-23 18:07")


@pytest.mark.clause("C7.2")
def test_the_contact_ladder_runs_through_the_night() -> None:
    contact = SITE.rules["orders.contact"]
    assert isinstance(contact, DeadlineRule)
    steps = plan(SITE, contact, at("2026-11-23 23:50"), NATIONAL)
    assert [(step.kind, step.to, step.at) for step in steps] == [
        ("warn", "holder", at("2026-11-23 23:57")),
        ("breach", "holder", at("2026-11-24 00:00")),
        ("escalate", "service_supervisor:on_duty", at("2026-11-24 00:05")),
        ("escalate", "department_manager", at("2026-11-24 00:15")),
    ]


@pytest.mark.clause("C7.3")
def test_hand_over_is_due_after_a_day_and_night() -> None:
    handoff = SITE.rules["orders.handoff"]
    assert isinstance(handoff, DeadlineRule)
    steps = plan(SITE, handoff, at("2026-09-30 12:00"), NATIONAL)
    assert (steps[0].kind, steps[0].at) == ("warn", at("2026-10-01 10:00"))
    assert (steps[1].kind, steps[1].at) == ("breach", at("2026-10-01 12:00"))


@pytest.mark.clause("M5.3")
def test_the_mall_follows_up_once_a_day() -> None:
    followup = MALL.rules["orders.followup"]
    assert isinstance(followup, DeadlineRule)
    assert due_at(MALL, followup, at("2026-11-23 12:00"), NATIONAL) == at("2026-11-24 12:00")


SHORT, LONG = (7, 10, 15, 25), (22 * 60, 24 * 60, 25 * 60, 28 * 60)
AGENTS, HOLDER = "service_agent:on_duty", "holder"
#: book, rule, clause, whom warning and breach reach, minutes until warning, breach, supervisor, department manager
CLOCKS = [
    (SITE, "orders.accept", "C7.1", AGENTS, SHORT),
    (SITE, "orders.contact", "C7.2", HOLDER, SHORT),
    (SITE, "orders.handoff", "C7.3", HOLDER, LONG),
    (MALL, "orders.accept", "M5.1", AGENTS, SHORT),
    (MALL, "orders.contact", "C7.2", HOLDER, SHORT),
    (MALL, "orders.followup", "M5.3", HOLDER, LONG),
]


@pytest.mark.clause("C7.1", "C7.2", "C7.3", "M5.1", "M5.3")
@pytest.mark.parametrize(
    ("book", "key", "clause", "first", "after"), CLOCKS, ids=[f"{row[0].code} {row[1]}" for row in CLOCKS]
)
def test_each_clock_of_the_desk_warns_then_breaches_then_climbs(
    book: Book, key: str, clause: str, first: str, after: tuple[int, ...]
) -> None:
    clock = book.rules[key]
    assert isinstance(clock, DeadlineRule)
    start = at("2026-11-23 10:00")
    steps = [(step.kind, step.to, step.at - start) for step in plan(book, clock, start, NATIONAL)]
    told = [
        ("warn", first),
        ("breach", first),
        ("escalate", "service_supervisor:on_duty"),
        ("escalate", "department_manager"),
    ]
    assert clock.clause == clause
    assert steps == [(kind, to, minutes(n)) for (kind, to), n in zip(told, after, strict=True)]


def test_every_delay_of_a_clock_is_the_books() -> None:
    head, tail = shipped_source("site").split('[rules."orders.contact"]')
    for old, new in (
        ('"10 min"', '"20 min"'),
        ('"3 min"', '"4 min"'),
        ('"5 min"', '"6 min"'),
        ('"15 min"', '"70 min"'),
    ):
        tail = tail.replace(old, new, 1)
    bent = parse_book(f'{head}[rules."orders.contact"]{tail}', file="site.toml")
    clock = bent.rules["orders.contact"]
    assert isinstance(clock, DeadlineRule)
    start = at("2026-11-23 10:00")
    assert [step.at - start for step in plan(bent, clock, start, NATIONAL)] == [
        minutes(n) for n in (16, 20, 26, 90)
    ]


def test_without_a_ladder_the_holder_hears_of_the_breach() -> None:
    steps = plan(SITE, rule("always", minutes(10)), at("2026-11-23 12:00"), NATIONAL)
    assert [(step.kind, step.to) for step in steps] == [("breach", "holder")]


def test_a_warning_never_lies_before_the_start() -> None:
    steps = plan(
        SITE, rule("calendar", timedelta(), warn_before=timedelta(days=3)), at("2026-11-23 12:00"), NATIONAL
    )
    assert steps[0].at == at("2026-11-23 12:00")


def test_a_ladder_in_working_days_skips_the_weekend() -> None:
    ladder = (Step(timedelta(days=1), "department_manager"),)
    steps = plan(SITE, rule("working", timedelta(days=1), ladder=ladder), at("2026-11-26 12:00"), NATIONAL)
    assert [step.at for step in steps] == [at("2026-11-28 00:00"), at("2026-12-01 00:00")]


# ---------------------------------------------------------------- open or not


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23 08:49", False),
        ("2026-11-23 08:50", True),
        ("2026-11-23 18:09", True),
        ("2026-11-23 18:10", False),
    ],
)
def test_opening_belongs_to_the_hours_and_closing_does_not(moment: str, expected: bool) -> None:
    assert is_open(SITE, DESK, at(moment), NATIONAL) is expected


def test_always_is_always_open() -> None:
    assert is_open(SITE, "always", at("2026-11-23 03:00"), NATIONAL)


def test_the_next_opening_is_now_when_open() -> None:
    assert next_opening(SITE, DESK, at("2026-11-23 12:00"), NATIONAL) == at("2026-11-23 12:00")
    assert next_opening(SITE, OFFICE, at("2026-11-23 11:30"), NATIONAL) == at("2026-11-23 12:30")
    assert next_opening(SITE, OFFICE, at("2026-09-30 19:00"), NATIONAL) == at("2026-10-08 08:30")


def test_open_time_between_two_instants() -> None:
    assert open_between(SITE, OFFICE, at("2026-11-23 08:00"), at("2026-11-23 20:00"), NATIONAL) == timedelta(
        hours=8.5
    )
    assert open_between(SITE, OFFICE, at("2026-11-23 20:00"), at("2026-11-23 08:00"), NATIONAL) == timedelta()
    assert open_between(SITE, OFFICE, at("2026-10-01 00:00"), at("2026-10-08 00:00"), NATIONAL) == timedelta()


def test_working_days_are_counted_with_make_up_days() -> None:
    assert working_days_between(date(2026, 10, 1), date(2026, 10, 11), NATIONAL) == 3  # 8, 9 and Saturday 10
    assert working_days_between(date(2026, 11, 2), date(2026, 11, 1), NATIONAL) == 0


# ---------------------------------------------------------------- properties

INSTANTS = st.integers(0, 25 * 366 * 24 * 60).map(
    lambda passed: datetime(2002, 1, 1, tzinfo=UTC) + minutes(passed)
)
SPANS = st.integers(1, 60 * 24 * 10).map(minutes)
COUNTED = st.sampled_from([DESK, OFFICE, "attendance.shift.cs_late"])


@given(COUNTED, INSTANTS, SPANS)
def test_exactly_the_duration_of_open_time_passes_until_due(
    hours: str, start: datetime, span: timedelta
) -> None:
    due = due_at(SITE, rule(hours, span), start, NATIONAL)
    assert open_between(SITE, hours, start, due, NATIONAL) == span


@given(COUNTED, INSTANTS, SPANS)
def test_due_is_the_first_such_instant(hours: str, start: datetime, span: timedelta) -> None:
    due = due_at(SITE, rule(hours, span), start, NATIONAL)
    assert open_between(SITE, hours, start, due - timedelta(seconds=1), NATIONAL) < span


@given(
    st.sampled_from([DESK, OFFICE, "always", "calendar", "working"]), INSTANTS, INSTANTS, st.integers(0, 20)
)
def test_who_starts_later_is_never_due_earlier(hours: str, one: datetime, other: datetime, days: int) -> None:
    counted = (
        rule(hours, timedelta(days=days) or minutes(1))
        if hours in ("always", DESK, OFFICE)
        else rule(hours, timedelta(days=days))
    )
    first, second = sorted((one, other))
    assert due_at(SITE, counted, first, NATIONAL) <= due_at(SITE, counted, second, NATIONAL)


@given(COUNTED, INSTANTS, SPANS, st.integers(1, 600))
def test_the_plan_is_in_order_and_never_before_the_start(
    hours: str, start: datetime, span: timedelta, warn: int
) -> None:
    ladder = (
        Step(timedelta(), "holder"),
        Step(minutes(5), "supervisor"),
        Step(minutes(15), "department_manager"),
    )
    counted = rule(hours, span, warn_before=minutes(warn), ladder=ladder)
    instants = [step.at for step in plan(SITE, counted, start, NATIONAL)]
    assert instants == sorted(instants)
    assert instants[0] >= start
