"""Asked again unchanged after a return: by what is true then, not by what was when it was asked first."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.selectors.prices import price_at
from catalog.services import content
from catalog.services.pricing import propose_prices
from catalog.services.promotions import ask_plan
from catalog.services.stopping import ask_stop
from office.approvals import api as approvals
from office.approvals.models import Comment, Run
from office.errors import Conflict, Forbidden, Invalid
from tests.catalog.asking import agree, ask_price, carry_out, competitor, priced, row
from tests.catalog.shelf import DAY, HOUR, NOW, channel, sku
from tests.catalog.test_listing import ask as ask_listing
from tests.catalog.test_listing import ask_off, listed, ready
from tests.catalog.test_promotions import BEGIN, ask, plan, planned
from tests.catalog.test_promotions import carry_out as promotion_carried_out
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("site")


def returned(run: Run, now: dt.datetime = NOW) -> Run:
    return approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=now, reason="再看看")


def again(run: Run, now: dt.datetime, who: str = "ma_product") -> Run:
    return approvals.ask_again(run_id=run.pk, by=person(who), now=now, comment="没有变化")


@pytest.mark.clause("C11.1")
def test_evidence_that_has_grown_too_old_is_refused_with_its_day_and_the_limit() -> None:
    run = returned(ask_price(sku(), "2400.00"))
    with pytest.raises(Invalid) as refused:
        again(run, NOW + 13 * DAY)
    (error,) = refused.value.errors
    assert (error["path"], error["code"]) == ("rows.0.competitors.0.on", "old")
    assert "2026-11-21" in error["message"]
    assert "14" in error["message"]
    assert Run.objects.get(pk=run.pk).state == "returned"


def test_the_page_says_so_too() -> None:
    now = timezone.now()
    made = sku()
    seen = competitor()
    fresh = type(seen)(seen.source, seen.price, (now - 20 * DAY).date())
    long_ago = now - 15 * DAY
    run = propose_prices(
        rows=[row(made, "2400.00", at=long_ago, competitors=(fresh,))], by=person("ma_product"), now=long_ago
    )
    returned(run, long_ago)
    answer = signed_in("ma_product").post(
        reverse("approvals:act", args=[run.pk, "resubmit"]), {"words": "同前"}
    )
    assert answer.status_code == 422
    assert f"{fresh.on:%Y-%m-%d}" in answer.content.decode()


def test_a_day_that_is_past_becomes_now_and_the_price_before_is_the_one_of_now() -> None:
    made, on = sku(cost="100.00"), channel()
    priced(made, "2000.00")
    run = returned(ask_price(made, "2100.00", on=on, now=NOW + HOUR), NOW + HOUR)
    run = again(run, NOW + 2 * DAY)
    assert (run.state, run.round) == ("running", 2)
    (line,) = run.payload["rows"]
    assert dt.datetime.fromisoformat(line["from"]) == NOW + 2 * DAY
    assert line["before"] == "2000.00"
    assert len(run.payload["evidence"]["competitor_prices"]) == 1


def test_a_table_of_prices_keeps_what_was_seen_for_each_row() -> None:
    made, on = sku(), channel()
    seen, other = competitor(), competitor("90.00")
    rows = [row(made, "2400.00", competitors=(seen,)), row(made, "2300.00", on=on, competitors=(other,))]
    run = again(returned(propose_prices(rows=rows, by=person("ma_product"), now=NOW)), NOW + HOUR)
    given = run.payload["evidence"]["competitor_prices"]
    assert [(each["row"], each["price"]) for each in given] == [(0, "95.00"), (1, "90.00")]


@pytest.mark.clause("C11.1")
def test_other_flags_by_now_need_another_request() -> None:
    on, made = channel(), sku(cost="1800.00")
    priced(made, "2400.00")
    run = returned(ask_price(made, "2200.00", at=NOW + 2 * DAY))
    promotion_carried_out(agree(ask(planned(on), made, on)))
    with pytest.raises(Conflict) as refused:
        again(run, NOW + 2 * HOUR)
    assert refused.value.code == "chain_differs"


@pytest.mark.clause("C11.3")
def test_a_promotion_is_worked_out_anew() -> None:
    on, made = channel(), sku(cost="1000.00")
    priced(made, "2400.00")
    run = returned(ask(planned(on), made, on))
    carry_out(agree(ask_price(made, "2000.00", at=BEGIN - HOUR)))
    run = again(run, NOW + HOUR)
    assert (run.payload["rows"][0]["before"], run.payload["rows"][0]["price"]) == ("2000.00", "1600.00")
    found = price_at(made.pk, BEGIN)
    assert found is not None
    assert found.amount == Decimal("2000.00")


def test_only_who_asked_asks_again_and_only_what_was_returned() -> None:
    run = ask_price(sku(), "2400.00")
    with pytest.raises(Conflict):
        again(run, NOW)
    returned(run)
    with pytest.raises(Forbidden):
        again(run, NOW, "he_planner")


@pytest.mark.clause("C11.2a")
def test_the_checklist_of_a_listing_is_looked_at_once_more() -> None:
    on, made = channel(), ready()
    run = returned(ask_listing(made, on))
    assert again(run, NOW + HOUR).state == "running"
    run = returned(run, NOW + HOUR)
    picture = made.product.pictures.get()
    content.remove_picture(
        product_id=made.product_id, picture_id=picture.pk, by=person("pan_photo"), now=NOW + 2 * HOUR
    )
    with pytest.raises((Invalid, Conflict)):
        again(run, NOW + 3 * HOUR)


@pytest.mark.clause("C11.2c", "C11.3")
def test_a_delisting_a_plan_and_a_stop_say_the_same_again() -> None:
    on = channel()
    made = listed(on)
    off = again(returned(ask_off(made, on)), NOW + HOUR)
    assert (off.state, off.payload["reason"]) == ("running", "质量投诉")
    asked = ask_plan(promotion_id=plan(on).pk, by=person("he_planner"), now=NOW)
    assert again(returned(asked), NOW + HOUR, "he_planner").round == 2
    running = planned(on, BEGIN + 9 * DAY, BEGIN + 10 * DAY)
    promotion_carried_out(agree(ask(running, made, on)))
    stop = ask_stop(promotion_id=running.pk, reason="缺货", by=person("he_planner"), now=NOW)
    stopped = again(returned(stop), NOW + HOUR, "he_planner")
    assert (stopped.round, stopped.payload["reason"]) == (2, "缺货")
    assert Comment.objects.filter(run=stopped, text="没有变化").exists()
