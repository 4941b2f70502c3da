"""When a schedule runs next."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from office.rulebook.calendar import next_run, occurrences
from office.rulebook.parser import parse_book, shipped_source
from office.rulebook.types import ScheduleRule

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def schedule(**fields: object) -> ScheduleRule:
    return ScheduleRule(key="t.t", clause="C7.4", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "after", "expected"),
    [
        ({"every": "day", "at": time(18)}, "2026-11-23 17:59", "2026-11-23 18:00"),
        ({"every": "day", "at": time(18)}, "2026-11-23 18:00", "2026-11-24 18:00"),
        ({"every": "week", "weekday": 1, "at": time(3)}, "2026-11-23 04:00", "2026-11-30 03:00"),
        ({"every": "month", "day": 31, "at": time(9)}, "2026-11-23 04:00", "2026-11-30 09:00"),
        ({"every": "month", "day": 1, "at": time(9)}, "2026-12-01 09:00", "2027-01-01 09:00"),
        ({"every": "year", "month": 2, "day": 29, "at": time(9)}, "2026-11-23 04:00", "2027-02-28 09:00"),
        ({"every": "year", "month": 3, "day": 1, "at": time(9)}, "2026-03-01 09:00", "2027-03-01 09:00"),
        ({"every": "minute", "interval": 5}, "2026-11-23 04:02", "2026-11-23 04:05"),
        ({"every": "minute", "interval": 5}, "2026-11-23 04:05", "2026-11-23 04:10"),
    ],
)
def test_next_run(fields: dict[str, object], after: str, expected: str) -> None:
    assert next_run(schedule(**fields), at(after)) == at(expected)


def test_every_second_day_counts_from_its_anchor() -> None:
    rule = schedule(every="day", interval=2, at=time(9), anchor=date(2026, 11, 22))
    runs = list(islice(occurrences(rule, at("2026-11-23 00:00")), 3))
    assert runs == [at("2026-11-24 09:00"), at("2026-11-26 09:00"), at("2026-11-28 09:00")]


def test_every_second_week_keeps_its_weekday() -> None:
    rule = schedule(every="week", interval=2, weekday=5, at=time(17), anchor=date(2026, 11, 25))
    runs = list(islice(occurrences(rule, at("2026-11-23 00:00")), 2))
    assert runs == [at("2026-11-27 17:00"), at("2026-12-11 17:00")]


@pytest.mark.clause("C7.4", "M5.4")
def test_orders_are_backed_up_weekly_by_the_site_and_daily_at_six_by_the_mall() -> None:
    gaps = {}
    for code in ("site", "mall"):
        rule = parse_book(shipped_source(code), file=code).rules["orders.backup"]
        assert isinstance(rule, ScheduleRule)
        first, second = islice(occurrences(rule, at("2026-11-23 12:00")), 2)
        gaps[code] = second - first
        if code == "mall":
            assert first == at("2026-11-23 18:00")
    assert gaps == {"site": timedelta(days=7), "mall": timedelta(days=1)}
