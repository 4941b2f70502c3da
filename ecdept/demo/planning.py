"""The demo's planning: a tree of categories, seasons, the planner's records, new products, a promotion stopped."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from catalog.models import Category, Product, Promotion
from catalog.services import debuts, goods, planning, seasons, stopping
from catalog.services.turning import turn_promotions
from ecdept.demo.catalog import asker
from ecdept.demo.stage import Stage
from office.approvals.models import Run

TREE = {"家具": ("客厅", "卧室", "餐厅", "书房", "收纳"), "家居": ("灯饰", "软装")}
PICKS = (
    ("SF-2301", "main", "去年同期销量第一，布料已备足"),
    ("MT-5001", "main", "毛利高，会员复购多"),
    ("CT-1108", "promoted", "带动沙发连单"),
    ("LT-7004", "promoted", "库存偏高，借季清货"),
    ("BD-4022", "chosen", "儿童房搭配"),
    ("DS-6003", "chosen", "开学前后需求稳定"),
)
RECORDS = (
    ("user_research", "老客回访：沙发布套", "回访 30 位老客：21 位希望布套可单独购买，7 位反映米色易脏。"),
    ("competitor_file", "同城家居旗舰店", "主推布艺沙发，每周五上新；满三千减二百；客服夜班到 23:00。"),
    ("partner_file", "城东安装队", "覆盖全市，次日上门；旺季须提前两天预约。联系人见合同附件。"),
    ("proposal", "双十二前补拍卧室场景图", "现有图片偏冷色，建议补拍暖光场景六张。"),
)


def play(stage: Stage) -> None:
    tree(stage)
    season(stage)
    records(stage)
    new_products(stage)
    stop(stage)


def tree(stage: Stage) -> None:
    keeper, at = stage.who("P002"), stage.ago(days=29)
    found = {category.name: category for category in Category.objects.all()}
    for top, below in TREE.items():
        parent = goods.add_category(name=top, by=keeper, now=at)
        for name in below:
            goods.update_category(
                category_id=found[name].pk, name=name, active=True, parent_id=parent.pk, by=keeper, now=at
            )


def season(stage: Stage) -> None:
    chooser, at = stage.who("N001"), stage.ago(days=20)
    today = timezone.localdate(stage.now)
    past = seasons.add_season(
        name="上一季", starts_on=today - timedelta(days=110), ends_on=today - timedelta(days=21), by=chooser,
        now=stage.ago(days=110),
    )  # fmt: skip
    seasons.pick_style(
        season_id=past.pk,
        sku_code="SF-2307",
        role="main",
        why="小户型热销",
        by=chooser,
        now=stage.ago(days=28),
    )
    made = seasons.add_season(
        name="本季",
        starts_on=today - timedelta(days=20),
        ends_on=today + timedelta(days=70),
        by=chooser,
        now=at,
    )
    for code, role, why in PICKS:
        seasons.pick_style(season_id=made.pk, sku_code=code, role=role, why=why, by=chooser, now=at)
    seasons.pick_style(
        season_id=made.pk, sku_code="DS-6003", role="dropped", why="供应商交期过长", by=chooser,
        now=stage.ago(days=6),
    )  # fmt: skip


def records(stage: Stage) -> None:
    by = stage.who("N001")
    for number, (kind, title, text) in enumerate(RECORDS):
        at = stage.ago(days=12 - 3 * number)
        planning.keep_record(kind=kind, title=title, text=text, on=timezone.localdate(at), by=by, now=at)
    for task in planning.open_due_tasks(now=stage.now)[:1]:
        planning.keep_record(
            kind=task.kind, title="本月方案", text="入口陈列主推款，首页轮播每周一更换。",
            on=timezone.localdate(stage.now), by=by, now=stage.now, task_id=task.pk,
        )  # fmt: skip


def new_products(stage: Stage) -> None:
    """One waits, one is late, one will not be published."""
    keeper = stage.who("P002")
    chairs = Category.objects.get(name="客厅")
    for title, code, days in (("藤编休闲椅", "CH-3105", 2), ("旋转餐边柜", "CB-8105", 5)):
        at = stage.ago(days=days)
        made = goods.add_product(title=title, category_id=chairs.pk, by=keeper, now=at)
        goods.add_sku(product_id=made.pk, code=code, by=keeper, now=at)
    debuts.decline_debut(
        product_id=Product.objects.get(title="旋转餐边柜").pk, reason="样品五金未过检，改款后再上",
        by=keeper, now=stage.ago(days=1),
    )  # fmt: skip


def stop(stage: Stage) -> None:
    """One was called off before its begin; for the one that runs it is asked."""
    waiting = Promotion.objects.get(title="双十二预热")
    run = stopping.ask_stop(
        promotion_id=waiting.pk, reason="平台改期，活动另行安排", by=asker(stage, stopping.STOP, stage.now),
        now=stage.ago(days=2),
    )  # fmt: skip
    stage.until_agreed(run, at=stage.ago(days=2, hours=-2))
    stage.execute(Run.objects.get(pk=run.pk), at=stage.ago(days=1, hours=20), evidence="活动报名已撤回")
    running = Promotion.objects.get(title="感恩季")
    stopping.ask_stop(
        promotion_id=running.pk,
        reason="备货不足，剩余两天无法履约",
        by=asker(stage, stopping.STOP, stage.now),
        now=stage.ago(hours=1),
    )
    turn_promotions(now=stage.now)
