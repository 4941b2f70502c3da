"""Reading a book: what is right becomes typed values, what is wrong is refused with file, table and reason."""

from __future__ import annotations

import re
from datetime import time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.rulebook.parser import WrongBook, parse_book
from office.rulebook.parser.table import BadValue, read_span
from office.rulebook.types import (
    ChainRule,
    DeadlineRule,
    HoursRule,
    LimitRule,
    ParameterRule,
    PermissionRule,
    ScheduleRule,
    Span,
    Step,
)
from tests.rulebook.books import SMALL, problems, small


def test_a_deadline_becomes_typed() -> None:
    rule = small().rules["desk.accept"]
    assert isinstance(rule, DeadlineRule)
    assert (rule.duration, rule.hours, rule.warn_before) == (
        timedelta(minutes=10),
        "desk.hours",
        timedelta(minutes=3),
    )
    assert rule.ladder == (Step(timedelta(), "agent:on_duty"), Step(timedelta(minutes=5), "boss"))


def test_hours_become_intervals_for_every_day() -> None:
    rule = small().rules["desk.hours"]
    assert isinstance(rule, HoursRule)
    assert rule.weekly == ((Span(time(8, 50), time(18, 10)),),) * 7


def test_words_of_a_chain_are_resolved_and_kept() -> None:
    book = small(
        ('["timer"]', '["timer", "chain"]'),
        more='\n[rules."a.b"]\nkind = "chain"\nclause = "C7.1"\nsteps = [{ mode = "all", positions = ["leader"] }]',
    )
    rule = book.rules["a.b"]
    assert isinstance(rule, ChainRule)
    assert (rule.steps[0].mode, rule.steps[0].positions, rule.steps[0].named) == (
        "all",
        ("boss",),
        ("leader",),
    )


def test_limits_are_numbers_money_or_durations() -> None:
    book = small(
        ('["timer"]', '["timer", "limit"]'),
        more="""
[rules."a.money"]
kind = "limit"
clause = "C7.1"
value = "200.00"
unit = "CNY"
[rules."a.count"]
kind = "limit"
clause = "C7.1"
value = 10
unit = "orders"
[rules."a.time"]
kind = "limit"
clause = "C7.1"
value = "10 min"
unit = "duration"
""",
    )
    values = [rule.value for rule in book.rules.values() if isinstance(rule, LimitRule)]
    assert values == [Decimal("200.00"), 10, timedelta(minutes=10)]


def test_a_limit_read_as_the_wrong_thing_is_a_type_error() -> None:
    book = small(
        ('["timer"]', '["timer", "limit"]'),
        more='\n[rules."a.b"]\nkind = "limit"\nclause = "C7.1"\nvalue = 3\nunit = "days"',
    )
    rule = book.rules["a.b"]
    assert isinstance(rule, LimitRule)
    assert rule.count == 3
    with pytest.raises(TypeError):
        _ = rule.span


def test_parameters_are_frozen_and_typed() -> None:
    book = small(
        more='\n[rules."a.b"]\nkind = "parameter"\nclause = "C7.1"\nvalue = { n = 3, list = ["x"], on = true }'
    )
    rule = book.rules["a.b"]
    assert isinstance(rule, ParameterRule)
    assert (rule.integer("n"), rule.texts("list"), rule.flag("on")) == (3, ("x",), True)
    with pytest.raises(TypeError):
        rule.text("n")
    with pytest.raises(KeyError):
        rule.integer("missing")


def test_everybody_is_a_star() -> None:
    book = small(
        ('["timer"]', '["timer", "permission"]'),
        more='\n[rules."a.b"]\nkind = "permission"\nclause = "C7.1"\npositions = ["*"]',
    )
    rule = book.rules["a.b"]
    assert isinstance(rule, PermissionRule)
    assert rule.everybody


def test_a_schedule_keeps_its_day_and_clock() -> None:
    book = small(
        ('["timer"]', '["timer", "schedule"]'),
        more='\n[rules."a.b"]\nkind = "schedule"\nclause = "C7.1"\nevery = "week"\nweekday = 1\nat = "18:00"',
    )
    rule = book.rules["a.b"]
    assert isinstance(rule, ScheduleRule)
    assert (rule.every, rule.weekday, rule.at) == ("week", 1, time(18))


