"""Stock in tests: goods on the shelf, orders that take them, counts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from catalog.models import Sku, StockBalance, StockCount
from catalog.services.stock import counting, moving
from catalog.services.stock.counting import Entry
from catalog.services.stock.orders import SoldLine, SoldOrder, goods_out
from office.approvals.models import Run
from tests.catalog.shelf import NOW
from tests.people import person


def stock(of: Sku) -> int:
    found = StockBalance.objects.filter(pk=of.pk).first()
    return found.quantity if found else 0


def received(of: Sku, pieces: int, *, now: dt.datetime = NOW) -> Sku:
    moving.receive(sku_id=of.pk, pieces=pieces, reference="PO-1", by=person("xu_warehouse"), now=now)
    return of


def counted(of: Sku, *, now: dt.datetime = NOW) -> Sku:
    """Its category was counted, and everything was there."""
    count = counting_of(of, now=now)
    hand_in(count, *(Entry(each.pk, stock(each)) for each in counting.goods_of(count.category_id)), now=now)
    return of


def sold(*lines: tuple[str, str | int], id: int = 7, shop: str = "TM01", title: str = "沙发") -> SoldOrder:
    return SoldOrder(
        id,
        f"{shop}/{id}",
        shop,
        [
            SoldLine(position, code, title, Decimal(quantity))
            for position, (code, quantity) in enumerate(lines, start=1)
        ],
    )


def take_over(order: SoldOrder, *, now: dt.datetime = NOW) -> None:
    goods_out(order=order, by=person("zhao_operations"), now=now)


def counting_of(of: Sku, *, who: str = "xu_warehouse", now: dt.datetime = NOW) -> StockCount:
    return counting.open_count(category_id=of.product.category_id, by=person(who), now=now)


def hand_in(
    count: StockCount, *entries: Entry, who: str = "xu_warehouse", now: dt.datetime = NOW
) -> Run | None:
    return counting.hand_in_count(count_id=count.pk, entries=entries, by=person(who), now=now)[1]
