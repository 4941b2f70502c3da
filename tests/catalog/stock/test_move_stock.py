"""What people enter: receipts, clearance, corrections, goods that come back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.models import StockMovement
from catalog.services.stock import moving
from office.audit.models import Entry as TrailEntry
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from tests.catalog.shelf import HOUR, NOW, sku
from tests.catalog.stock.arrange import counted, received, sold, stock, take_over
from tests.people import person

pytestmark = pytest.mark.django_db
site, mall = pytest.mark.usefixtures("site"), pytest.mark.usefixtures("mall")


@site
def test_goods_that_arrive_are_in_stock_and_in_the_trail() -> None:
    made = sku()
    movement = moving.receive(
        sku_id=made.pk, pieces=12, reference=" PO-7 ", by=person("xu_warehouse"), now=NOW
    )
    assert (stock(made), movement.after, movement.reference) == (12, 12, "PO-7")
    entry = TrailEntry.objects.get(verb="catalog.stock_received")
    assert (entry.subject_type, entry.clause) == ("sku", "C10.10")


@site
@pytest.mark.parametrize("pieces", [0, -3, 10_000_001])
def test_a_receipt_of_no_pieces_is_refused(pieces: int) -> None:
    with pytest.raises(Invalid) as caught:
        moving.receive(sku_id=sku().pk, pieces=pieces, by=person("xu_warehouse"), now=NOW)
    assert caught.value.errors[0]["path"] == "pieces"


@site
def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        moving.receive(sku_id=987654, pieces=1, by=person("xu_warehouse"), now=NOW)
    with pytest.raises(NotFound):
        moving.put_back(movement_id=987654, pieces=1, reason="returned", by=person("xu_warehouse"), now=NOW)


@site
@pytest.mark.parametrize("who", ["li_lei", "he_planner", "sun_admin", "zhou_general"])
def test_who_does_not_keep_the_stock_does_not_move_it(who: str) -> None:
    made = received(sku(), 5)
    acts: list[Callable[[], object]] = [
        lambda: moving.receive(sku_id=made.pk, pieces=1, by=person(who), now=NOW),
        lambda: moving.correct_stock(sku_id=made.pk, change=-1, reason="lost", by=person(who), now=NOW),
        lambda: moving.clear_stock(
            sku_id=made.pk, pieces=1, reason="buy_out", reference="x", by=person(who), now=NOW
        ),
        lambda: moving.put_back(movement_id=1, pieces=1, reason="returned", by=person(who), now=NOW),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert stock(made) == 5


@pytest.mark.clause("J1.11")
@mall
def test_stock_is_cleared_to_somebody_by_a_paper() -> None:
    made = received(sku(), 40)
    with pytest.raises(Invalid) as caught:
        moving.clear_stock(sku_id=made.pk, pieces=30, reason="", by=person("luo_buyer"), now=NOW)
    assert {error["path"] for error in caught.value.errors} == {"reference", "reason"}
    movement = moving.clear_stock(
        sku_id=made.pk,
        pieces=30,
        reason="distribution",
        reference="分销商 协议 12",
        by=person("luo_buyer"),
        now=NOW,
    )
    assert (stock(made), movement.change, movement.authority_clause) == (10, -30, "J1.11")


@site
def test_nobody_enters_more_than_there_is() -> None:
    made = received(sku(cost="1.00"), 3)
    with pytest.raises(Conflict) as caught:
        moving.clear_stock(
            sku_id=made.pk, pieces=4, reason="buy_out", reference="x", by=person("luo_buyer"), now=NOW
        )
    assert (caught.value.code, caught.value.params["stock"]) == ("not_enough", 3)
    with pytest.raises(Conflict):
        moving.correct_stock(sku_id=made.pk, change=-4, reason="lost", by=person("xu_warehouse"), now=NOW)
    assert stock(made) == 3


@site
def test_a_small_correction_needs_its_reason() -> None:
    made = received(sku(cost="10.00"), 8)
    with pytest.raises(Invalid):
        moving.correct_stock(sku_id=made.pk, change=-2, reason="", by=person("xu_warehouse"), now=NOW)
    with pytest.raises(Invalid) as caught:
        moving.correct_stock(sku_id=made.pk, change=-2, reason="other", by=person("xu_warehouse"), now=NOW)
    assert caught.value.errors[0]["path"] == "note"
    moving.correct_stock(sku_id=made.pk, change=-2, reason="damaged", by=person("xu_warehouse"), now=NOW)
    assert stock(made) == 6


@site
@pytest.mark.parametrize(("cost", "change"), [(None, 11), (None, -11), ("500.01", -1), ("60.00", 9)])
def test_a_correction_over_the_limit_is_counted_instead(cost: str | None, change: int) -> None:
    made = received(sku(cost=cost), 20)
    with pytest.raises(Refused) as caught:
        moving.correct_stock(sku_id=made.pk, change=change, reason="lost", by=person("xu_warehouse"), now=NOW)
    assert (caught.value.code, stock(made)) == ("beyond", 20)


@site
@pytest.mark.clause("C10.10")
def test_corrections_that_add_up_over_the_limit_are_counted_instead() -> None:
    made, keeper = received(sku(cost="1.00"), 40), person("xu_warehouse")

    def correct(change: int, hours: int) -> None:
        moving.correct_stock(sku_id=made.pk, change=change, reason="lost", by=keeper, now=NOW + hours * HOUR)

    correct(-6, 1)
    correct(2, 2)
    correct(-6, 3)
    with pytest.raises(Refused) as caught:
        correct(-1, 4)
    assert (caught.value.code, caught.value.params["since"], stock(made)) == ("beyond", -10, 30)
    correct(3, 5)
    counted(made, now=NOW + 6 * HOUR)
    with pytest.raises(Refused) as caught:
        correct(-4, 7)  # a count in between does not begin it anew
    assert (caught.value.params["since"], stock(made)) == (-7, 33)
    correct(-3, 8)
    counted(made, now=NOW + 30 * 24 * HOUR)
    correct(-10, 31 * 24)
    assert stock(made) == 20


@site
def test_a_return_goes_back_by_a_new_movement_and_never_more_than_left() -> None:
    made = received(sku(), 10)
    take_over(sold(("SF-2301", 3)))
    out = StockMovement.objects.get(source="order")
    moving.put_back(
        movement_id=out.pk, pieces=2, reason="returned", by=person("xu_warehouse"), now=NOW + HOUR
    )
    assert stock(made) == 9
    with pytest.raises(Conflict) as caught:
        moving.put_back(
            movement_id=out.pk, pieces=2, reason="returned", by=person("xu_warehouse"), now=NOW + HOUR
        )
    assert (caught.value.code, stock(made)) == ("too_many_back", 9)
