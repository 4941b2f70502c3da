"""A price: proposed with evidence, agreed, carried out; each refusal."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.kinds import pricing as pricing_kind
from catalog.models import Price
from catalog.selectors.prices import price_at
from catalog.services.pricing import propose_prices, set_cost
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, Refused
from tests.catalog.asking import agree, as_if_carried_out, ask_price, carry_out, competitor, priced, row
from tests.catalog.shelf import DAY, MINUTE, NOW, channel, sku
from tests.people import person


@pytest.mark.clause("C11.1")
def test_a_price_goes_from_the_product_manager_over_the_leader_to_the_editor(site: None) -> None:
    made = sku()
    run = ask_price(made, "2400.00")
    assert (run.chain, run.clause, run.executor) == ("catalog.price", "C11.1", "site_editor")
    assert not Price.objects.exists()
    carry_out(agree(run))
    found = Price.objects.get()
    assert (found.amount, found.run_id, found.channel_id) == (Decimal("2400.00"), run.pk, None)
    assert found.starts_at == found.at == NOW + 2 * MINUTE
    assert Entry.objects.get(verb="catalog.set_price").clause == "C11.1"


@pytest.mark.clause("M9.1")
def test_in_the_mall_the_planner_asks_the_marketing_director(mall: None) -> None:
    made = sku()
    run = ask_price(made, "2400.00", who="he_planner")
    assert (run.chain, run.clause) == ("catalog.price", "M9.1")
    carry_out(agree(run, "deng_marketing"), "gao_section")
    assert price_at(made.pk, NOW + DAY) is not None


@pytest.mark.parametrize("who", ["he_planner", "lin_editor", "chen_manager", "zhou_general", "li_lei"])
def test_nobody_else_asks_for_a_price(site: None, who: str) -> None:
    with pytest.raises(Forbidden):
        ask_price(sku(), "2400.00", who=who)


@pytest.mark.parametrize("who", ["ma_product", "lin_editor", "zhou_general", "he_planner"])
def test_nobody_else_agrees_to_it(site: None, who: str) -> None:
    run = ask_price(sku(), "2400.00")
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person(who), now=NOW)


@pytest.mark.parametrize("who", ["ma_product", "chen_manager", "zhou_general"])
def test_nobody_else_carries_it_out(site: None, who: str) -> None:
    run = agree(ask_price(sku(), "2400.00"))
    with pytest.raises(Forbidden):
        carry_out(run, who)


def test_it_is_carried_out_with_the_word_of_where_it_is_seen(site: None) -> None:
    run = agree(ask_price(sku(), "2400.00"))
    with pytest.raises(Invalid) as refused:
        carry_out(run, evidence=" ")
    assert refused.value.code == "execution_evidence"
    assert Run.objects.get(pk=run.pk).state == "agreed"


@pytest.mark.clause("C11.1")
@pytest.mark.parametrize(("price", "flags"), [("1799.99", ["below_cost"]), ("3000.01", ["out_of_band"])])
def test_an_unusual_price_also_needs_the_general_manager(site: None, price: str, flags: list[str]) -> None:
    made = sku(cost="1800.00")
    priced(made, "2500.00" if flags == ["out_of_band"] else "2000.00")
    run = ask_price(made, price, now=NOW + DAY)
    assert (run.chain, run.flags) == ("catalog.price_unusual", flags)
    run = agree(run, "chen_manager", now=NOW + DAY)
    assert run.state == "running"
    run = agree(run, "zhou_general", now=NOW + DAY)
    assert run.state == "agreed"


@pytest.mark.clause("M9.1")
def test_in_the_mall_too(mall: None) -> None:
    run = ask_price(sku(cost="1800.00"), "1700.00", who="he_planner")
    assert run.chain == "catalog.price_unusual"
    assert agree(run, "deng_marketing", "zhou_general").state == "agreed"


def test_a_price_at_the_edge_of_the_band_is_usual(site: None) -> None:
    made = sku(cost="10.00")
    priced(made, "100.00")
    assert ask_price(made, "120.00", now=NOW + DAY).chain == "catalog.price"


def test_a_price_without_what_competitors_ask_is_refused(site: None) -> None:
    with pytest.raises(Invalid) as refused:
        propose_prices(rows=[row(sku(), "2400.00", competitors=())], by=person("ma_product"), now=NOW)
    assert refused.value.errors[0]["path"] == "rows.0.competitors"


@pytest.mark.parametrize(
    ("days", "code"), [(15, "old"), (-1, "future")], ids=["older than the book allows", "tomorrow"]
)
def test_evidence_is_dated_within_the_days_of_the_book(site: None, days: int, code: str) -> None:
    seen = competitor()
    stale = type(seen)(seen.source, seen.price, (NOW - days * DAY).date())
    with pytest.raises(Invalid) as refused:
        propose_prices(rows=[row(sku(), "2400.00", competitors=(stale,))], by=person("ma_product"), now=NOW)
    assert [(e["path"], e["code"]) for e in refused.value.errors] == [("rows.0.competitors.0.on", code)]


@pytest.mark.parametrize(
    ("price", "at", "url", "path"),
    [
        ("0", NOW, "", "rows.0.price"),
        ("10.005", NOW, "", "rows.0.price"),
        ("2400", NOW - DAY, "", "rows.0.from"),
        ("2400", NOW + 400 * DAY, "", "rows.0.from"),
        ("2400", NOW, "javascript:alert(1)", "rows.0.competitors.0.url"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    site: None, price: str, at: dt.datetime, url: str, path: str
) -> None:
    with pytest.raises(Invalid) as refused:
        propose_prices(
            rows=[row(sku(), price, at=at, competitors=(competitor(url=url),))],
            by=person("ma_product"),
            now=NOW,
        )
    assert path in [error["path"] for error in refused.value.errors]


def test_a_sku_has_one_request_at_a_time(site: None) -> None:
    made = sku()
    ask_price(made, "2400.00")
    with pytest.raises(Conflict) as refused:
        ask_price(made, "2300.00", on=channel())
    assert refused.value.code == "asked"


def test_a_changed_cost_voids_the_request_and_says_so(site: None) -> None:
    made = sku()
    run = ask_price(made, "2400.00")
    set_cost(sku_id=made.pk, cost=Decimal("1900.00"), by=person("ma_product"), now=NOW + MINUTE)
    found = Run.objects.get(pk=run.pk)
    assert (found.state, found.changed_fields) == ("voided", ["SF-2301 cost"])


def test_a_returned_request_is_asked_again_with_another_price(site: None) -> None:
    made = sku()
    run = ask_price(made, "2400.00")
    run = approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="高了")
    run = ask_price(made, "2300.00", again=run)
    carry_out(agree(run))
    assert Price.objects.get().amount == Decimal("2300.00")


def test_a_returned_request_does_not_slip_past_the_general_manager(site: None) -> None:
    made = sku(cost="1800.00")
    run = ask_price(made, "2400.00")
    run = approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="低一点")
    with pytest.raises(Conflict) as refused:
        ask_price(made, "1700.00", again=run)
    assert refused.value.code == "chain_differs"


def test_a_row_that_was_made_below_cost_by_the_paper_alone_is_not_applied(site: None) -> None:
    made = sku(cost="1800.00")
    run = ask_price(made, "2400.00")
    payload = run.payload
    run = approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="改")
    payload["rows"][0] |= {"price": "1.00", "flags": ["below_cost"]}
    run = approvals.resubmit(run_id=run.pk, payload=payload, by=person("ma_product"), now=NOW)
    with pytest.raises(Refused) as refused:
        carry_out(agree(run))
    assert refused.value.code == "chain_differs"


def test_what_was_agreed_late_never_changes_the_past(site: None) -> None:
    made = sku()
    priced(made, "2400.00")
    run = agree(ask_price(made, "2300.00", now=NOW + DAY), now=NOW + DAY)
    carry_out(run, now=NOW + 5 * DAY)
    before, after = price_at(made.pk, NOW + 4 * DAY), price_at(made.pk, NOW + 5 * DAY)
    assert before is not None
    assert after is not None
    assert (before.amount, after.amount) == (Decimal("2400.00"), Decimal("2300.00"))


@pytest.mark.clause("C11.1")
def test_the_database_refuses_a_price_that_nobody_agreed_to(site: None) -> None:
    made = sku()
    agreed = as_if_carried_out(agree(ask_price(made, "2400.00")))
    good: dict[str, Any] = {
        "sku": made,
        "amount": Decimal("2400.00"),
        "wanted_at": NOW,
        "starts_at": NOW + MINUTE,
        "at": NOW + MINUTE,
    }
    wrong: list[dict[str, Any]] = [
        {"run": None},
        {"run": None, "authority_clause": "C11.1"},
        {"run": agreed, "amount": Decimal("2399.99")},
        {"run": agreed, "channel": channel()},
        {"run": agreed, "sku": sku("SF-9", of=made.product)},
        {"run": agreed, "wanted_at": NOW - DAY},
        {"run": agreed, "starts_at": NOW},
    ]
    for change in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Price.objects.create(**{**good, **change})
    Price.objects.create(**good, run=agreed)
    with pytest.raises(IntegrityError), transaction.atomic():
        Price.objects.create(**good, run=agreed)


def test_the_subjects_of_many_requests_are_looked_at_as_each_is_alone(site: None) -> None:
    made = sku()
    carry_out(agree(ask_price(made, "2400.00")))
    ids = [f"sku-{made.pk}", "sku-999999", "nothing"]
    assert pricing_kind.fields_of_many([*ids, "sheet-1"]) == {each: pricing_kind.fields(each) for each in ids}
    assert any(name.endswith(" price") for name in pricing_kind.fields(ids[0]))
