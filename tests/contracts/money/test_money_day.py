"""What money of suppliers puts into a person’s day: what falls due, what was agreed, penalties, reviews; the task."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from contracts.models import SupplierScore
from contracts.selectors import money_day
from contracts.services import breaches, scores
from contracts.tasks import money as tasks
from office.approvals import api as approvals
from office.rulebook import api as rulebook
from tests.contracts import world
from tests.contracts.money import stage
from tests.contracts.money.stage import DAY, MINUTE, NOW
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


def lines(who: str = "luo_buyer", now: dt.datetime = NOW) -> list[tuple[str, str]]:
    return [(str(line.title), line.label) for line in money_day.waiting(person(who), now)]


@pytest.mark.clause("P2.2")
def test_a_deposit_stands_there_at_once_a_balance_from_its_warning_on_until_somebody_asks() -> None:
    order = stage.order()
    assert lines() == [("货款到期，待申请付款", "¥ 300.00")]
    assert lines("chen_manager") == []
    run = stage.ask(stage.deposit(order))
    assert lines() == []
    stage.agree(run)
    assert lines() == [("支付已批准的款项", "¥ 300.00")]
    stage.goods(order, 10)
    assert len(lines(now=NOW + 20 * DAY)) == 1
    assert ("货款到期，待申请付款", "¥ 700.00") in lines(now=NOW + 28 * DAY)
    [due] = [each for each in money_day.waiting(person("luo_buyer"), NOW + 28 * DAY) if each.due_at]
    assert (due.clause, due.url) == ("P2.2", f"/contracts/money/{order.supplier_id}/")


@pytest.mark.clause("P1.6")
def test_what_is_withheld_asks_for_nothing() -> None:
    order = stage.order()
    stage.agreed(stage.goods(order, 5))
    breaches.record_breach(
        supplier_id=order.supplier_id, kind="design", happened_on=NOW.date(), text="展会", by=person("luo_buyer"),
        now=NOW,
    )  # fmt: skip
    assert lines() == []


@pytest.mark.clause("P2.3")
def test_a_penalty_waits_to_be_asked_for_when_its_month_is_over() -> None:
    order = stage.order()
    breach = breaches.record_breach(
        supplier_id=order.supplier_id, kind="commission", happened_on=NOW.date(), text="购物卡",
        by=person("luo_buyer"), now=NOW,
    )  # fmt: skip
    penalty = ("提出回扣违约金", f"#{breach.pk}")
    after = NOW + 20 * DAY
    assert penalty not in lines(now=NOW)
    assert penalty in lines(now=after)
    run = breaches.ask_penalty(violation_id=breach.pk, reason="已查实", by=person("luo_buyer"), now=after)
    assert penalty not in lines(now=after)
    approvals.reject(run_id=run.pk, reason="证据不足", by=person("chen_manager"), now=after + MINUTE)
    assert penalty not in lines(now=after + DAY)


@pytest.mark.clause("P0")
def test_a_review_waits_for_a_decision() -> None:
    score = SupplierScore.objects.create(
        supplier=world.supplier(), month=NOW.date().replace(day=1), facts={}, at=NOW
    )
    scores._open_review(score, ["quality"], "P0", NOW)
    [(title, _label)] = lines()
    assert title == "供应商复核定论"
    assert lines("song_inspector") == []


def test_many_suppliers_cost_no_more_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for n in range(4):
        stage.order(of=world.supplier(f"FS0{n}", f"佛山第 {n} 家具厂"))
    me = person("luo_buyer")
    list(money_day.waiting(me, NOW))
    with django_assert_max_num_queries(12):
        assert len(list(money_day.waiting(me, NOW))) == 4


def test_the_task_scores_what_is_due_and_rests_before_a_book_is_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.supplier()
    tasks.score_suppliers()
    month = (timezone.localdate().replace(day=1) - DAY).replace(day=1)
    found = SupplierScore.objects.get()
    assert found.month <= month

    def none(**_now: object) -> int:
        raise rulebook.NoBookInForce

    monkeypatch.setattr(scores, "score_month", none)
    tasks.score_suppliers()
    assert SupplierScore.objects.count() == 1
