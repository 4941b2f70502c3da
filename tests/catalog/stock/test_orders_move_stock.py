"""Orders take goods out of the stock and bring them back; what the catalog does not know waits for a person."""

from __future__ import annotations

import pytest

from catalog.models import SkuAlias, StockMovement, UnmatchedGoods
from catalog.services import goods
from catalog.services.stock.orders import dismiss_goods, goods_back, match_goods
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.catalog.shelf import HOUR, NOW, channel, sku
from tests.catalog.stock.arrange import received, sold, stock, take_over
from tests.catalog.test_listing import listed, on_sale
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
Waiting = UnmatchedGoods.State.WAITING


@pytest.mark.clause("C10.10")
def test_an_order_that_is_taken_over_takes_its_goods_out_once() -> None:
    made = received(sku(), 10)
    for _again in range(2):
        take_over(sold(("SF-2301", 3), ("SF-2301", 1)))
    assert stock(made) == 6
    movement = StockMovement.objects.filter(source="order").first()
    assert movement is not None
    assert (movement.reference, movement.order_id, movement.change) == ("TM01/7", 7, -3)


def test_an_oversold_order_is_entered_below_zero_and_the_keepers_are_told_once() -> None:
    made = received(sku(), 2)
    keeper = person("xu_warehouse")
    take_over(sold(("SF-2301", 3)))
    take_over(sold(("SF-2301", 1), id=8))
    assert stock(made) == -2
    [notice] = Notice.objects.filter(kind="catalog.oversold", recipient=keeper)
    assert notice.params["missing"] == 1
    assert notice.urgent


def test_goods_arriving_for_an_oversold_sku_may_leave_it_below_zero_still() -> None:
    made = received(sku(), 1)
    take_over(sold(("SF-2301", 5)))
    received(made, 2)
    assert stock(made) == -2


def test_an_order_that_is_called_off_brings_back_what_is_not_back_yet_once() -> None:
    made = received(sku(), 10)
    take_over(sold(("SF-2301", 3)))
    for _again in range(2):
        goods_back(order_id=7, by=None, now=NOW + HOUR)
    assert stock(made) == 10
    assert goods_back(order_id=987654, by=None, now=NOW) == []


def test_a_barcode_and_a_name_once_matched_find_the_sku() -> None:
    made = received(sku(), 10)
    goods.update_sku(
        sku_id=made.pk, spec="雾灰", barcode="6917000000017", active=True, by=person("ma_product"), now=NOW
    )
    take_over(sold((" 6917000000017 ", 1)))
    assert stock(made) == 9
    take_over(sold(("老款三人位", 2), id=8))
    [row] = UnmatchedGoods.objects.all()
    match_goods(unmatched_id=row.pk, sku_code=" SF-2301 ", by=person("xu_warehouse"), now=NOW)
    take_over(sold(("老款三人位", 1), id=9))
    take_over(sold(("老款三人位", 1), id=10, shop="JD01"))  # another shop may mean another thing
    assert stock(made) == 6
    assert SkuAlias.objects.get().shop == "TM01"
    assert UnmatchedGoods.objects.get(state=Waiting).order_id == 10


@pytest.mark.parametrize(
    ("code", "quantity", "why"), [("XX", 1, "unknown"), ("", 1, "no_code"), ("SF-2301", "1.5", "fraction")]
)
def test_what_cannot_be_matched_waits_and_is_told(code: str, quantity: str | int, why: str) -> None:
    made = received(sku(), 10)
    keeper = person("xu_warehouse")
    for _again in range(2):
        take_over(sold((code, quantity)))
    [row] = UnmatchedGoods.objects.all()
    assert (row.why, row.state, stock(made)) == (why, "waiting", 10)
    assert Notice.objects.filter(kind="catalog.goods_unmatched", recipient=keeper).count() == 1


def test_a_line_of_no_pieces_moves_nothing() -> None:
    made = received(sku(), 10)
    take_over(sold(("SF-2301", 0), ("XX", 0)))
    assert stock(made) == 10
    assert not UnmatchedGoods.objects.exists()


def test_a_fraction_is_matched_with_the_pieces_a_person_says() -> None:
    made = received(sku(), 10)
    take_over(sold(("SF-2301", "1.5")))
    [row] = UnmatchedGoods.objects.all()
    with pytest.raises(Invalid) as caught:
        match_goods(unmatched_id=row.pk, sku_code="nothing", by=person("xu_warehouse"), now=NOW)
    assert {error["path"] for error in caught.value.errors} == {"pieces", "sku_code"}
    match_goods(unmatched_id=row.pk, sku_code="SF-2301", pieces=2, by=person("xu_warehouse"), now=NOW)
    assert stock(made) == 8


def test_matched_goods_come_back_too_and_waiting_ones_are_let_go() -> None:
    made = received(sku(), 10)
    take_over(sold(("沙发", 2), ("邮费", 1)))
    first, second = UnmatchedGoods.objects.order_by("position")
    match_goods(unmatched_id=first.pk, sku_code="SF-2301", by=person("xu_warehouse"), now=NOW)
    goods_back(order_id=7, by=None, now=NOW + HOUR)
    second.refresh_from_db()
    assert (stock(made), second.state) == (10, "back")


def test_a_line_that_is_no_stock_is_dismissed_with_a_word() -> None:
    take_over(sold(("运费", 1)))
    [row] = UnmatchedGoods.objects.all()
    keeper = person("xu_warehouse")
    with pytest.raises(Invalid):
        dismiss_goods(unmatched_id=row.pk, note=" ", by=keeper, now=NOW)
    dismiss_goods(unmatched_id=row.pk, note="运费", by=keeper, now=NOW)
    with pytest.raises(Conflict):
        match_goods(unmatched_id=row.pk, sku_code="SF-2301", by=keeper, now=NOW)
    with pytest.raises(NotFound):
        dismiss_goods(unmatched_id=987654, note="x", by=keeper, now=NOW)
    outsider = person("li_lei")
    with pytest.raises(Forbidden):
        match_goods(unmatched_id=row.pk, sku_code="x", by=outsider, now=NOW)
    with pytest.raises(Forbidden):
        dismiss_goods(unmatched_id=row.pk, note="x", by=outsider, now=NOW)


def test_lines_that_wait_under_one_name_are_told_once_and_matched_together() -> None:
    made = received(sku(), 10)
    keeper = person("xu_warehouse")
    for number in (7, 8, 9):
        take_over(sold(("老款三人位", 1), id=number))
    assert Notice.objects.filter(kind="catalog.goods_unmatched", recipient=keeper).count() == 1
    first = UnmatchedGoods.objects.order_by("pk").first()
    assert first is not None
    match_goods(unmatched_id=first.pk, sku_code="SF-2301", by=keeper, now=NOW)
    assert stock(made) == 7
    assert not UnmatchedGoods.objects.filter(state=Waiting).exists()


@pytest.mark.clause("C11.2b")
def test_the_last_piece_that_an_order_takes_closes_the_shelf_and_a_return_does_not_open_it() -> None:
    on = channel()
    made = listed(on, pieces=2)
    take_over(sold((made.code, 1)))
    assert on_sale(made, on)
    take_over(sold((made.code, 1), id=8))
    assert not on_sale(made, on)
    goods_back(order_id=8, by=None, now=NOW + HOUR)
    assert stock(made) == 1
    assert not on_sale(made, on)
