"""A small valid book that tests bend until it breaks."""

from __future__ import annotations

from office.rulebook.parser import Problem, WrongBook, parse_book
from office.rulebook.types import Book

SMALL = """
code = "site"
title.zh = "小规章"
title.en = "Small book"

[chapters]
C7 = { zh = "订单", en = "Orders" }
S = { zh = "员工", en = "Staff" }

[positions]
boss = { zh = "老板", en = "Boss" }
agent = { zh = "客服", en = "Agent", superior = "boss" }

[words]
leader = ["boss"]

[[clauses]]
id = "C7.1"
title.zh = "接单"
title.en = "Accept"
text.zh = "十分钟内接单。"
text.en = "Accept within ten minutes."
enforcement = ["timer"]

[[clauses]]
id = "S3"
title.zh = "举止"
title.en = "Conduct"
text.zh = "有礼貌。"
text.en = "Be polite."
enforcement = ["conduct"]

[rules."desk.hours"]
kind = "hours"
clause = "C7.1"
weekly.daily = ["08:50-18:10"]
on_holidays = "open"

[rules."desk.accept"]
kind = "deadline"
clause = "C7.1"
after = "10 min"
hours = "desk.hours"
warn_before = "3 min"
ladder = [{ after = "0 min", to = "agent:on_duty" }, { after = "5 min", to = "boss" }]
"""


def small(*changes: tuple[str, str], more: str = "") -> Book:
    """The small book with each (old, new) replaced, which must occur, and `more` appended."""
    text = SMALL
    for old, new in changes:
        if old not in text:
            raise AssertionError(f"{old!r} is not in the small book")
        text = text.replace(old, new, 1)
    return parse_book(text + more, file="small.toml")


def problems(*changes: tuple[str, str], more: str = "") -> list[str]:
    """What is wrong with the bent book, one line each; [] when nothing is."""
    return [str(problem) for problem in problems_of(*changes, more=more)]


def problems_of(*changes: tuple[str, str], more: str = "") -> tuple[Problem, ...]:
    """The same, as they are."""
    try:
        small(*changes, more=more)
    except WrongBook as wrong:
        return wrong.problems
    return ()
