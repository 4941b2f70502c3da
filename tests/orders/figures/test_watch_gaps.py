"""C7.1 / M5.1: the refresh every ten minutes, proved by heartbeats."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import DeskWatch
from orders.selectors.watch import Gap, gaps_in, watch_gaps
from tests.people import person

TEN = dt.timedelta(minutes=10)
DAY = dt.datetime(2026, 11, 23, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def at(hour: int, minute: int = 0) -> dt.datetime:
    return DAY + dt.timedelta(hours=hour, minutes=minute)


OPEN = [(at(8, 50), at(18, 10))]


def spans(found: list[Gap]) -> list[tuple[dt.datetime, dt.datetime]]:
    return [(gap.start, gap.end) for gap in found]


def test_nobody_watched_all_day() -> None:
    assert spans(gaps_in(OPEN, [], TEN)) == OPEN


def test_exactly_ten_minutes_is_no_gap() -> None:
    watched = [(at(8, 50), at(9)), (at(9, 10), at(18, 10))]
    assert gaps_in(OPEN, watched, TEN) == []


def test_a_gap_is_listed_with_its_length() -> None:
    watched = [(at(8, 45), at(9)), (at(9, 11), at(18, 30))]
    (gap,) = gaps_in(OPEN, watched, TEN)
    assert (gap.start, gap.end, gap.length) == (at(9), at(9, 11), dt.timedelta(minutes=11))


def test_two_people_cover_for_each_other() -> None:
    watched = [(at(12), at(18, 10)), (at(8, 50), at(12, 5))]
    assert gaps_in(OPEN, watched, TEN) == []


def test_a_long_watch_inside_which_a_short_one_ends_hides_nothing() -> None:
    watched = [(at(8, 50), at(17)), (at(9), at(10))]
    assert spans(gaps_in(OPEN, watched, TEN)) == [(at(17), at(18, 10))]


def test_the_night_between_two_openings_does_not_count() -> None:
    day = dt.timedelta(days=1)
    openings = [OPEN[0], (at(8, 50) + day, at(18, 10) + day)]
    watched = [(at(8, 50), at(18, 10)), (at(8, 50) + day, at(18, 10) + day)]
    assert gaps_in(openings, watched, TEN) == []


minutes = st.integers(min_value=0, max_value=24 * 60)


@given(st.lists(st.tuples(minutes, minutes).map(sorted), max_size=12))
def test_gaps_and_watches_never_overlap_and_leave_no_long_hole(pairs: list[list[int]]) -> None:
    watched = [(at(0, a), at(0, b)) for a, b in pairs]
    found = gaps_in(OPEN, watched, TEN)
    opening, closing = OPEN[0]
    minute = opening
    while minute < closing:
        middle = minute + dt.timedelta(seconds=30)
        seen = any(start <= middle < end for start, end in watched)
        listed = any(gap.start <= middle < gap.end for gap in found)
        assert not (seen and listed)
        minute += dt.timedelta(minutes=1)
    assert all(gap.length > TEN for gap in found)


@pytest.mark.clause("C7.1")
@pytest.mark.django_db
def test_gaps_come_from_the_heartbeats_of_the_service_hours() -> None:
    watcher = person("wu_clerk")
    DeskWatch.objects.create(employee=watcher, started_at=at(8, 40), last_at=at(11))
    DeskWatch.objects.create(employee=watcher, started_at=at(11, 20), last_at=at(18, 10))
    found = watch_gaps(start=DAY, end=DAY + dt.timedelta(days=1), now=at(23))
    assert spans(found) == [(at(11), at(11, 20))]


@pytest.mark.clause("C7.1")
@pytest.mark.django_db
def test_the_rest_of_today_is_not_yet_a_gap() -> None:
    assert spans(watch_gaps(start=DAY, end=DAY + dt.timedelta(days=1), now=at(9, 5))) == [
        (at(8, 50), at(9, 5))
    ]


@pytest.mark.django_db
def test_a_period_that_has_not_begun_has_no_gaps() -> None:
    assert watch_gaps(start=DAY, end=DAY + dt.timedelta(days=1), now=DAY) == []
