"""The demo's stock, what channels show of it, and its market: counts in every state, differences, a week summed up."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from catalog.models import (
    Category,
    Channel,
    ChannelListing,
    Feed,
    LiveDifference,
    Sku,
    StockCount,
    UnmatchedGoods,
)
from catalog.rules.count_file import read_counts
from catalog.rules.feeds import Reading
from catalog.rules.live import Shown
from catalog.rules.market_file import read_market
from catalog.selectors.prices import live_prices
from catalog.services import live, market
from catalog.services.market import SeenPrice
from catalog.services.stock import counting, moving
from catalog.services.stock.counting import Entry
from catalog.services.stock.imports import import_counts
from catalog.services.stock.orders import (
    SoldLine,
    SoldOrder,
    dismiss_goods,
    goods_back,
    goods_out,
    match_goods,
)
from catalog.services.stock.writing import balances
from ecdept.demo.stage import Stage
from office.approvals import api as approvals
from office.notices.models import Notice
from office.notices.services import mark_read
from office.rulebook import api as rulebook
from office.tables.table import Row

#: Sold more often than there is; who moves stock, and has read of goods that are matched since.
SHORT = ("LT-7011",)
KEEPERS = ("W001", "P001", "E001", "M001")
FEED = "feeds.yuanfan.example"
RIVALS = ("同城家居旗舰店", "宜居优选", "木匠工坊")
SUMMARY = (
    "本周沙发类竞品普遍直降 3% 左右，同城家居在做满减；床垫和书架价格稳定。\n"
    "建议：主推款三人沙发跟进一次限时促销，书架暂不调价；下周重点看餐桌。"
)


def play(stage: Stage) -> None:
    if not Sku.objects.exists():
        return  # the demo's goods come with the catalog's own part
    matched(stage)
    counts(stage)
    orders(stage)
    settled(stage)
    channels(stage)
    gathered(stage)


def matched(stage: Stage) -> None:
    """The orders of the last days were taken over before the catalog was filled: their goods are matched now, and more
    was delivered where it is short."""
    keeper = stage.who("W001")
    waiting = UnmatchedGoods.objects.filter(state=UnmatchedGoods.State.WAITING)
    skus = {sku.code: sku for sku in Sku.objects.filter(code__in=waiting.values("code"))}
    sold: dict[str, int] = {}
    for row in waiting.filter(code__in=skus):
        sold[row.code] = sold.get(row.code, 0) + int(row.quantity)
    left = balances(sku.pk for sku in skus.values())
    for code, pieces in sold.items():
        if code not in SHORT and left[skus[code].pk] < pieces + 3:
            moving.receive(
                sku_id=skus[code].pk, pieces=pieces, reference="RK-1090", by=keeper, now=stage.ago(days=5)
            )
    seen: set[tuple[str, str]] = set()
    for row in waiting.filter(code__in=skus).order_by("pk"):
        if (row.shop, row.code) not in seen:
            seen.add((row.shop, row.code))
            match_goods(unmatched_id=row.pk, sku_code=row.code, by=keeper, now=row.at)
    for number in KEEPERS:
        told = Notice.objects.filter(recipient=stage.who(number), kind="catalog.goods_unmatched")
        mark_read(notice_ids=told.values_list("pk", flat=True), by=stage.who(number), now=stage.now)


def counts(stage: Stage) -> None:
    """The first count opens the books, one is agreed to, one waits for agreement, one is half entered."""
    keeper = stage.who("W001")
    categories = list(Category.objects.filter(products__skus__active=True).distinct().order_by("pk"))
    for number, category in enumerate(categories):
        at = stage.ago(days=6 - number % 2, hours=number % 5)
        count = counting.open_count(category_id=category.pk, by=keeper, now=at)
        _hand_in(stage, count, at + timedelta(hours=1))
    for count in counting.open_due_counts(now=stage.ago(days=2.5)):
        if (
            count.category_id != categories[-1].pk
        ):  # that one is not counted in time: the next one's turn comes
            _hand_in(stage, count, stage.ago(days=2.2))
    small, large, refused, half = (category.pk for category in categories[:4])
    for category_id, missing, verdict in ((small, 12, "agree"), (large, 11, ""), (refused, 13, "reject")):
        at = stage.ago(days=1, hours=4) if verdict else stage.ago(hours=5)
        count = counting.open_count(category_id=category_id, by=keeper, now=at)
        run = _hand_in(stage, count, at + timedelta(hours=1), missing=missing)
        if run is not None and verdict == "agree":
            stage.until_agreed(run, at=at + timedelta(hours=3))
        elif run is not None and verdict == "reject":
            stage.reject(run, at=at + timedelta(hours=3), reason="请复盘后再报，监控显示货在二号库。")
    open_ones = counting.open_due_counts(now=stage.now)
    found = next((each for each in open_ones if each.category_id == half), None)
    begun = found or counting.open_count(category_id=half, by=keeper, now=stage.ago(hours=1))
    goods = list(counting.goods_of(half).order_by("code"))[:1]
    entries = [Entry(sku.pk, balances([sku.pk])[sku.pk]) for sku in goods]
    counting.enter_counts(count_id=begun.pk, entries=entries, by=keeper, now=stage.now)
    figures: list[Row] = [(1, ["款号", "实盘数量"])]
    figures += [(2, [sku.code, str(balances([sku.pk])[sku.pk])]) for sku in goods]
    figures.append((3, ["SF-0000", "2"]))
    import_counts(
        count_id=begun.pk, filename="仓库盘点表.xlsx", content=read_counts(figures), by=keeper, now=stage.now
    )


def _hand_in(stage: Stage, count: StockCount, at: datetime, *, missing: int = 0) -> approvals.Run | None:
    goods = list(counting.goods_of(count.category_id).order_by("code"))
    left = balances(sku.pk for sku in goods)
    fullest = max(left, key=lambda key: left[key])
    entries = []
    for sku in goods:
        counted = max(0, left[sku.pk])
        if sku.pk == fullest and missing and counted:
            entries.append(Entry(sku.pk, max(0, counted - missing), "lost", "连续两次未找到，怀疑错发"))
        else:
            entries.append(Entry(sku.pk, counted, "found" if left[sku.pk] < 0 else ""))
    return counting.hand_in_count(
        count_id=count.pk, entries=entries, by=stage.who("W001"), now=at, comment="盘点差异，请审批"
    )[1]


def orders(stage: Stage) -> None:
    """Goods that the catalog does not know, a return, and a SKU that was sold more often than there was."""
    by = stage.who("P001")
    sku = Sku.objects.order_by("code").last()
    if sku is None:
        return
    left = balances([sku.pk])[sku.pk]
    strange = [
        SoldLine(1, "YF-SHENG", "运费补差", Decimal(1)),
        SoldLine(2, "SF2301-老款", "三人沙发 老款", Decimal(1)),
    ]
    for number, lines in (
        (900_001, strange),
        (900_002, [SoldLine(1, sku.code, "", Decimal(max(0, left) + 2))]),
    ):
        order = SoldOrder(number, f"TM01/{number}", "TM01", lines)
        goods_out(order=order, by=by, now=stage.ago(hours=6))
    cheap = Sku.objects.filter(cost__gt=0).order_by("cost").first()  # dearer ones are counted, not corrected
    if cheap is not None:
        moving.correct_stock(
            sku_id=cheap.pk, change=1, reason="found", note="上次漏点，在样品架上找到", by=stage.who("W001"),
            now=stage.ago(hours=18),
        )  # fmt: skip
    other = Sku.objects.order_by("code").first()
    if other is not None:
        order = SoldOrder(900_003, "JD01/900003", "JD01", [SoldLine(1, other.code, "", Decimal(2))])
        [out] = goods_out(order=order, by=by, now=stage.ago(days=2))
        moving.put_back(
            movement_id=out.pk, pieces=1, reason="returned", note="颜色不合，外包装完好",
            by=stage.who("W001"), now=stage.ago(hours=20),
        )  # fmt: skip


def settled(stage: Stage) -> None:
    """A line that is no stock of ours, and one whose order was called off before anybody had matched it."""
    by = stage.who("P001")
    for number, line in (
        (900_004, SoldLine(1, "FW-AZ", "上门安装服务", Decimal(1))),
        (900_005, SoldLine(1, "DS6003-旧款", "实木书桌 旧款", Decimal(1))),
    ):
        order = SoldOrder(number, f"TM01/{number}", "TM01", [line])
        goods_out(order=order, by=by, now=stage.ago(days=1))
    service = UnmatchedGoods.objects.get(order_id=900_004)
    dismiss_goods(
        unmatched_id=service.pk, note="安装服务，不占库存", by=stage.who("W001"), now=stage.ago(hours=20)
    )
    goods_back(order_id=900_005, by=by, now=stage.ago(hours=19))


def channels(stage: Stage) -> None:
    """One channel agrees after it was set right, one differs in each way; one is read by its feed."""
    officer = stage.who("E001")
    for number, channel in enumerate(
        Channel.objects.filter(listings__listed=True).distinct().order_by("code")[:2]
    ):
        listed = list(ChannelListing.objects.filter(channel=channel, listed=True).select_related("sku"))
        prices = live_prices([row.sku_id for row in listed], [channel.pk], stage.now)
        shown = [
            Shown(row.sku.code, held.price if (held := prices.get((row.sku_id, channel.pk))) else None)
            for row in listed
        ]
        wrong = [*shown[1:-1], Shown("ZX-0001", Decimal("99.00"))]
        if shown:
            wrong.append(Shown(shown[0].code, (shown[0].price or Decimal(100)) - Decimal(20)))
        unlisted = (
            Sku.objects.exclude(listings__channel=channel, listings__listed=True).order_by("-code").first()
        )
        if unlisted is not None:
            wrong.append(Shown(unlisted.code, Decimal("188.00")))
        _check(stage, channel, wrong, hours=9)
        if number == 0:
            _check(stage, channel, shown or wrong[:-2], hours=3)
            # Invented, and on no list of hosts: what it gave is told here, and nothing is asked over the network.
            at = stage.ago(hours=1)
            Feed.objects.create(channel=channel, url=f"https://{FEED}/products.csv", active=False, read_at=at)
            _check(stage, channel, shown or wrong[:-2], hours=1, source="feed", name=FEED)
    rows = LiveDifference.objects.filter(closed_at=None).order_by("pk")
    for row, act in zip(rows, ("take", "solve"), strict=False):
        if act == "take":
            live.take_difference(difference_id=row.pk, by=officer, now=stage.ago(hours=2))
        else:
            live.solve_difference(
                difference_id=row.pk, reason="促销提前结束，后台已改回", by=officer, now=stage.ago(hours=1)
            )


def _check(
    stage: Stage, channel: Channel, shown: list[Shown], *, hours: int, source: str = "file", name: str = ""
) -> None:
    if shown:
        live.check_live(
            channel_id=channel.pk, reading=Reading(shown, ()), source=source,
            name=name or f"{channel.name} 在售商品.csv", whole=True,
            by=stage.who("E001") if source == "file" else None, now=stage.ago(hours=hours),
        )  # fmt: skip


def gathered(stage: Stage) -> None:
    """Three competitors over eight weeks; last week summed up and acknowledged, this week open."""
    officer = stage.who("E001")
    skus = list(Sku.objects.exclude(cost=None).order_by("code")[:6])
    rows = []
    for place, sku in enumerate(skus):
        base = (sku.cost or Decimal(100)) * Decimal("1.6")
        for week in range(8):
            on = timezone.localdate(stage.ago(days=7 * week + place % 3))
            for number, rival in enumerate(RIVALS[: 2 + place % 2]):
                drift = Decimal(97 + number * 3 + (week * (place + 1)) % 5) / 100
                rows.append(SeenPrice(sku.pk, rival, (base * drift).quantize(Decimal("1")), on))
    market.keep_seen(rows, source="hand", by=officer, now=stage.now)
    today = timezone.localdate(stage.now)
    sheet: list[Row] = [(1, ["款号", "竞品", "价格"])]
    sheet += [(place, [sku.code, "线下卖场", "1599"]) for place, sku in enumerate(skus[:2], 2)]
    market.import_prices(
        filename="卖场巡价.xlsx", content=read_market(sheet, today), by=officer, now=stage.now
    )
    if not rulebook.has_rule(market.SCHEDULE, stage.now):
        return
    for days in (14, 7):
        summary = market.open_due_summary(now=stage.ago(days=days))
        if summary is not None:
            handed = min(summary.ends_at - timedelta(hours=5), stage.ago(minutes=30))
            market.hand_in_summary(summary_id=summary.pk, text=SUMMARY, by=officer, now=handed)
            if days == 14:
                market.acknowledge_summary(
                    summary_id=summary.pk, answer="同意，促销方案周三前报我。", by=stage.who("N001"),
                    now=handed + timedelta(hours=2),
                )  # fmt: skip
    market.open_due_summary(now=stage.now)