WRONG: list[tuple[str, tuple[tuple[str, str], ...], str, str]] = [
    (
        "unknown clause id",
        (('clause = "C7.1"\nafter', 'clause = "C9.9"\nafter'),),
        "",
        "unknown clause id 'C9.9'",
    ),
    ("unknown position", (('to = "boss"', 'to = "bos"'),), "", "unknown position 'bos'"),
    ("unknown superior", (('superior = "boss"', 'superior = "king"'),), "", "unknown position 'king'"),
    (
        "circle of superiors",
        (('en = "Boss"', 'en = "Boss", superior = "agent"'),),
        "",
        "its own superior in the end",
    ),
    ("unknown kind of rule", (('kind = "deadline"', 'kind = "dedline"'),), "", "unknown kind 'dedline'"),
    ("unknown kind of enforcement", (('["timer"]', '["timer", "magic"]'),), "", "unknown kind 'magic'"),
    ("negative duration", (('after = "10 min"', 'after = "-10 min"'),), "", "cannot be negative"),
    ("no duration", (('after = "10 min"\n', ""),), "", 'rules."desk.accept".after: is missing'),
    (
        "zero duration",
        (('after = "10 min"', 'after = "0 min"'), ('warn_before = "3 min"\n', "")),
        "",
        "longer than",
    ),
    ("bare number", (('after = "10 min"', "after = 10"),), "", "written in quotes"),
    ("unknown unit", (('"10 min"', '"10 fortnights"'),), "", "unknown unit 'fortnights'"),
    ("absurd duration", (('"10 min"', '"9999999 days"'),), "", "hundred years"),
    ("missing language", (('title.en = "Accept"\n', ""),), "", "title.en: is missing"),
    ("empty language", (('text.zh = "有礼貌。"', 'text.zh = "  "'),), "", "must be a text that is not empty"),
    ("id twice", (('id = "S3"', 'id = "C7.1"'),), "", "given twice"),
    ("no clause", (('kind = "deadline"\nclause = "C7.1"', 'kind = "deadline"'),), "", ".clause: is missing"),
    ("not a clause id", (('id = "S3"', 'id = "s-3"'),), "", "not a clause id"),
    ("no such chapter", (('id = "S3"', 'id = "X3"'),), "", "no chapter"),
    ("enforced by nothing", (('["conduct"]', '["record"]'),), "", "is enforced by no rule"),
    ("no enforcement", (('["conduct"]', "[]"),), "", "is enforced by nothing"),
    ("timer without one", (('["conduct"]', '["conduct", "timer"]'),), "", "says timer, but no such rule"),
    ("rule not announced", (('enforcement = ["timer"]', 'enforcement = ["record"]'),), "", "does not say"),
    ("excluded without reason", (('["conduct"]', '["excluded"]'),), "", "an excluded clause needs a reason"),
    (
        "unknown hours",
        (('hours = "desk.hours"', 'hours = "desk.opening"'),),
        "",
        "no hours rule called 'desk.opening'",
    ),
    ("months in open hours", (('after = "10 min"', 'after = "1 month"'),), "", "months cannot be counted"),
    ("part of a day in days", (('hours = "desk.hours"', 'hours = "working"'),), "", "counts whole days"),
    (
        "late warning",
        (('warn_before = "3 min"', 'warn_before = "10 min"'),),
        "",
        "warning must come after the start",
    ),
    ("ladder out of order", (('{ after = "0 min"', '{ after = "9 min"'),), "", "order of their delays"),
    ("interval backwards", (('"08:50-18:10"', '"18:10-08:50"'),), "", "must end after it starts"),
    ("intervals overlap", (('["08:50-18:10"]', '["08:00-12:00", "11:00-13:00"]'),), "", "in order and apart"),
    ("no time of day", (('"08:50-18:10"', '"8:50-25:00"'),), "", "not a time of day"),
    ("never open", (('weekly.daily = ["08:50-18:10"]', "weekly = {}"),), "", "is never open"),
    (
        "unknown key",
        (('hours = "desk.hours"', 'hours = "desk.hours"\ncolour = "red"'),),
        "",
        "colour: unknown key",
    ),
    ("unknown top key", (), "\n[extra]\nx = 1", "extra: unknown key"),
    (
        "key of one part",
        (),
        '\n[rules.accept]\nkind = "parameter"\nclause = "C7.1"\nvalue = 1',
        "at least two parts",
    ),
    ("key without quotes", (), "\n[rules.other.accept]\nkind = 'x'", "with the key in quotes"),
    (
        "float parameter",
        (),
        '\n[rules."a.b"]\nkind = "parameter"\nclause = "C7.1"\nvalue = 1.5',
        "a parameter may be",
    ),
    (
        "step without positions",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "chain"\nsteps = [{ positions = [] }]',
        "a step needs at least one position",
    ),
    (
        "chain without steps",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "chain"\nsteps = []',
        "a chain needs at least one step",
    ),
    (
        "unknown executor",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "chain"\nsteps = [{ positions = ["boss"] }]\nexecutor = "king"',
        "unknown position 'king'",
    ),
    (
        "time without executor",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "chain"\nsteps = [{ positions = ["boss"] }]\nexecute_within = "9 h"',
        "needs an executor",
    ),
    (
        "flags without chains",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "chain"\nsteps = [{ positions = ["boss"] }]\nwhen = ["large"]',
        "instead_of and when belong together",
    ),
    ("kind that is no text", (('kind = "deadline"', "kind = 1"),), "", ".kind: "),
    (
        "limit without value",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "limit"\nunit = "orders"',
        "value: is missing",
    ),
    (
        "monthly without its day",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "schedule"\nevery = "month"\nat = "18:00"',
        "day: is missing when every = 'month'",
    ),
    (
        "no interval",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "hours"\nweekly.daily = ["morning"]',
        "not an interval: 'morning'",
    ),
    (
        "permission of nobody",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "permission"\npositions = []',
        "a permission that nobody has",
    ),
    (
        "parameter without value",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nkind = "parameter"',
        "value: is missing",
    ),
    (
        "rule without kind",
        (),
        '\n[rules."a.b"]\nclause = "C7.1"\nafter = "1 min"',
        "must be a table with a kind",
    ),
    ("unknown code", (('code = "site"', 'code = "shop"'),), "", "must be one of site, mall"),
    ("unknown include", (('code = "site"', 'code = "site"\ninclude = "moon"'),), "", "another shipped book"),
]


