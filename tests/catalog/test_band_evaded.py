"""A price is judged by all that it takes the place of, by what precedes and follows it, and again when carried out."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from catalog.models import Price
from catalog.selectors.prices import price_at
from catalog.services.pricing import propose_prices
from office.approvals import api as approvals
from office.errors import Refused
from office.rulebook import api as rulebook
from tests.catalog.asking import agree, ask_price, carry_out, priced, row
from tests.catalog.shelf import DAY, HOUR, NOW, channel, sku
from tests.people import person

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.clause("C11.1")]


def test_a_price_for_all_channels_is_measured_by_the_price_of_one_that_it_hides() -> None:
    made, on = sku(cost="100.00"), channel()
    priced(made, "2400.00", on=on)
    run = ask_price(made, "500.00", now=NOW + DAY)
    assert (run.chain, run.flags) == ("catalog.price_unusual", ["out_of_band"])
    assert run.payload["rows"][0]["before"] == "2400.00"
    said = {change.field: change for change in approvals.kind_of(run.kind).changes(run)}
    assert "官网商城" in str(said["reasons"].after)
    assert "¥2,400.00" in str(said["reasons"].after)


def test_the_worst_of_the_channels_decides() -> None:
    made, first, second = sku(cost="100.00"), channel(), channel("TMALL", "天猫")
    priced(made, "1000.00", on=first)
    priced(made, "2000.00", on=second)
    assert ask_price(made, "1100.00", now=NOW + DAY).flags == ["out_of_band"]


def test_a_price_for_a_channel_is_measured_by_the_one_for_all_that_it_hides() -> None:
    made, on = sku(cost="100.00"), channel()
    priced(made, "2400.00")
    assert ask_price(made, "500.00", on=on, now=NOW + DAY).flags == ["out_of_band"]


def test_what_was_agreed_last_holds_and_is_what_counts() -> None:
    made, on = sku(cost="100.00"), channel()
    priced(made, "2000.00", on=on)
    priced(made, "2400.00", now=NOW + DAY)
    found = price_at(made.pk, NOW + 2 * DAY, on.pk)
    assert found is not None
    assert found.amount == Decimal("2400.00")
    assert ask_price(made, "2880.00", on=on, now=NOW + 2 * DAY).flags == []


def test_a_step_is_measured_from_the_price_that_holds_just_before_it() -> None:
    made = sku(cost="100.00")
    priced(made, "2400.00")
    carry_out(agree(ask_price(made, "1920.00", at=NOW + 2 * DAY)))
    run = ask_price(made, "2880.00", at=NOW + 5 * DAY)
    assert (run.flags, run.payload["rows"][0]["before"]) == (["out_of_band"], "1920.00")


def test_and_to_the_one_that_follows_it() -> None:
    made = sku(cost="100.00")
    priced(made, "2400.00")
    carry_out(agree(ask_price(made, "2880.00", at=NOW + 5 * DAY)))
    assert ask_price(made, "1920.00", at=NOW + 2 * DAY).flags == ["out_of_band"]


def test_a_step_that_is_usual_in_its_place_stays_usual() -> None:
    made = sku(cost="100.00")
    priced(made, "2400.00")
    carry_out(agree(ask_price(made, "2880.00", at=NOW + 2 * DAY)))
    assert ask_price(made, "3456.00", at=NOW + 5 * DAY).flags == []


def test_the_rows_of_one_request_are_steps_among_each_other() -> None:
    made, on = sku(cost="100.00"), channel()
    priced(made, "2400.00")
    rows = [row(made, "2880.00", on=on, at=NOW + 5 * DAY), row(made, "1920.00", at=NOW + 2 * DAY)]
    by = person("ma_product")
    run = propose_prices(rows=rows, by=by, now=NOW + DAY)
    assert run.flags == ["out_of_band"]


def test_of_two_from_one_instant_the_one_for_the_channel_counts_there() -> None:
    made, on = sku(cost="100.00"), channel()
    priced(made, "2400.00")
    rows = [row(made, "2000.00", on=on, at=NOW + DAY), row(made, "2500.00", at=NOW + DAY)]
    carry_out(agree(propose_prices(rows=rows, by=person("ma_product"), now=NOW + HOUR)), now=NOW + 2 * HOUR)
    there, elsewhere = price_at(made.pk, NOW + 2 * DAY, on.pk), price_at(made.pk, NOW + 2 * DAY)
    assert there is not None
    assert elsewhere is not None
    assert (there.amount, elsewhere.amount) == (Decimal("2000.00"), Decimal("2500.00"))


def test_a_row_that_is_outside_the_band_by_now_is_not_carried_out() -> None:
    """The rows that made it usual were refused, so that the step is another."""
    made, on = sku(cost="100.00"), channel()
    priced(made, "2400.00")
    rows = [row(made, "2880.00", at=NOW + 2 * DAY), row(made, "3400.00", on=on, at=NOW + 5 * DAY)]
    run = propose_prices(rows=rows, by=person("ma_product"), now=NOW + DAY)
    assert run.flags == []
    run = approvals.approve(
        run_id=run.pk, by=person("chen_manager"), now=NOW + DAY, refuse_rows=[0], comment="先不涨"
    )
    with pytest.raises(Refused) as refused:
        carry_out(run, now=NOW + DAY + HOUR)
    assert refused.value.code == "chain_differs"
    assert "¥2,400.00" in str(refused.value)
    assert "官网商城" in str(refused.value)
    assert Price.objects.count() == 1


def test_a_narrower_band_of_a_newer_book_counts_when_it_is_carried_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = sku(cost="100.00")
    priced(made, "2400.00")
    run = agree(ask_price(made, "2800.00", now=NOW + DAY), now=NOW + DAY)
    whole = rulebook.limit_rule("catalog.price_band", at=NOW)
    narrow = dataclasses.replace(whole, value=Decimal(10))
    monkeypatch.setattr("catalog.services.judging.rulebook.limit_rule", lambda key, at: narrow)
    with pytest.raises(Refused) as refused:
        carry_out(run, now=NOW + 2 * DAY)
    assert "10" in str(refused.value)
