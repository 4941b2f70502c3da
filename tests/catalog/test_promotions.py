"""Promotions: a plan that passes, prices with dates, refused overlaps, begin and end by themselves."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Channel, Promotion, PromotionPrice, PromotionTurn, Sku
from catalog.selectors.prices import live_prices
from catalog.selectors.promotions import passed_plan, runs_of, state_of
from catalog.services.promotions import Offer, ask_plan, ask_promotion, save_promotion
from catalog.services.turning import turn_promotions
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices.models import Notice
from tests.catalog.asking import SEEN, agree, as_if_carried_out, ask_price, priced
from tests.catalog.shelf import DAY, HOUR, MINUTE, NOW, channel, sku
from tests.people import person

SECOND = dt.timedelta(seconds=1)
BEGIN, END = NOW + DAY, NOW + 3 * DAY


def plan(
    on: Channel,
    begin: dt.datetime = BEGIN,
    end: dt.datetime = END,
    *,
    may_overlap: bool = False,
    name: str = "双十二",
) -> Promotion:
    return save_promotion(
        title=name, goal="清一批布艺沙发", starts_at=begin, ends_at=end, channel_ids=[on.pk],
        may_overlap=may_overlap, by=person("he_planner"), now=NOW,
    )  # fmt: skip


def planned(on: Channel, begin: dt.datetime = BEGIN, end: dt.datetime = END, **more: bool) -> Promotion:
    """The plan has passed."""
    made = plan(on, begin, end, may_overlap=more.get("may_overlap", False))
    agree(ask_plan(promotion_id=made.pk, by=person("he_planner"), now=NOW))
    return made


def ask(
    made: Promotion, of: Sku, on: Channel, rule: str = "percent", value: str = "80", who: str = "ma_product"
) -> Run:
    return ask_promotion(
        promotion_id=made.pk, offers=[Offer(of.pk, on.pk, rule, Decimal(value))], by=person(who), now=NOW
    )


def carry_out(run: Run, who: str = "lin_editor", now: dt.datetime = NOW + HOUR) -> Run:
    return approvals.execute(run_id=run.pk, by=person(who), now=now, evidence=SEEN)


def price_of(of: Sku, on: Channel, at: dt.datetime) -> Decimal | None:
    found = live_prices([of.pk], [on.pk], at).get((of.pk, on.pk))
    return found.price if found else None


@pytest.mark.clause("C11.3")
def test_a_promotion_takes_two_chains_and_its_price_holds_to_the_second(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = planned(on)
    run = ask(made, of, on)
    assert (run.clause, run.executor, run.follows_id is not None) == ("C11.3", "site_editor", True)
    carry_out(agree(run))
    assert price_of(of, on, BEGIN - SECOND) == Decimal("2400.00")
    assert price_of(of, on, BEGIN) == Decimal("1920.00")
    assert price_of(of, on, END - SECOND) == Decimal("1920.00")
    assert price_of(of, on, END) == Decimal("2400.00")


@pytest.mark.clause("M9.3", "J3")
def test_in_the_mall_the_section_officer_asks_and_edits(mall: None) -> None:
    on, of = channel(), sku()
    ask_price_in_mall(of)
    made = plan(on)
    agree(ask_plan(promotion_id=made.pk, by=person("he_planner"), now=NOW), "deng_marketing")
    run = ask(made, of, on, who="gao_section")
    assert run.clause == "M9.3"
    carry_out(agree(run, "deng_marketing"), "gao_section")
    assert turn_promotions(now=END) == 2
    assert set(PromotionTurn.objects.values_list("authority_clause", flat=True)) == {"M9.3"}


def ask_price_in_mall(of: Sku) -> Run:
    run = agree(ask_price(of, "2400.00", who="he_planner"), "deng_marketing", now=NOW)
    return carry_out(run, "gao_section", NOW)


def test_nobody_else_plans_asks_or_carries_out(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = plan(on)
    for who in ("ma_product", "lin_editor", "chen_manager"):
        with pytest.raises(Forbidden):
            ask_plan(promotion_id=made.pk, by=person(who), now=NOW)
    agree(ask_plan(promotion_id=made.pk, by=person("he_planner"), now=NOW))
    for who in ("he_planner", "lin_editor"):
        with pytest.raises(Forbidden):
            ask(made, of, on, who=who)
    run = agree(ask(made, of, on))
    for who in ("ma_product", "he_planner", "chen_manager"):
        with pytest.raises(Forbidden):
            carry_out(run, who)
    with pytest.raises(Invalid):
        approvals.execute(run_id=run.pk, by=person("lin_editor"), now=NOW + HOUR)


@pytest.mark.clause("C11.3")
def test_without_a_plan_that_passed_no_price_is_asked_for(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = plan(on)
    with pytest.raises(Refused) as refused:
        ask(made, of, on)
    assert refused.value.code == "no_plan"


def test_a_plan_that_was_changed_since_must_pass_again(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = planned(on)
    run = ask(made, of, on)
    save_promotion(
        promotion_id=made.pk, title=made.title, goal=made.goal, starts_at=BEGIN, ends_at=END + DAY,
        channel_ids=[on.pk], may_overlap=False, by=person("he_planner"), now=NOW,
    )  # fmt: skip
    assert Run.objects.get(pk=run.pk).state == "voided"
    with pytest.raises(Refused):
        ask(made, of, on)
    agree(ask_plan(promotion_id=made.pk, by=person("he_planner"), now=NOW))
    assert ask(made, of, on).state == "running"


def test_a_plan_passes_once(site: None) -> None:
    made = planned(channel())
    with pytest.raises(Conflict):
        ask_plan(promotion_id=made.pk, by=person("he_planner"), now=NOW)


@pytest.mark.parametrize(
    ("rule", "value", "path"),
    [
        ("percent", "100", "rows.0.value"),
        ("percent", "0", "rows.0.value"),
        ("fixed", "2400.00", "rows.0.value"),
        ("fixed", "0.001", "rows.0.value"),
        ("gift", "1", "rows.0.rule"),
    ],
)
def test_what_is_no_promotion_is_refused(site: None, rule: str, value: str, path: str) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = planned(on)
    with pytest.raises(Invalid) as refused:
        ask(made, of, on, rule, value)
    assert [error["path"] for error in refused.value.errors] == [path]


def test_a_channel_outside_the_plan_and_goods_without_a_price_are_refused(site: None) -> None:
    on, of = channel(), sku()
    made = planned(on)
    with pytest.raises(Invalid) as refused:
        ask(made, of, channel("TM01", "天猫旗舰店"))
    assert {error["code"] for error in refused.value.errors} == {"choice", "no_price"}


def test_goods_whose_cost_is_not_known_are_refused(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    type(of).objects.filter(pk=of.pk).update(cost=None)
    with pytest.raises(Invalid) as refused:
        ask(planned(on), of, on)
    assert [(error["path"], error["code"]) for error in refused.value.errors] == [("rows.0.code", "no_cost")]


@pytest.mark.clause("C11.3")
def test_two_promotions_do_not_meet_on_a_sku_and_channel(site: None) -> None:
    on, other, of = channel(), channel("TM01", "天猫旗舰店"), sku()
    priced(of, "2400.00")
    carry_out(agree(ask(planned(on), of, on)))
    second = planned(on, END - SECOND, END + DAY)
    with pytest.raises(Conflict) as refused:
        ask(second, of, on)
    assert refused.value.code == "overlap"
    carry_out(agree(ask(planned(other, END - SECOND, END + DAY), of, other)))
    carry_out(agree(ask(planned(on, END, END + DAY), of, on)))


def test_the_database_sees_an_overlap_that_was_agreed_meanwhile(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    first, second = agree(ask(planned(on), of, on)), agree(ask(planned(on), of, on))
    carry_out(first)
    with pytest.raises(Conflict) as refused:
        carry_out(second)
    assert refused.value.code == "overlap"
    assert Run.objects.get(pk=second.pk).state == "agreed"


def test_where_both_plans_allow_it_the_lower_price_counts(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    carry_out(agree(ask(planned(on, may_overlap=True), of, on, "percent", "90")))
    carry_out(agree(ask(planned(on, BEGIN, BEGIN + DAY, may_overlap=True), of, on, "fixed", "2000.00")))
    assert price_of(of, on, BEGIN) == Decimal("2000.00")
    assert price_of(of, on, BEGIN + DAY) == Decimal("2160.00")
    with pytest.raises(Conflict):
        ask(planned(on), of, on)


@pytest.mark.clause("C11.3")
def test_a_promotion_below_cost_also_needs_the_general_manager(site: None) -> None:
    on, of = channel(), sku(cost="1800.00")
    priced(of, "2400.00")
    run = ask(planned(on), of, on, "percent", "70")
    assert (run.chain, run.flags) == ("catalog.promotion_unusual", ["below_cost"])
    assert agree(run).state == "running"
    assert agree(run, "zhou_general").state == "agreed"


def test_a_price_that_fell_meanwhile_does_not_bring_it_below_cost_unseen(site: None) -> None:
    on, of = channel(), sku(cost="1800.00")
    priced(of, "2400.00")
    run = agree(ask(planned(on), of, on, "percent", "80"))
    priced(of, "2000.00", now=NOW + 3 * MINUTE)
    with pytest.raises(Refused) as refused:
        carry_out(run)
    assert refused.value.code == "chain_differs"


def test_carried_out_late_it_holds_from_then_on_and_never_after_its_end(site: None) -> None:
    on, of, other = channel(), sku(), sku("SF-2", spec="")
    priced(of, "2400.00")
    priced(other, "2400.00", now=NOW + 3 * MINUTE)
    late, never = agree(ask(planned(on), of, on)), agree(ask_for_other(on, other))
    carry_out(late, now=BEGIN + HOUR)
    assert price_of(of, on, BEGIN + HOUR - SECOND) == Decimal("2400.00")
    assert price_of(of, on, BEGIN + HOUR) == Decimal("1920.00")
    with pytest.raises(Conflict) as refused:
        carry_out(never, now=END)
    assert refused.value.code == "over"


def ask_for_other(on: Channel, of: Sku) -> Run:
    return ask_promotion(
        promotion_id=planned(on).pk, offers=[Offer(of.pk, on.pk, "percent", Decimal(80))],
        by=person("ma_product"), now=NOW + 4 * MINUTE,
    )  # fmt: skip


@pytest.mark.clause("C11.3")
def test_begin_and_end_are_written_down_once_with_their_instants_and_people_are_told(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = planned(on)
    carry_out(agree(ask(made, of, on)))
    assert turn_promotions(now=BEGIN - SECOND) == 0
    assert turn_promotions(now=BEGIN) == 1
    assert turn_promotions(now=BEGIN + SECOND) == 0
    assert turn_promotions(now=END + 5 * HOUR) == 1
    turns = PromotionTurn.objects.order_by("pk").values_list("word", "at", "noted_at", "authority_clause")
    assert list(turns) == [("begin", BEGIN, BEGIN, "C11.3"), ("end", END, END + 5 * HOUR, "C11.3")]
    assert Entry.objects.filter(verb__startswith="catalog.promotion_", actor_id=None).count() == 2
    told = Notice.objects.filter(kind="catalog.promotion_ends").values_list("recipient__name", flat=True)
    assert set(told) == {"何策划", "马产品", "林编辑"}


def test_after_an_outage_begin_and_end_are_both_written_down(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    carry_out(agree(ask(planned(on), of, on)))
    assert turn_promotions(now=END + DAY) == 2


def test_the_state_follows_the_clock(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = plan(on)

    def state(now: dt.datetime) -> str:
        found = Promotion.objects.get(pk=made.pk)
        live = [run for run in runs_of([made.pk])[made.pk] if run.live]
        return state_of(found, now, live, passed_plan(found) is not None)

    seen = [state(NOW)]
    run = ask_plan(promotion_id=made.pk, by=person("he_planner"), now=NOW)
    seen.append(state(NOW))
    agree(run)
    seen.append(state(NOW))
    run = ask(made, of, on)
    seen.append(state(NOW))
    agree(run)
    seen += [state(NOW), state(END)]
    carry_out(run)
    seen += [state(BEGIN - SECOND), state(BEGIN), state(END)]
    assert seen == [
        "planned", "plan_asked", "passed", "prices_asked", "agreed", "lapsed", "waiting", "running", "over",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("begin", "end", "path"),
    [(BEGIN, BEGIN, "ends_at"), (NOW - DAY, NOW, "ends_at"), (BEGIN, BEGIN + 400 * DAY, "ends_at")],
)
def test_a_plan_with_impossible_times_is_refused(
    site: None, begin: dt.datetime, end: dt.datetime, path: str
) -> None:
    with pytest.raises(Invalid) as refused:
        plan(channel(), begin, end)
    assert [error["path"] for error in refused.value.errors] == [path]


def test_what_is_set_stays_as_it_was_agreed(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = planned(on)
    carry_out(agree(ask(made, of, on)))
    with pytest.raises(Conflict):
        save_promotion(
            promotion_id=made.pk, title="x", goal="x", starts_at=BEGIN, ends_at=END, channel_ids=[on.pk],
            may_overlap=False, by=person("he_planner"), now=NOW,
        )  # fmt: skip
    with pytest.raises(Conflict):
        ask(made, of, on)
    with pytest.raises(IntegrityError), transaction.atomic():
        Promotion.objects.filter(pk=made.pk).update(ends_at=END + DAY)
    with pytest.raises(NotFound):
        ask_plan(promotion_id=made.pk + 1, by=person("he_planner"), now=NOW)


def test_the_database_refuses_prices_and_turns_that_nobody_agreed_to(site: None) -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = planned(on)
    run = as_if_carried_out(agree(ask(made, of, on)), NOW)
    good = {
        "promotion": made, "sku": of, "channel": on, "rule": "percent", "value": Decimal(80), "wanted_from": BEGIN,
        "wanted_until": END, "during": (BEGIN, END), "may_overlap": False, "at": NOW, "run": run,
    }  # fmt: skip
    for change in (
        {"run": None}, {"value": Decimal(79)}, {"may_overlap": True}, {"during": (BEGIN, END + DAY)},
        {"wanted_until": END + DAY, "during": (BEGIN, END + DAY)}, {"at": END, "during": (END, END)},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            PromotionPrice.objects.create(**{**good, **change})
    PromotionPrice.objects.create(**good)
    for word, at, noted, clause in (
        ("begin", BEGIN + SECOND, END, "C11.3"), ("begin", BEGIN, NOW, "C11.3"), ("end", END, END, "C11.1"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            PromotionTurn.objects.create(
                promotion=made, word=word, at=at, noted_at=noted, authority_clause=clause
            )
