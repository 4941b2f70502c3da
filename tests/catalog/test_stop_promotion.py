"""A promotion is stopped before its end: asked for with the reason, agreed to, carried out; no other way."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from catalog.models import Channel, Promotion, PromotionStop, PromotionTurn, Sku
from catalog.selectors.promotions import overlaps, state_of, stop_of
from catalog.services.stopping import STOP, ask_stop
from catalog.services.turning import turn_promotions
from office.approvals import api as approvals
from office.approvals.models import Draft, Run
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.catalog.asking import SEEN, agree, as_if_carried_out, priced
from tests.catalog.shelf import DAY, HOUR, MINUTE, NOW, channel, sku
from tests.catalog.test_promotions import (
    BEGIN,
    END,
    SECOND,
    ask,
    ask_price_in_mall,
    carry_out,
    plan,
    planned,
    price_of,
)
from tests.people import person, signed_in

HALF = BEGIN + DAY


def running(on: Channel, of: Sku) -> Promotion:
    """Its prices are set: 20 % off from BEGIN to END."""
    made = planned(on)
    carry_out(agree(ask(made, of, on)))
    return made


def ask_for_stop(made: Promotion, who: str = "ma_product", now: dt.datetime = HALF, why: str = "缺货") -> Run:
    return ask_stop(promotion_id=made.pk, reason=why, by=person(who), now=now)


def stopped(made: Promotion, at: dt.datetime = HALF) -> Run:
    run = agree(ask_for_stop(made, now=at - HOUR), now=at - HOUR + MINUTE)
    return carry_out(run, now=at)


@pytest.fixture
def shop(site: None) -> tuple[Channel, Sku]:
    on, of = channel(), sku()
    priced(of, "2400.00")
    return on, of


@pytest.mark.clause("C11.3")
def test_the_prior_price_is_back_at_the_instant_of_the_stop(shop: tuple[Channel, Sku]) -> None:
    on, of = shop
    made = running(on, of)
    run = stopped(made)
    assert (run.chain, run.clause, run.executor) == (STOP, "C11.3", "site_editor")
    assert price_of(of, on, HALF - SECOND) == Decimal("1920.00")
    assert price_of(of, on, HALF) == Decimal("2400.00")
    made.refresh_from_db()
    stop = stop_of(made)
    assert stop is not None
    assert (made.stopped_at, stop.reason, stop.run_id) == (HALF, "缺货", run.pk)
    assert Entry.objects.get(verb="catalog.stop_promotion").clause == "C11.3"


def test_its_end_is_written_down_at_the_stop_and_only_once(shop: tuple[Channel, Sku]) -> None:
    on, of = shop
    made = running(on, of)
    assert turn_promotions(now=BEGIN) == 1
    stopped(made)
    assert turn_promotions(now=HALF + HOUR) == 1
    assert turn_promotions(now=END + HOUR) == 0
    assert list(PromotionTurn.objects.order_by("pk").values_list("word", "at")) == [
        ("begin", BEGIN), ("end", HALF),
    ]  # fmt: skip


def test_what_is_called_off_before_its_begin_never_begins(shop: tuple[Channel, Sku]) -> None:
    on, of = shop
    made = running(on, of)
    stopped(made, at=BEGIN - HOUR)
    assert turn_promotions(now=END + HOUR) == 0
    assert price_of(of, on, HALF) == Decimal("2400.00")
    with pytest.raises(IntegrityError), transaction.atomic():
        PromotionTurn.objects.create(
            promotion=made, word="begin", at=BEGIN, noted_at=END, authority_clause="C11.3"
        )


def test_another_promotion_may_take_its_place(shop: tuple[Channel, Sku]) -> None:
    on, of = shop
    made = running(on, of)
    assert overlaps([(of.pk, on.pk)], HALF, END, may_overlap=False)
    stopped(made)
    assert overlaps([(of.pk, on.pk)], HALF, END, may_overlap=False) == []
    assert overlaps([(of.pk, on.pk)], HALF - SECOND, END, may_overlap=False)
    carry_out(agree(ask(planned(on, HALF, END), of, on)), now=HALF + MINUTE)
    assert price_of(of, on, HALF + MINUTE) == Decimal("1920.00")


def test_the_state_says_that_it_was_stopped(shop: tuple[Channel, Sku]) -> None:
    on, of = shop
    made = running(on, of)
    assert stop_of(made) is None
    stopped(made)
    made.refresh_from_db()
    states = [state_of(made, at, [], True) for at in (HALF - SECOND, HALF, END + DAY)]
    assert states == ["running", "stopped", "stopped"]


@pytest.mark.clause("M9.3")
def test_in_the_mall_the_section_officer_stops_it(mall: None) -> None:
    on, of = channel(), sku()
    ask_price_in_mall(of)
    made = plan(on)
    from catalog.services.promotions import ask_plan

    agree(ask_plan(promotion_id=made.pk, by=person("he_planner"), now=NOW), "deng_marketing")
    carry_out(agree(ask(made, of, on, who="gao_section"), "deng_marketing"), "gao_section")
    run = agree(ask_for_stop(made, "gao_section"), "deng_marketing", now=HALF)
    assert (run.clause, run.executor) == ("M9.3", "section_officer")
    carry_out(run, "gao_section", HALF + HOUR)
    assert PromotionStop.objects.get().at == HALF + HOUR


@pytest.mark.parametrize("who", ["lin_editor", "chen_manager", "zhou_general", "tang_writer"])
def test_nobody_else_asks_for_it(shop: tuple[Channel, Sku], who: str) -> None:
    made = running(*shop)
    with pytest.raises(Forbidden):
        ask_for_stop(made, who)


def test_nobody_else_carries_it_out_and_not_without_evidence(shop: tuple[Channel, Sku]) -> None:
    made = running(*shop)
    run = agree(ask_for_stop(made), now=HALF)
    for who in ("ma_product", "chen_manager"):
        with pytest.raises(Forbidden):
            carry_out(run, who, HALF + HOUR)
    with pytest.raises(Invalid):
        approvals.execute(run_id=run.pk, by=person("lin_editor"), now=HALF + HOUR)
    assert not PromotionStop.objects.exists()


@pytest.mark.parametrize("why", ["", "   ", "x" * 501])
def test_it_is_not_asked_for_without_a_reason(shop: tuple[Channel, Sku], why: str) -> None:
    with pytest.raises(Invalid) as refused:
        ask_for_stop(running(*shop), why=why)
    assert [error["path"] for error in refused.value.errors] == ["reason"]


def test_what_is_not_set_or_over_or_stopped_is_not_stopped(shop: tuple[Channel, Sku]) -> None:
    on, of = shop
    codes = []
    for made, now in ((planned(on), NOW), (running(on, of), END)):
        with pytest.raises(Conflict) as refused:
            ask_for_stop(made, now=now)
        codes.append(refused.value.code)
    stopped(made)
    with pytest.raises(Conflict) as refused:
        ask_for_stop(made)
    assert [*codes, refused.value.code] == ["not_set", "over", "stopped"]
    with pytest.raises(NotFound):
        ask_stop(promotion_id=made.pk + 1, reason="x", by=person("ma_product"), now=NOW)


def test_agreed_too_late_it_ends_as_planned(shop: tuple[Channel, Sku]) -> None:
    made = running(*shop)
    run = agree(ask_for_stop(made), now=HALF)
    with pytest.raises(Conflict) as refused:
        carry_out(run, now=END)
    assert refused.value.code == "over"


def test_a_returned_request_is_asked_again(shop: tuple[Channel, Sku]) -> None:
    made = running(*shop)
    run = ask_for_stop(made)
    run = approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=HALF, reason="写明原因")
    run = ask_stop(promotion_id=made.pk, reason="供应商断货", by=person("ma_product"), now=HALF, again=run)
    assert (run.round, run.payload["reason"]) == (2, "供应商断货")


def test_it_is_asked_for_on_the_page_of_the_promotion(shop: tuple[Channel, Sku]) -> None:
    made = running(*shop)
    where, act = (reverse(f"catalog:{name}", args=[made.pk]) for name in ("promotion", "promotion_stop"))
    with time_machine.travel(HALF, tick=False):
        client = signed_in("ma_product")
        assert f'action="{act}"' in client.get(where).content.decode()
        refused = client.post(act, {"reason": ""})
        assert (refused.status_code, refused.context["stop_form"].errors.keys()) == (422, {"reason"})
        long = client.post(act, {"reason": "缺" * 501})
        assert (long.status_code, "缺" * 501 in long.content.decode()) == (422, True)
        for who, status in (("lin_editor", 403), ("li_lei", 403)):
            assert signed_in(who).post(act, {"reason": "缺货"}).status_code == status
        assert (
            client.post(reverse("catalog:promotion_stop", args=[987654]), {"reason": "x"}).status_code == 404
        )
        answer = client.post(act, {"reason": "缺货"})
        run = Run.objects.get(kind=STOP)
        assert answer["Location"] == reverse("approvals:run", args=[run.pk])
        assert f'action="{act}"' not in client.get(where).content.decode()  # it is being decided
        assert client.post(act, {"reason": "缺货"}).status_code == 409
        approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=HALF, reason="写明原因")
        assert client.post(act, {"reason": "供应商断货"}).status_code == 302
        carry_out(agree(run, now=HALF), now=HALF)
        shown = client.get(where).content.decode()
    assert "供应商断货" in shown
    assert f'action="{act}"' not in shown


def test_the_database_refuses_a_stop_that_nobody_agreed_to(shop: tuple[Channel, Sku]) -> None:
    made = running(*shop)
    run = agree(ask_for_stop(made), now=HALF)
    good = {"promotion": made, "reason": "缺货", "at": HALF, "run": run}
    with pytest.raises(IntegrityError), transaction.atomic():  # merely agreed
        PromotionStop.objects.create(**good)
    as_if_carried_out(run, HALF)
    for change in (
        {"run": None}, {"reason": "别的"}, {"at": HALF - HOUR}, {"run": None, "authority_clause": "C11.3"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            PromotionStop.objects.create(**{**good, **change})
    for at in (HALF, END):
        with pytest.raises(IntegrityError), transaction.atomic():
            Promotion.objects.filter(pk=made.pk).update(stopped_at=at)
    PromotionStop.objects.create(**good)
    for value in (None, HALF + HOUR):
        with pytest.raises(IntegrityError), transaction.atomic():
            Promotion.objects.filter(pk=made.pk).update(stopped_at=value)


def test_a_request_without_a_reason_is_none(site: None) -> None:
    with pytest.raises(Invalid):
        approvals.kind_of(STOP).check({"promotion": 1, "reason": ""})
    assert SEEN


def test_what_was_typed_of_a_stop_is_kept_and_found_again(shop: tuple[Channel, Sku]) -> None:
    on, of = shop
    made = running(on, of)
    page = reverse("catalog:promotion", args=[made.pk])
    with time_machine.travel(HALF, tick=False):
        asker = signed_in("ma_product")
        kept = asker.post(
            reverse("approvals:draft", args=[STOP, made.pk]),
            {"reason": "供应商断货", "draft-label": made.title},
        )
        assert kept.status_code in {200, 302}
        text = asker.get(page).content.decode()
        assert "供应商断货" in text
        assert "js/drafts.js" in text
        assert page in asker.get("/approvals/?tab=asked").content.decode()
        assert "供应商断货" not in signed_in("he_planner").get(page).content.decode()
        asked = asker.post(reverse("catalog:promotion_stop", args=[made.pk]), {"reason": "供应商断货"})
        assert asked.status_code == 302
        assert not Draft.objects.exists()


def test_a_returned_stop_begins_with_what_was_said(shop: tuple[Channel, Sku]) -> None:
    on, of = shop
    run = ask_for_stop(running(on, of), why="缺货三天")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=HALF, reason="哪家？")
    with time_machine.travel(HALF, tick=False):
        page = signed_in("ma_product").get(reverse("catalog:promotion", args=[run.subject_id]))
    assert "缺货三天" in page.content.decode()
