"""The demo's goods: on the shelf and off, prices in every state, texts, pictures; by the catalog's own verbs."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from PIL import Image, ImageDraw

from catalog.models import Category, Channel, PriceSheet, Product, Sku
from catalog.services import content, goods, listing, pricing
from catalog.services.pricing import Competitor, Proposed
from catalog.services.stock import counting, moving
from catalog.services.stock.counting import Entry
from catalog.services.stock.writing import balances
from catalog.services.uploads import Sent, keep_evidence
from ecdept.demo.company import SHOPS
from ecdept.demo.goods import GOODS
from ecdept.demo.stage import Stage
from office.approvals.models import Run
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Employee

#: Product → its category and the style numbers of GOODS that belong to it.
PRODUCTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("北欧布艺沙发", "客厅", ("SF-2301", "SF-2307")),
    ("客厅茶几", "客厅", ("CT-1102", "CT-1108")),
    ("实木双人床", "卧室", ("BD-4010",)),
    ("儿童床", "卧室", ("BD-4022",)),
    ("乳胶床垫", "卧室", ("MT-5001",)),
    ("伸缩餐桌", "餐厅", ("TB-3005",)),
    ("餐椅与办公椅", "餐厅", ("CH-3011", "CH-3020")),
    ("实木书桌", "书房", ("DS-6003",)),
    ("五层书架", "书房", ("BK-6010",)),
    ("落地灯与壁灯", "灯饰", ("LT-7004", "LT-7011")),
    ("玄关储物柜", "收纳", ("CB-8002", "CB-8009")),
    ("羊毛地毯与窗帘", "软装", ("RG-9001", "CU-9105")),
)
COLOURS = ("#8fa3ad", "#b79f86", "#7d8c78", "#a58b9b", "#91a7c0", "#c0a76f")
SEEN = "已核对前台页面：https://www.example.com/item/"


def asker(stage: Stage, kind: str, at: datetime) -> Employee:
    """The first who may ask for this by the book in force."""
    for post in rulebook.chain_rule(kind, at=at).proposer:
        for held in staff.holders(post, at):
            if held.number in stage.people:
                return held
    raise LookupError(f"nobody asks for {kind}")


def rivals(price: int, at: datetime) -> tuple[Competitor, ...]:
    """What two shops asked two days before."""
    on = timezone.localtime(at - timedelta(days=2)).date()
    return (
        Competitor("同城家居旗舰店", Decimal(price * 103 // 100), on, "https://shop.example.com/a"),
        Competitor("宜居优选", Decimal(price * 98 // 100), on),
    )


class Shelf:
    """The goods as the demo makes them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.start = stage.ago(days=30)
        self.skus: dict[str, Sku] = {}
        self.products: list[Product] = []
        self.channels: dict[str, Channel] = {}

    def build(self) -> None:
        """Channels, products, SKUs with cost, goods received, first prices out of one table."""
        stage, at = self.stage, self.start
        keeper, store = stage.who("P002"), stage.who("W001")
        for shop in SHOPS:
            self.channels[shop.code] = goods.add_channel(code=shop.code, name=shop.name, by=keeper, now=at)
        known = {code: (title, price) for code, title, price in GOODS}
        ranges = {
            name: goods.add_category(name=name, by=keeper, now=at)
            for name in dict.fromkeys(category for _title, category, _codes in PRODUCTS)
        }
        for title, category, codes in PRODUCTS:
            made = goods.add_product(
                title=title, category_id=ranges[category].pk, brand="远帆家居", by=keeper, now=at
            )
            self.products.append(made)
            for code in codes:
                price = known[code][1]
                self.skus[code] = goods.add_sku(
                    product_id=made.pk, code=code, spec=known[code][0], cost=Decimal(price * 62 // 100),
                    barcode=f"69012345{len(self.skus):05}", by=keeper, now=at,
                )  # fmt: skip
        for number, sku in enumerate(self.skus.values()):
            if sku.code != "RG-9001":  # nothing of it has come in yet
                moving.receive(
                    sku_id=sku.pk, pieces=1 if sku.code == "LT-7011" else 12 + number, reference=f"RK-{1000 + number}",
                    by=store, now=at + timedelta(hours=2),
                )  # fmt: skip
        for category_made in ranges.values():
            self._counted(category_made, at + timedelta(hours=3))
        self._first_prices(known)

    def _counted(self, category: Category, at: datetime) -> None:
        """What came in is counted, and all of it is there."""
        keeper = self.stage.who("W001")
        count = counting.open_count(category_id=category.pk, by=keeper, now=at)
        codes = list(counting.goods_of(category.pk))
        left = balances(sku.pk for sku in codes)
        entries = [Entry(sku.pk, left[sku.pk]) for sku in codes]
        counting.hand_in_count(count_id=count.pk, entries=entries, by=keeper, now=at + timedelta(hours=1))

    def _first_prices(self, known: dict[str, tuple[str, int]]) -> None:
        stage, at = self.stage, self.stage.ago(days=28)
        by = asker(stage, pricing.KIND, at)
        codes = [code for code in self.skus if code != "CU-9105"]
        lines = [
            {"n": n, "code": code, "price": str(known[code][1]), "source": "同城家居旗舰店"}
            for n, code in enumerate(codes, 2)
        ]
        sheet = PriceSheet.objects.create(filename="首批定价.xlsx", lines=lines, by=by, at=at)
        rows = [
            Proposed(self.skus[code].pk, None, Decimal(known[code][1]), at, rivals(known[code][1], at))
            for code in codes
        ]
        run = pricing.propose_prices(rows=rows, by=by, now=at, sheet=sheet, comment="首批商品统一定价")
        stage.until_agreed(run, at=at + timedelta(hours=3))
        stage.execute(Run.objects.get(pk=run.pk), at=at + timedelta(hours=6), evidence=f"{SEEN}list")

    def show(self) -> None:
        """Pictures for all but the last; texts in every state."""
        stage, at = self.stage, self.stage.ago(days=26)
        for number, made in enumerate(self.products[:-1]):
            content.add_picture(
                product_id=made.pk,
                sent=Sent(picture(number), f"{made.title}.png"),
                caption="正面",
                by=stage.who("D001"),
                now=at,
            )
        writer = asker(stage, content.KIND, at)
        for number, made in enumerate(self.products[:10]):
            self._write(made, at, writer, f"{made.title}，环保板材，五年质保，送货到家。")
            if number < 7:
                run = content.ask_text(product_id=made.pk, by=writer, now=at)
                stage.until_agreed(run, at=at + timedelta(hours=1))
        waiting, returned = self.products[7], self.products[8]
        content.ask_text(product_id=waiting.pk, by=writer, now=stage.ago(hours=5))
        run = content.ask_text(product_id=returned.pk, by=writer, now=stage.ago(days=1))
        stage.give_back(run, at=stage.ago(hours=20), reason="请补充尺寸和承重。")
        self._write(self.products[0], stage.ago(days=3), writer, "新增三色可选，布套可拆洗，五年质保。")

    def _write(self, made: Product, at: datetime, by: Employee, body: str) -> None:
        content.write_text(
            product_id=made.pk, title=made.title, points="环保板材\n五年质保", body=body, by=by, now=at
        )

    def list_goods(self) -> None:
        """On sale, one waiting, one agreed, one taken off with a reason, one without stock."""
        stage, at = self.stage, self.stage.ago(days=24)
        for number in range(6):
            self._listed(self.products[number], "SITE", at + timedelta(hours=number))
        self._listed(self.products[0], "TM01", at + timedelta(days=1))
        self._ask(self.products[1], "TM01", stage.ago(hours=3))
        run = self._ask(self.products[2], "TM01", stage.ago(hours=30))
        stage.until_agreed(run, at=stage.ago(hours=26))
        off = listing.ask_delisting(
            product_id=self.products[5].pk, channel_id=self.channels["SITE"].pk,
            sku_ids=[self.skus["TB-3005"].pk], reason="供应商更换五金，暂停销售",
            by=asker(stage, listing.DELIST, at), now=stage.ago(days=4),
        )  # fmt: skip
        stage.until_agreed(off, at=stage.ago(days=4, hours=-2))
        stage.execute(
            Run.objects.get(pk=off.pk), at=stage.ago(days=3, hours=20), evidence=f"{SEEN}TB-3005 已下架"
        )
        stage.check(off, at=stage.ago(days=3, hours=2), ok=False, comment="分销专区仍能搜到，请一并下架。")

    def sell_out(self) -> None:
        """The last piece leaves, and the goods leave the shelf with it."""
        moving.clear_stock(
            sku_id=self.skus["BD-4010"].pk, pieces=16, reason="buy_out", reference="清仓合同 2026-031",
            by=self.stage.who("P001"), now=self.stage.ago(days=2),
        )  # fmt: skip

    def _ask(self, made: Product, code: str, at: datetime) -> Run:
        return listing.ask_listing(
            product_id=made.pk, channel_id=self.channels[code].pk,
            sku_ids=list(made.skus.values_list("pk", flat=True)), by=asker(self.stage, listing.LIST, at), now=at,
        )  # fmt: skip

    def _listed(self, made: Product, code: str, at: datetime) -> None:
        run = self._ask(made, code, at)
        self.stage.until_agreed(run, at=at + timedelta(hours=1))
        self.stage.execute(
            Run.objects.get(pk=run.pk), at=at + timedelta(hours=2), evidence=f"{SEEN}{made.pk}"
        )

    def later_prices(self) -> None:
        """A price in every state."""
        stage = self.stage
        done = self._price("SF-2301", 3180, stage.ago(days=9))
        stage.until_agreed(done, at=stage.ago(days=8, hours=20))
        stage.execute(Run.objects.get(pk=done.pk), at=stage.ago(days=8, hours=18), evidence=f"{SEEN}SF-2301")
        later = self._price("MT-5001", 2099, stage.ago(days=2), starts_at=stage.now + timedelta(days=3))
        stage.until_agreed(later, at=stage.ago(days=1, hours=20))
        stage.execute(Run.objects.get(pk=later.pk), at=stage.ago(days=1), evidence="已在后台设好定时调价")
        self._shown("CT-1102", 1199, stage.ago(hours=4))
        below = self._price("LT-7004", 199, stage.ago(hours=28))
        stage.agree(below, at=stage.ago(hours=25), comment="清季末库存，同意报总经理。")
        back = self._price("DS-6003", 1090, stage.ago(days=1))
        stage.give_back(back, at=stage.ago(hours=18), reason="请补一张竞品截图。")
        refused = self._price("BK-6010", 489, stage.ago(days=6))
        stage.reject(refused, at=stage.ago(days=5), reason="竞品都在降价，不宜上调。")
        seen = self._cleared("CH-3011", stage.ago(days=7))
        stage.check(seen, at=stage.ago(days=5, hours=20), comment="前台价格与批准一致。")
        wrong = self._cleared("CH-3020", stage.ago(days=5))
        stage.check(wrong, at=stage.ago(days=3, hours=20), ok=False, comment="京东店仍显示原价，请核对。")
        self._cleared("CB-8009", stage.ago(hours=40))
        self._one_refused(stage.ago(days=4))
        ready = self._price("CB-8002", 659, stage.ago(hours=7))
        stage.until_agreed(ready, at=stage.ago(hours=6))

    def _one_refused(self, at: datetime) -> None:
        """A table of prices of which one was refused and the rest is in force."""
        by = asker(self.stage, pricing.KIND, at)
        prices = {"CT-1108": 379, "TB-3005": 1850, "BD-4022": 1720}
        lines = [
            {"n": n, "code": code, "price": str(price)} for n, (code, price) in enumerate(prices.items(), 2)
        ]
        sheet = PriceSheet.objects.create(filename="周末调价.xlsx", lines=lines, by=by, at=at)
        rows = [
            Proposed(self.skus[code].pk, None, Decimal(price), at, rivals(price, at))
            for code, price in prices.items()
        ]
        run = pricing.propose_prices(rows=rows, by=by, now=at, sheet=sheet, comment="周末小幅让利")
        self.stage.agree(run, at=at + timedelta(hours=2), comment="儿童床库存不多，先不降。", refuse_rows=[2])
        self.stage.execute(Run.objects.get(pk=run.pk), at=at + timedelta(hours=4), evidence=f"{SEEN}weekend")

    def _cleared(self, code: str, at: datetime) -> Run:
        """Sold a tenth below cost, as the general manager agreed, and carried out a day later."""
        cost = self.skus[code].cost
        run = self._price(code, int(cost or 0) * 9 // 10, at)
        self.stage.until_agreed(run, at=at + timedelta(hours=3), comment="清库存，同意低于成本。")
        return self.stage.execute(
            Run.objects.get(pk=run.pk), at=at + timedelta(hours=24), evidence=f"{SEEN}{code}"
        )

    def _shown(self, code: str, price: int, at: datetime) -> Run:
        """With a screenshot of what a competitor asks."""
        by, (first, *others) = asker(self.stage, pricing.KIND, at), rivals(price, at)
        shot = keep_evidence(sent=Sent(picture(3), "同城家居页面截图.jpg"), by=by, now=at)
        row = Proposed(
            self.skus[code].pk, None, Decimal(price), at, (replace(first, file_id=shot.pk), *others)
        )
        return pricing.propose_prices(rows=[row], by=by, now=at)

    def _price(self, code: str, price: int, at: datetime, *, starts_at: datetime | None = None) -> Run:
        row = Proposed(self.skus[code].pk, None, Decimal(price), starts_at or at, rivals(price, at))
        return pricing.propose_prices(rows=[row], by=asker(self.stage, pricing.KIND, at), now=at)


def picture(number: int) -> bytes:
    """A drawing that stands for a photograph."""
    image = Image.new("RGB", (640, 480), "#f2efe9")
    pen, colour = ImageDraw.Draw(image), COLOURS[number % len(COLOURS)]
    pen.rectangle((0, 360, 640, 480), fill="#ddd6cb")
    pen.rounded_rectangle((110, 200 - 8 * (number % 5), 530, 390), 24, fill=colour)
    pen.rectangle((150 + 20 * (number % 4), 150, 490, 215), fill="#ffffff")
    held = io.BytesIO()
    image.save(held, "JPEG", quality=80)
    return held.getvalue()


def play(stage: Stage) -> None:
    shelf = Shelf(stage)
    shelf.build()
    shelf.show()
    shelf.list_goods()
    shelf.later_prices()
    shelf.sell_out()
