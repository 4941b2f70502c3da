"""Raw SQL with the application's login: nothing is dated back, and no correction is large."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from catalog.models import FinalText, ListingFact, Price, PromotionPrice, StockMovement
from catalog.services import content
from catalog.services.delisting import delist_at_zero
from catalog.services.stock import moving
from office.approvals import law
from office.rulebook import api as rulebook
from tests.catalog.asking import agree, as_if_carried_out, ask_price, priced, the_book
from tests.catalog.shelf import DAY, HOUR, MINUTE, NOW, channel, sku
from tests.catalog.stock.arrange import received, stock
from tests.catalog.test_listing import ask as ask_listing
from tests.catalog.test_listing import listed, ready
from tests.catalog.test_promotions import BEGIN, END, planned
from tests.catalog.test_promotions import ask as ask_promotion
from tests.people import person

pytestmark = pytest.mark.usefixtures("site")


def insert(table: str, **values: Any) -> str:
    """The constraint that refuses the row, "" when it stands."""
    names = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})",
                list(values.values()),
            )
    except DatabaseError as error:
        return str(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]
    return ""


@pytest.mark.clause("C11.1", "C7.5")
@pytest.mark.parametrize("ago", [DAY, MINUTE, -MINUTE])
def test_a_price_is_dated_when_it_was_carried_out(ago: dt.timedelta) -> None:
    made = sku()
    done_at = NOW + HOUR
    run = as_if_carried_out(agree(ask_price(made, "2400.00", at=NOW)), done_at)
    row = {
        "sku_id": made.pk, "amount": Decimal("2400.00"), "wanted_at": NOW, "authority_clause": "", "run_id": run.pk,
    }  # fmt: skip
    wrong = done_at - ago
    assert insert("catalog_price", **row, at=wrong, starts_at=max(wrong, NOW)) == "catalog_price_dated"
    assert insert("catalog_price", **row, at=done_at, starts_at=done_at) == ""
    assert Price.objects.get(sku=made).starts_at == done_at


@pytest.mark.clause("C11.2a")
def test_a_listing_is_dated_when_it_was_carried_out() -> None:
    made, on = ready(), channel()
    run = as_if_carried_out(agree(ask_listing(made, on)), NOW + HOUR)
    row = {"sku_id": made.pk, "channel_id": on.pk, "listed": True, "run_id": run.pk, "authority_clause": ""}
    assert insert("catalog_listingfact", **row, at=NOW) == "catalog_listingfact_dated"
    assert insert("catalog_listingfact", **row, at=NOW + HOUR) == ""


@pytest.mark.clause("C11.2b")
def test_goods_are_not_taken_off_sale_before_their_last_piece_left() -> None:
    on = channel()
    made = listed(on)
    moving.clear_stock(
        sku_id=made.pk, pieces=3, reason="buy_out", reference="x", by=person("luo_buyer"), now=NOW + HOUR
    )
    row = {"sku_id": made.pk, "channel_id": on.pk, "listed": False, "authority_clause": "C11.2b"}
    assert insert("catalog_listingfact", **row, at=NOW + MINUTE) == "catalog_listing_dated"
    assert insert("catalog_listingfact", **row, at=NOW + 2 * HOUR) == ""
    assert delist_at_zero(sku_ids=[made.pk], by=None, now=NOW + 3 * HOUR) == []
    assert ListingFact.objects.filter(sku=made).count() == 3


@pytest.mark.clause("C11.3")
def test_a_promotion_price_is_dated_when_it_was_carried_out() -> None:
    on, of = channel(), sku()
    priced(of, "2400.00")
    made = planned(on)
    run = as_if_carried_out(agree(ask_promotion(made, of, on)), BEGIN + HOUR)
    row = {
        "promotion_id": made.pk, "sku_id": of.pk, "channel_id": on.pk, "rule": "percent", "value": Decimal(80),
        "wanted_from": BEGIN, "wanted_until": END, "may_overlap": False, "run_id": run.pk, "authority_clause": "",
    }  # fmt: skip
    early, right = (
        f"[{BEGIN.isoformat()},{END.isoformat()})",
        f"[{(BEGIN + HOUR).isoformat()},{END.isoformat()})",
    )
    assert insert("catalog_promotionprice", **row, at=NOW, during=early) == "catalog_promotionprice_dated"
    assert insert("catalog_promotionprice", **row, at=BEGIN + HOUR, during=right) == ""
    assert PromotionPrice.objects.count() == 1


@pytest.mark.clause("J4")
def test_a_final_text_is_dated_when_it_was_approved() -> None:
    made = sku()
    content.write_text(
        product_id=made.product_id,
        title="沙发",
        points="",
        body="可拆洗。",
        by=person("tang_writer"),
        now=NOW,
    )
    agree(content.ask_text(product_id=made.product_id, by=person("tang_writer"), now=NOW))
    final = FinalText.objects.get()
    row = {
        "product_id": final.product_id, "text_id": final.text_id, "sha256": final.sha256, "run_id": final.run_id,
        "authority_clause": "", "at": NOW - DAY,
    }  # fmt: skip
    assert insert("catalog_finaltext", **row) == "catalog_finaltext_dated"


MOVE = {"after": 0, "reason": "lost", "note": "", "reference": "", "key": "", "authority_clause": "C10.10"}


@pytest.mark.clause("C10.10")
@pytest.mark.parametrize("source", ["receipt", "correction", "order_back"])
def test_stock_is_not_moved_in_the_past(source: str) -> None:
    made = received(sku(cost="1.00"), 5, now=NOW + HOUR)
    row = {**MOVE, "sku_id": made.pk, "source": source, "change": 1}
    assert insert("catalog_stockmovement", **row, at=NOW + HOUR - MINUTE) == "catalog_stock_dated"
    assert insert("catalog_stockmovement", **row, at=NOW + HOUR) == ""


def test_stock_does_not_move_before_there_was_the_sku() -> None:
    made = sku()
    row = {**MOVE, "sku_id": made.pk, "source": "receipt", "change": 1}
    assert insert("catalog_stockmovement", **row, at=NOW - MINUTE) == "catalog_stock_dated"


def test_whoever_waited_for_the_lock_moves_after_the_one_before_him() -> None:
    made = received(sku(), 5, now=NOW + HOUR)
    late = moving.receive(sku_id=made.pk, pieces=1, by=person("xu_warehouse"), now=NOW + HOUR - MINUTE)
    assert (late.at, stock(made)) == (NOW + HOUR, 6)


@pytest.mark.clause("C10.10")
@pytest.mark.parametrize(
    ("cost", "change", "stands"),
    [
        ("10.00", 10, True), ("10.00", -10, True), ("10.00", 11, False), ("10.00", -11, False), (None, 10, True),
        (None, 11, False), ("60.00", 8, True), ("60.00", 9, False), ("60.00", -5000, False),
    ],
)  # fmt: skip
def test_a_correction_is_held_to_the_books_limits(cost: str | None, change: int, stands: bool) -> None:
    made = received(sku(cost=cost), 6000)
    row = {**MOVE, "sku_id": made.pk, "source": "correction", "change": change}
    found = insert("catalog_stockmovement", **row, at=NOW + HOUR)
    assert found == ("" if stands else "catalog_correction_small")


@pytest.mark.clause("J6")
def test_the_limits_are_those_of_the_book_in_force() -> None:
    the_book("mall", NOW - DAY)
    assert rulebook.book(NOW).code == "mall"
    made = received(sku(cost="1.00"), 60)
    row = {**MOVE, "sku_id": made.pk, "source": "correction", "authority_clause": "J6"}
    assert insert("catalog_stockmovement", **row, change=11, at=NOW + HOUR) == "catalog_correction_small"
    assert insert("catalog_stockmovement", **row, change=10, at=NOW + HOUR) == ""
    assert StockMovement.objects.latest("pk").change == 10


def test_without_a_book_there_is_no_correction() -> None:
    made = received(sku(cost="1.00"), 5)
    row = {**MOVE, "sku_id": made.pk, "source": "correction", "change": 1}
    with connection.cursor() as cursor:
        cursor.execute("SELECT catalog_limit('catalog.variance_pieces', %s)", [NOW - 3000 * DAY])
        assert cursor.fetchone() in (None, (None,))
    assert insert("catalog_stockmovement", **row, at=NOW + HOUR) == ""


def test_names_that_are_none_are_refused() -> None:
    for names in ({"table": "x; drop"}, {"table": "x", "at_column": "y z"}):
        with pytest.raises(ValueError, match="not names"):
            law.dated(**names)