@pytest.mark.parametrize(
    ("changes", "more", "reason"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_a_wrong_book_is_refused_with_its_reason(
    changes: tuple[tuple[str, str], ...], more: str, reason: str
) -> None:
    found = problems(*changes, more=more)
    assert any(reason in line for line in found), found
    assert all(re.match(r"small\.toml(:\d+)?: ", line) for line in found)


def test_broken_toml_names_the_line() -> None:
    with pytest.raises(WrongBook, match=r"small\.toml:3: not valid TOML: .*line 3"):
        parse_book('code = "site"\ntitle.zh = "x"\n= 5\n', file="small.toml")


def test_deep_nesting_is_refused_not_crashed() -> None:
    with pytest.raises(WrongBook, match="not valid TOML"):
        parse_book("x = " + "[" * 100_000, file="deep.toml")


def test_every_problem_is_reported_at_once() -> None:
    found = problems(('to = "boss"', 'to = "bos"'), ('title.en = "Accept"\n', ""))
    assert any("bos" in line for line in found)
    assert any("title.en" in line for line in found)


def test_a_problem_says_which_rule() -> None:
    assert any('rules."desk.accept"' in line for line in problems(('"10 min"', '"ten minutes"')))


def test_the_small_book_is_right() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10 min", (0, timedelta(minutes=10))),
        ("24h", (0, timedelta(hours=24))),
        ("1 h 30 min", (0, timedelta(minutes=90))),
        ("2 days", (0, timedelta(days=2))),
        ("1 month", (1, timedelta())),
        ("1 year 2 months", (14, timedelta())),
    ],
)
def test_durations_are_read(written: str, expected: tuple[int, timedelta]) -> None:
    assert read_span(written) == expected


@given(st.text(max_size=40))
def test_no_text_makes_the_reader_of_durations_crash(text: str) -> None:
    try:
        months, rest = read_span(text)
    except BadValue:
        return
    assert months >= 0
    assert rest >= timedelta()


@given(st.integers(0, len(SMALL) - 1), st.sampled_from(['"', "[", "]", "\n", "x", "=", "9", "规"]))
def test_no_single_typo_makes_the_parser_crash(at: int, typo: str) -> None:
    try:
        parse_book(SMALL[:at] + typo + SMALL[at + 1 :], file="small.toml")
    except WrongBook as wrong:
        if not wrong.problems:
            raise AssertionError("refused without a reason") from wrong


# ---------------------------------------------------------------- including another book

MALL = """
code = "mall"
include = "site"
title.zh = "商城"
title.en = "Mall"
drop_rules = ["desk.accept"]
[chapters]
M5 = { zh = "订单", en = "Orders" }
[words]
leader = ["agent"]
[[clauses]]
id = "M5.1"
replaces = ["C7.1"]
title.zh = "接单"
title.en = "Accept"
text.zh = "实时接单。"
text.en = "Accept live."
enforcement = ["record"]
[rules."desk.hours"]
kind = "hours"
clause = "M5.1"
weekly.daily = ["08:30-21:00"]
on_holidays = "open"
"""


def test_an_including_book_takes_over_what_it_does_not_replace() -> None:
    book = parse_book(MALL, file="mall.toml", base_source=SMALL)
    assert set(book.clauses) == {"M5.1", "S3"}
    assert set(book.rules) == {"desk.hours"}
    assert book.superiors == {"boss": None, "agent": "boss"}
    assert book.words["leader"] == ("agent",)


def test_a_rule_on_a_replaced_clause_is_not_inherited_by_oversight() -> None:
    with pytest.raises(WrongBook, match=r"'desk\.accept' rests on clause 'C7\.1', which is replaced"):
        parse_book(MALL.replace('drop_rules = ["desk.accept"]', ""), file="mall.toml", base_source=SMALL)


def test_replacing_a_clause_that_is_not_there_is_refused() -> None:
    with pytest.raises(WrongBook, match=r"replaces 'C8\.8'"):
        parse_book(MALL.replace('["C7.1"]', '["C7.1", "C8.8"]'), file="mall.toml", base_source=SMALL)


def test_dropping_a_rule_that_is_not_there_is_refused() -> None:
    with pytest.raises(WrongBook, match="no rule of the included book"):
        parse_book(
            MALL.replace('["desk.accept"]', '["desk.accept", "x.y"]'), file="mall.toml", base_source=SMALL
        )


def test_a_broken_included_book_names_its_own_file() -> None:
    with pytest.raises(WrongBook, match=r"site\.toml: "):
        parse_book(MALL, file="mall.toml", base_source=SMALL.replace("有礼貌。", ""))
