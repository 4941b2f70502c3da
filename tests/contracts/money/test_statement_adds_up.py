"""Opening + deliveries − payments − set-offs = closing, whatever happens; deposit and balances are the order."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise, zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules import schedule, score, settling, statement
from contracts.rules.money import FEN, ZERO
from contracts.rules.schedule import Line, Terms

AMOUNTS = st.decimals(min_value="0.01", max_value=1_000_000, places=2)
DAYS = st.dates(date(2025, 11, 1), date(2026, 4, 30))
ENTRIES = st.lists(
    st.builds(statement.Entry, on=DAYS, kind=st.sampled_from(statement.KINDS), amount=AMOUNTS), max_size=25
)
MONTHS = [schedule.month_after(date(2025, 11, 1), n) for n in range(7)]


@given(ENTRIES, AMOUNTS)
def test_every_month_adds_up_and_opens_where_the_last_one_closed(
    entries: list[statement.Entry], before: Decimal
) -> None:
    closing, seen = before, 0
    for month in MONTHS:
        found = statement.state(entries, month, opening=before)
        assert found.opening == closing
        assert found.opening + found.deliveries - found.payments - found.set_offs == found.closing
        assert (found.lines[-1].balance if found.lines else found.opening) == found.closing
        closing, seen = found.closing, seen + len(found.lines)
    assert seen == len(entries)
    assert closing == before + sum(map(statement.signed, entries), ZERO)


@given(
    ENTRIES, st.builds(statement.Entry, on=st.just(date(2026, 5, 1)), kind=st.just("payment"), amount=AMOUNTS)
)
def test_a_later_booking_leaves_a_past_month_alone(
    entries: list[statement.Entry], later: statement.Entry
) -> None:
    for month in MONTHS[:-1]:
        assert statement.state(entries, month) == statement.state([*entries, later], month)


PRICES = st.decimals(min_value=0, max_value=50_000, places=2)
PERCENTS = st.decimals(min_value=0, max_value=100, places=2)


@given(
    st.lists(st.tuples(st.integers(1, 500), PRICES), min_size=1, max_size=5),
    PERCENTS,
    st.lists(st.integers(0, 100), max_size=5),
    st.sampled_from([schedule.MONTHLY, schedule.ON_SHIPMENT]),
)
@pytest.mark.clause("P2.2")
def test_deposit_and_balances_are_the_order_however_it_is_delivered(
    rows: list[tuple[int, Decimal]], percent: Decimal, cuts: list[int], settlement: str
) -> None:
    lines = [Line(pieces, price) for pieces, price in rows]
    day = date(2026, 1, 1)
    edges = [0, *sorted(cuts), 100]
    parts = [
        (
            day + timedelta(days=n),
            [
                Line(line.quantity * upto // 100 - line.quantity * since // 100, line.unit_price)
                for line in lines
            ],
        )
        for n, (since, upto) in enumerate(pairwise(edges))
    ]
    whole = schedule.total(lines)
    deposit, found = schedule.instalments(lines, Terms(settlement, percent, 30), parts)
    assert deposit + sum((each.amount for each in found), ZERO) == whole
    assert sum((each.from_deposit for each in found), ZERO) == deposit
    for each in found:
        assert ZERO <= each.amount <= each.goods
        assert each.goods == each.from_deposit + each.amount == (each.goods).quantize(FEN)
    for carried in accumulate((each.from_deposit for each in found), initial=ZERO):
        assert ZERO <= carried <= deposit


@given(
    st.lists(st.integers(1, 60), min_size=1, max_size=6),
    st.lists(st.integers(1, 60), max_size=6),
    PRICES,
    PERCENTS,
)
@pytest.mark.clause("P2.2")
def test_goods_that_never_leave_fall_away_with_exactly_what_was_owed_for_them(
    parts: list[int], less: list[int], price: Decimal, percent: Decimal
) -> None:
    """Whatever pieces of each notice never leave: what stays owed and carried is what stays worth."""
    days = [(date(2026, 1, 1), [Line(pieces, price)]) for pieces in parts]
    terms = Terms(schedule.ON_SHIPMENT, percent, 30, 3)
    deposit, found = schedule.instalments([Line(sum(parts), price)], terms, days)
    goods, owed, carried = ZERO, ZERO, ZERO
    for each, pieces, gone in zip_longest(found, parts, less[: len(parts)], fillvalue=0):
        assert isinstance(each, schedule.Instalment)
        fell = schedule.total([Line(min(gone, pieces), price)])
        falls = schedule.falls_away(goods=fell, of_goods=each.goods, of_amount=each.amount)
        assert ZERO <= falls <= min(fell, each.amount)
        goods, owed = goods + each.goods - fell, owed + each.amount - falls
        carried += each.from_deposit - (fell - falls)
    assert goods == owed + carried
    assert ZERO <= carried <= deposit


@given(st.lists(AMOUNTS, max_size=8), st.lists(AMOUNTS, max_size=8))
def test_what_is_owed_is_settled_by_claims_and_money_and_by_nothing_twice(
    owed: list[Decimal], claims: list[Decimal]
) -> None:
    found = settling.plan(
        [settling.Open(n, each) for n, each in enumerate(owed)],
        [settling.Open(n, each) for n, each in enumerate(claims)],
    )
    assert found.total + found.set_off == sum(owed, ZERO)
    assert found.set_off == min(sum(owed, ZERO), sum(claims, ZERO))
    for n, each in enumerate(owed):
        paid = sum((use.amount for use in found.uses if use.payable == n), ZERO)
        assert paid + dict(found.money).get(n, ZERO) == each
    for n, each in enumerate(claims):
        assert sum((use.amount for use in found.uses if use.set_off == n), ZERO) <= each


D = Decimal


@pytest.mark.clause("P0")
def test_the_three_conditions_have_figures_where_there_are_facts() -> None:
    assert score.score(score.Facts()) == {"unit_price": None, "delivery": None, "quality": None}
    found = score.score(
        score.Facts(prices_kept=1, prices=3, lines_in_time=2, lines_due=3, accepted=95, judged=100, claims=2)
    )
    assert found == {"unit_price": D("33.3"), "delivery": D("66.7"), "quality": D("93.0")}
    assert score.score(score.Facts(accepted=1, judged=100, claims=9))["quality"] == D("0.0")


@pytest.mark.clause("P0")
def test_a_fall_or_a_figure_newly_below_the_floor_opens_a_review() -> None:
    def fallen(before: dict[str, Decimal | None], now: dict[str, Decimal | None]) -> list[str]:
        return score.fallen(before, now, fall=D(10), floor=D(80))

    assert fallen({"delivery": D(100)}, {"delivery": D(90)}) == ["delivery"]
    assert fallen({"delivery": D(100)}, {"delivery": D("90.1")}) == []
    assert fallen({"quality": D(81)}, {"quality": D("79.9")}) == ["quality"]
    assert fallen({"quality": D(79)}, {"quality": D(78)}) == []
    assert fallen({}, {"quality": D(50), "unit_price": D(80)}) == ["quality"]
    assert fallen({"quality": D(100)}, {"quality": None}) == []
