"""The clause library: a revision says every parameter of its clause, and old contracts stay as they are (P6)."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.models import ClauseText
from contracts.selectors.library import history, library
from contracts.services.library import revise_clause
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts import world
from tests.contracts.world import NOW
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("P6")]
TEXT = "乙方应在{return_days}内回传订单，{deemed_days}内未回传的视为接受，传真有效。"


def revise(text: str = TEXT, clause_id: str = "P7b", seen: int = 0, **said: Any) -> ClauseText:
    given = {"title": "订单回传", "by": person("chen_manager"), "now": NOW, **said}
    return revise_clause(clause_id=clause_id, text=text, seen=seen, **given)


def said(version: Any, clause: str = "P7b") -> str:
    return str(next(each["text"] for each in version.clauses if each["id"] == clause))


def test_contracts_drawn_later_say_it_and_earlier_ones_do_not() -> None:
    before = world.version()
    revise()
    after = world.version(before.contract, reason="按新条款")
    assert "传真有效" not in said(before)
    assert said(after) == "乙方应在1日内回传订单，3日内未回传的视为接受，传真有效。"
    assert before.sha256 != after.sha256
    revise(TEXT.replace("传真", "邮件"), seen=1)
    assert [each.n for each in history("P7b")] == [2, 1]
    assert next(each.n for each in library() if each.id == "P7b") == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("三天内未回传的视为接受。", "parameter"),
        (TEXT + "订金{deposit_percent}。", "parameter"),
        (TEXT + "{}", "parameter"),
        (" ", "required"),
        (TEXT + "长" * 3000, "too_long"),
    ],
)
def test_a_text_that_says_other_than_what_is_computed_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        revise(text)
    assert refused.value.errors[0]["code"] == code


def test_two_who_revise_at_once_hear_of_each_other() -> None:
    revise()
    with pytest.raises(Conflict) as refused:
        revise(TEXT + "甲方确认。")
    assert refused.value.code == "moved_on"
    with pytest.raises(Conflict) as refused:
        revise(seen=1)
    assert refused.value.code == "same"


def test_a_clause_that_is_none_is_not_found_and_the_buyer_revises_none() -> None:
    with pytest.raises(NotFound):
        revise(clause_id="P9")
    with pytest.raises(Forbidden):
        revise(by=person("luo_buyer"))
