"""The price on a date: whatever was agreed in whatever order, the answer is that of a plain list read by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Price, Sku
from catalog.rules import pricing
from catalog.selectors.prices import bases_at, history, latest_agreed, live_prices, price_at
from catalog.subjects import sku_pricing
from office.approvals import api as approvals
from office.approvals.models import Run
from tests.catalog.asking import agree, as_if_carried_out, priced
from tests.catalog.shelf import DAY, HOUR, NOW, channel, product, sku
from tests.people import person

AMOUNTS = st.decimals(min_value="0.01", max_value="99999.99", places=2)
MOMENTS = st.integers(min_value=0, max_value=60)
#: When something is carried out: each is one request, whose rows are of that instant.
WRITTEN = (0, 20, 40)
ROWS = st.lists(
    st.tuples(st.sampled_from(["all", "a", "b"]), AMOUNTS, MOMENTS, st.sampled_from(WRITTEN)),
    min_size=1,
    max_size=7,
)


def at_hour(hour: int) -> dt.datetime:
    return NOW + hour * HOUR


@pytest.mark.clause("C11.1")
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(tables=st.lists(ROWS, min_size=6, max_size=6), asked=st.sets(MOMENTS, min_size=2, max_size=4))
def test_the_price_at_an_instant_is_what_a_plain_list_says(
    site: None, tables: list[list[tuple[str, Decimal, int, int]]], asked: set[int]
) -> None:
    """A table of rows for each SKU: for which channel, how much, wanted from, written at. Nothing is backdated; of
    those that have begun the latest begin counts, of equal ones the latest written."""
    with transaction.atomic():
        of = product()
        skus = [sku(f"SF-{place}", cost=None, of=of) for place in range(len(tables))]
        channels = {"a": channel().pk, "b": channel("TM01", "天猫旗舰店").pk, "all": None}
        known: list[list[tuple[str, Decimal, dt.datetime, int]]] = [[] for _each in skus]
        for written in WRITTEN:
            rows = [
                (place, where, amount, at_hour(wanted))
                for place, table in enumerate(tables)
                for where, amount, wanted, at in table
                if at == written
            ]
            if not rows:
                continue
            run = agreed_to(
                [(skus[place], channels[where], amount, wanted) for place, where, amount, wanted in rows],
                at_hour(written),
            )
            made = Price.objects.bulk_create(
                Price(
                    sku=skus[place],
                    channel_id=channels[where],
                    amount=amount,
                    wanted_at=wanted,
                    starts_at=max(wanted, at_hour(written)),
                    at=at_hour(written),
                    run=run,
                )
                for place, where, amount, wanted in rows
            )
            for (place, where, amount, _wanted), price in zip(rows, made, strict=True):
                known[place].append((where, amount, price.starts_at, price.pk))
        ids = [each.pk for each in skus]
        for now in map(at_hour, asked):
            bases = bases_at(ids, now)
            live = live_prices(ids, [pk for pk in channels.values() if pk is not None], now)
            for of_sku, list_of in zip(ids, known, strict=True):
                for where, pk in channels.items():
                    fitting = [row for row in list_of if row[2] <= now and row[0] in {"all", where}]
                    expected = max(fitting, key=lambda row: (row[2], row[3]))[1] if fitting else None
                    found = price_at(of_sku, now, pk)
                    assert (found.amount if found else None) == expected
                    if pk is None:
                        assert bases.get(of_sku) == expected
                    else:
                        there = live.get((of_sku, pk))
                        assert (there.price if there else None) == expected
        transaction.set_rollback(True)


def agreed_to(prices: list[tuple[Sku, int | None, Decimal, dt.datetime]], at: dt.datetime) -> Run:
    """One request that allows all of these, carried out at `at`."""
    rows: list[dict[str, object]] = [
        {
            "sku": of.pk, "code": of.code, "spec": "", "channel": pk, "channel_name": "", "price": amount,
            "from": wanted, "before": None, "cost": None, "flags": [],
        }
        for of, pk, amount, wanted in prices
    ]  # fmt: skip
    of = prices[0][0]
    seen = {"sku": of.pk, "source": "竞品店", "price": "1.00", "on": "2026-11-22", "url": "", "file": None}
    run = approvals.submit(
        kind="catalog.price", subject=sku_pricing(of), by=person("ma_product"), now=NOW,
        payload={"rows": rows, "evidence": {"competitor_prices": [seen]}},
    )  # fmt: skip
    return as_if_carried_out(agree(run, now=NOW), at)


def test_history_is_read_a_page_at_a_time(site: None) -> None:
    of = sku()
    for day in range(3):
        priced(of, f"{2400 + day}.00", now=NOW + day * DAY)
    first = history(of.pk, limit=2)
    assert [price.amount for price in first] == [Decimal("2402.00"), Decimal("2401.00")]
    assert [price.amount for price in history(of.pk, before=first[-1].pk)] == [Decimal("2400.00")]
    assert latest_agreed([of.pk])[of.pk] == first[0]
    assert live_prices([], [1], NOW) == {}


@given(
    price=AMOUNTS,
    before=st.none() | AMOUNTS,
    cost=st.none() | AMOUNTS,
    band=st.decimals(min_value=0, max_value=100, places=0),
)
def test_a_price_is_unusual_exactly_when_it_is_below_cost_or_beyond_the_band(
    price: Decimal, before: Decimal | None, cost: Decimal | None, band: Decimal
) -> None:
    flags = pricing.flags_of(price, before, cost, band)
    assert ("below_cost" in flags) == (cost is not None and price < cost)
    beyond = before is not None and not before * (100 - band) <= price * 100 <= before * (100 + band)
    assert ("out_of_band" in flags) == beyond


@given(base=AMOUNTS, percent=st.decimals(min_value="0.01", max_value="99.99", places=2))
def test_percent_of_a_price_is_whole_fen_and_never_above_it(base: Decimal, percent: Decimal) -> None:
    found = pricing.promoted(base, "percent", percent)
    assert found is not None
    assert Decimal("0.01") <= found <= max(base, Decimal("0.01"))
    assert found == found.quantize(Decimal("0.01"))
    assert abs(found - base * percent / 100) <= Decimal("0.01")


def test_margin_and_change_are_percent_to_a_tenth() -> None:
    assert pricing.margin(Decimal("100"), Decimal("66.66")) == Decimal("33.3")
    assert pricing.margin(Decimal("50"), Decimal("60")) == Decimal("-20.0")
    assert pricing.margin(None, Decimal("60")) is None
    assert pricing.change(Decimal("80"), Decimal("90")) == Decimal("12.5")
    assert pricing.change(None, Decimal("90")) is None
    assert pricing.lowest(None, [None]) is None
    assert pricing.lowest(Decimal(5), [None, Decimal(4)]) == Decimal(4)
    assert pricing.promoted(None, "percent", Decimal(80)) is None
