"""Money to the fen: the cases of cases.toml, worked out by hand from RULES.md part P."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts.rules import money, schedule, settling, statement
from contracts.rules.schedule import Line

CASES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("cases.toml").read_text(encoding="utf-8")
)


def cases(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", CASES[name], ids=[each["says"] for each in CASES[name]])


def lines(rows: list[list[Any]]) -> list[Line]:
    return [Line(pieces, Decimal(price)) for pieces, price in rows]


def test_there_are_more_than_sixty_cases() -> None:
    assert sum(map(len, CASES.values())) >= 60


@cases("total")
def test_an_order_costs_the_sum_of_its_lines(case: dict[str, Any]) -> None:
    assert str(schedule.total(lines(case["lines"]))) == case["is"]


@pytest.mark.clause("P2.2")
@cases("deposit")
def test_the_deposit_is_the_share_of_the_order(case: dict[str, Any]) -> None:
    terms = schedule.Terms(schedule.MONTHLY, Decimal(case["percent"]), 30)
    assert str(schedule.deposit(Decimal(case["total"]), terms)) == case["is"]


@pytest.mark.clause("P2.2")
@cases("schedule")
def test_balances_come_due_as_the_terms_say(case: dict[str, Any]) -> None:
    terms = schedule.Terms(
        case.get("settlement", "monthly_30"),
        Decimal(case.get("percent", "30")),
        case.get("days", 30),
        case.get("ready_days", 3),
    )
    parts = [(part["on"], lines(part["lines"])) for part in case["parts"]]
    deposit, found = schedule.instalments(lines(case["lines"]), terms, parts)
    assert str(deposit) == case["deposit"]
    assert [(str(each.amount), each.due_on) for each in found] == [
        (part["is"], part["due"]) for part in case["parts"]
    ]


@pytest.mark.clause("P3.1")
@cases("pieces")
def test_the_remedy_says_which_pieces_are_paid(case: dict[str, Any]) -> None:
    assert schedule.paid_pieces(case["accepted"], case["refused"], case["remedy"]) == case["is"]


@cases("set_off")
def test_claims_are_set_off_before_money_is_paid(case: dict[str, Any]) -> None:
    owed = [settling.Open(n, Decimal(each)) for n, each in enumerate(case["owed"])]
    claims = [settling.Open(n, Decimal(each)) for n, each in enumerate(case["claims"])]
    found = settling.plan(owed, claims)
    money_for = dict(found.money)
    assert [str(money_for.get(n, money.ZERO)) for n in range(len(owed))] == case["money"]
    assert str(sum((each.left for each in claims), money.ZERO) - found.set_off) == case["left"]
    assert str(found.total) == str(sum(map(Decimal, case["money"]), money.ZERO))


@pytest.mark.clause("P1.6")
@cases("withheld")
def test_a_breach_withholds_its_share(case: dict[str, Any]) -> None:
    found = schedule.payable_while_withheld(Decimal(case["owed"]), Decimal(case["percent"]))
    assert str(found) == case["is"]


@pytest.mark.clause("P2.3")
@cases("penalty")
def test_a_commission_costs_the_months_payments(case: dict[str, Any]) -> None:
    due = [(day, Decimal(owed)) for day, owed in case["due"]]
    assert str(schedule.penalty(due, case["on"], case.get("months", 1))) == case["is"]


@cases("unused")
def test_a_cancelled_order_gives_back_what_no_goods_carried(case: dict[str, Any]) -> None:
    deposit = Decimal(case["deposit"])
    carried = schedule.from_deposit(
        order_total=Decimal(case["total"]), deposit=deposit, before=money.ZERO, carried=money.ZERO,
        goods=Decimal(case["came"]),
    )  # fmt: skip
    assert str(deposit - carried) == case["is"]


@pytest.mark.clause("P2.2")
@cases("falls_away")
def test_goods_that_never_leave_take_their_part_of_the_balance_along(case: dict[str, Any]) -> None:
    of_goods, left = Decimal(case["goods"]), Decimal(case["balance"])
    for goods, falls in case["less"]:
        found = schedule.falls_away(goods=Decimal(goods), of_goods=of_goods, of_amount=left)
        assert str(found) == falls
        of_goods, left = of_goods - Decimal(goods), left - found
    assert str(left) == case["left"]


@cases("statement")
def test_a_month_opens_where_the_one_before_closed(case: dict[str, Any]) -> None:
    entries = [statement.Entry(on, kind, Decimal(amount)) for on, kind, amount in case["entries"]]
    found = statement.state(entries, case["month"])
    assert str(found.opening) == case["opening"]
    assert [str(line.balance) for line in found.lines] == case["balances"]
    assert str(found.closing) == case["closing"]


@cases("split")
def test_the_last_part_takes_the_rest(case: dict[str, Any]) -> None:
    found = money.split(Decimal(case["total"]), [Decimal(weight) for weight in case["weights"]])
    assert [str(each) for each in found] == case["is"]
