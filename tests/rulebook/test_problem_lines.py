"""Where a problem of a book stands, and what it says to people."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from office.rulebook.parser import Problem, WrongBook, parse_book, shipped_source
from tests.rulebook.books import problems_of
from tests.rulebook.test_parse_book import WRONG

HANDOFF = '[rules."orders.handoff"]\nkind = "deadline"\nclause = "C7.3"\nafter = "24 h"\n'


def line_of(source: str, begin: str, then: str = "") -> int:
    at = source.index(begin)
    return source[: source.index(then, at) if then else at].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "begin", "then"),
    [
        (HANDOFF, HANDOFF.replace("24 h", "a day"), '[rules."orders.handoff"]', "after ="),
        (
            '[rules."orders.handoff"]',
            '[rules."orders.handoff"]\nsoon = 1',
            '[rules."orders.handoff"]',
            "soon =",
        ),
        ('hr = { zh = "人力资源"', 'hr = { zh = ""', "[positions]", "hr ="),
        ('title.zh = "产品信息准确"', 'title.zh = ""', 'id = "C4.4"', "title.zh"),
        ('id = "C4.4"', 'id = "Q4.4"', 'id = "Q4.4"', ""),
        (
            'executor = "designer"\nrequires',
            'executor = "nobody"\nrequires',
            '[rules."cms.redesign"]',
            "executor",
        ),
    ],
    ids=["value", "unknown key", "position", "text", "id", "post"],
)
def test_a_problem_names_the_line_of_its_key(old: str, new: str, begin: str, then: str) -> None:
    source = shipped_source("site")
    assert old in source
    source = source.replace(old, new, 1)
    with pytest.raises(WrongBook) as wrong:
        parse_book(source, file="own.toml")
    assert line_of(source, begin, then) in {each.line for each in wrong.value.problems}


def test_what_is_missing_names_the_line_of_its_table() -> None:
    source = shipped_source("site").replace(HANDOFF, HANDOFF.replace('after = "24 h"\n', ""), 1)
    with pytest.raises(WrongBook) as wrong:
        parse_book(source, file="own.toml")
    assert line_of(source, '[rules."orders.handoff"]') in {each.line for each in wrong.value.problems}


def test_a_problem_of_the_included_file_has_no_line_of_this_one() -> None:
    base = shipped_source("site").replace(HANDOFF, HANDOFF.replace("24 h", "a day"), 1)
    mall = shipped_source("mall").replace('drop_rules = ["orders.handoff", ', "drop_rules = [")
    with pytest.raises(WrongBook) as wrong:
        parse_book(mall, file="mall.toml", base_source=base)
    found = [each for each in wrong.value.problems if each.file == "site.toml"]
    assert found
    assert {each.line for each in found} == {0}


@pytest.mark.parametrize(("changes", "more"), [row[1:3] for row in WRONG], ids=[row[0] for row in WRONG])
def test_every_problem_is_said_in_chinese(changes: tuple[tuple[str, str], ...], more: str) -> None:
    found: tuple[Problem, ...] = problems_of(*changes, more=more)
    with translation.override("zh-hans"):
        assert all(re.search("[一-鿿]", each.in_words) for each in found)
    with translation.override("en"):
        assert [each.in_words for each in found] == [each.reason for each in found]
