"""What would have happened: the statement's due instants are those of the calendar, rule by rule."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from office.deadlines import api as deadlines
from office.deadlines import replay
from office.deadlines.models import Deadline
from office.rulebook import api as rulebook
from office.rulebook.parser import parse_book, shipped_source
from office.rulebook.types import Book, DeadlineRule
from office.subjects import Subject

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def other(*changes: tuple[str, str]) -> Book:
    source = shipped_source("site")
    for old, new in changes:
        assert source.count(old) >= 1, old
        source = source.replace(old, new)
    return parse_book(source, file="site.toml")


def clocks(rule: str, count: int = 60, step: dt.timedelta = 11 * HOUR) -> list[Deadline]:
    """Clocks that began through the last weeks, each met after another while, every fifth still running."""
    rows = []
    for number in range(count):
        started = NOW - dt.timedelta(minutes=7) - number * step
        subject = Subject("order", f"{rule}{number}", f"TM01/{number}")
        row = deadlines.open(rule, subject=subject, started_at=started, now=started)
        met_at = started + dt.timedelta(minutes=3 * (number % 13) ** 2)
        if number % 5 and met_at < NOW:
            deadlines.meet(rule, subject=subject, at=met_at)
        row.refresh_from_db()
        rows.append(row)
    return rows


def tally(rows: list[Deadline], due: dict[int, dt.datetime]) -> replay.Tally:
    began = [row for row in rows if row.started_at >= NOW - replay.WINDOW]
    return replay.Tally(
        sum(row.met_at is not None and row.met_at <= due[row.pk] for row in began),
        sum(due[row.pk] < (row.met_at or NOW) for row in began),
        sum(row.state == "open" and due[row.pk] >= NOW for row in began),
    )


ALWAYS = '\nhours = "always"'
SERVICE = '\nhours = "orders.service_hours"'
WORKING = '\nhours = "working"\nwarn_before = "2 h"'
WARNED = '\nwarn_before = "3 min"'
OPEN = 'weekly.daily = ["08:50-18:10"]'
#: name → the rule that another book judges otherwise, and what it says instead
CHANGES = {
    "elapsed": ("orders.contact", [('"10 min"' + ALWAYS, '"95 min"' + ALWAYS)]),
    "hours": ("orders.accept", [('"10 min"' + SERVICE, '"160 min"' + SERVICE)]),
    "other hours": ("orders.accept", [(OPEN, 'weekly.daily = ["10:00-12:00", "13:00-15:30"]')]),
    "working days": ("approvals.step", [('"1 day"' + WORKING, '"3 days"' + WORKING)]),
    "months": ("orders.contact", [('"10 min"' + ALWAYS + WARNED, '"1 month"' + ALWAYS)]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_set_based_answer_is_the_calendars(name: str) -> None:
    key, changes = CHANGES[name]
    rows = clocks(key)
    book = other(*changes)
    rule = book.rules[key]
    assert isinstance(rule, DeadlineRule)
    (found,) = [line for line in replay.replay(book, NOW).lines if line.rule == key]
    days = rulebook.day_table()
    assert found.real == tally(rows, {row.pk: row.due_at for row in rows})
    assert found.proposed == tally(
        rows, {row.pk: rulebook.due_at(book, rule, row.started_at, days) for row in rows}
    )
    assert found.proposed != found.real
    assert not found.same


def test_a_rule_that_stays_is_the_same_and_one_that_goes_has_no_answer() -> None:
    clocks("orders.contact", 5)
    clocks("orders.handoff", 5)
    lines = {line.rule: line for line in replay.replay(rulebook_mall(), NOW).lines}
    assert lines["orders.contact"].same
    assert lines["orders.contact"].proposed == lines["orders.contact"].real
    assert lines["orders.handoff"].proposed is None


def rulebook_mall() -> Book:
    return parse_book(shipped_source("mall"), file="mall.toml")


def test_what_began_before_the_window_does_not_count() -> None:
    started = NOW - dt.timedelta(days=29)
    deadlines.open("orders.contact", subject=Subject("order", "1", "x"), started_at=started, now=started)
    assert replay.replay(rulebook_mall(), NOW).lines == ()


def test_the_number_of_statements_is_that_of_the_rules(django_assert_max_num_queries: object) -> None:
    clocks("orders.contact", 40, HOUR)
    book = other(*CHANGES["elapsed"][1])
    replay.replay(book, NOW)
    connection.queries_log.clear()
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        replay.replay(book, NOW)


def test_more_than_a_page_can_wait_for_is_judged_for_fewer_days(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks("orders.contact", 40, HOUR)
    whole = replay.replay(rulebook_mall(), NOW)
    assert (whole.start, whole.judged) == (NOW - replay.WINDOW, sum(_all(whole.lines)))
    monkeypatch.setattr(replay, "MOST", whole.judged - 1)
    part = replay.replay(rulebook_mall(), NOW)
    assert part.start > whole.start
    assert 0 < part.judged < whole.judged


def _all(lines: tuple[replay.Replayed, ...]) -> list[int]:
    return [count for line in lines for count in (line.real.kept, line.real.late, line.real.running)]
