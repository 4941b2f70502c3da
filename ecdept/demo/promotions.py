"""The demo's promotions: planned, decided, agreed, to come, running, over, and never carried out."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from catalog.models import Channel, Promotion, Sku
from catalog.services import promotions
from catalog.services.promotions import Offer
from catalog.services.turning import turn_promotions
from ecdept.demo.catalog import asker
from ecdept.demo.stage import Stage
from office.approvals.models import Run

DAY = timedelta(days=1)


class Season:
    """Every promotion takes the ways that people take."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.channels = {channel.code: channel.pk for channel in Channel.objects.all()}

    def plan(self, title: str, goal: str, starts_at: datetime, days: int, at: datetime, on: str) -> Promotion:
        opening = starts_at.replace(minute=0, second=0, microsecond=0)
        return promotions.save_promotion(
            title=title, goal=goal, starts_at=opening, ends_at=opening + days * DAY, channel_ids=[self.channels[on]],
            may_overlap=False, by=asker(self.stage, promotions.PLAN, at), now=at,
        )  # fmt: skip

    def ask_plan(self, made: Promotion, at: datetime) -> Run:
        return promotions.ask_plan(
            promotion_id=made.pk, by=asker(self.stage, promotions.PLAN, at), now=at, comment="方案见附文"
        )

    def passed(self, made: Promotion, at: datetime) -> Promotion:
        self.stage.until_agreed(self.ask_plan(made, at), at=at + timedelta(hours=2))
        return made

    def ask_prices(self, made: Promotion, codes: dict[str, str], at: datetime) -> Run:
        skus = dict(Sku.objects.filter(code__in=codes).values_list("code", "pk"))
        offers = [
            Offer(
                skus[code],
                made.channels[0],
                "percent" if value.endswith("%") else "fixed",
                Decimal(value.rstrip("%")),
            )
            for code, value in codes.items()
        ]
        return promotions.ask_promotion(
            promotion_id=made.pk, offers=offers, by=asker(self.stage, promotions.PRICES, at), now=at
        )

    def set(self, made: Promotion, codes: dict[str, str], at: datetime) -> Run:
        run = self.ask_prices(self.passed(made, at), codes, at + timedelta(hours=4))
        self.stage.until_agreed(run, at=at + timedelta(hours=6))
        return self.stage.execute(
            Run.objects.get(pk=run.pk),
            at=at + timedelta(hours=8),
            evidence="活动页：https://www.example.com/sale",
        )


def play(stage: Stage) -> None:
    season, now = Season(stage), stage.now
    autumn = season.set(
        season.plan(
            "秋季焕新", "清秋季样品，老客短信通知。", stage.ago(days=14), 4, stage.ago(days=18), "SITE"
        ),
        {"SF-2307": "85%", "CT-1108": "359"},
        stage.ago(days=18),
    )
    stage.check(autumn, at=stage.ago(days=17), comment="活动价与方案一致。")
    season.set(
        season.plan("感恩季", "感恩季满减引流，首页横幅。", stage.ago(days=1), 4, stage.ago(days=5), "SITE"),
        {"SF-2301": "90%", "SF-2307": "90%", "MT-5001": "1899"},
        stage.ago(days=5),
    )
    season.set(
        season.plan("双十二预热", "会员提前购，客服主动通知。", now + 6 * DAY, 3, stage.ago(days=3), "TM01"),
        {"SF-2301": "88%"},
        stage.ago(days=3),
    )
    season.set(
        season.plan(
            "京东会员日", "老客专享，短信提前一天通知。", now + 8 * DAY, 1, stage.ago(days=3), "JD01"
        ),
        {"MT-5001": "90%"},
        stage.ago(days=3),
    )
    made = season.plan("双十二", "全店主推卧室系列。", now + 14 * DAY, 2, stage.ago(days=2), "SITE")
    season.ask_prices(
        season.passed(made, stage.ago(days=2)), {"BD-4022": "85%", "MT-5001": "1799"}, stage.ago(hours=8)
    )
    made = season.plan("年货节", "年前备货季，主推收纳。", now + 40 * DAY, 10, stage.ago(days=1), "SITE")
    season.passed(made, stage.ago(days=1))
    made = season.plan("元旦开门红", "新年首波，灯饰软装。", now + 32 * DAY, 3, stage.ago(hours=9), "JD01")
    season.ask_plan(made, stage.ago(hours=9))
    run = season.ask_prices(
        season.passed(
            season.plan(
                "家居换新周", "以旧换新，客服先行登记。", now + 21 * DAY, 5, stage.ago(days=2), "TM01"
            ),
            stage.ago(days=2),
        ),
        {"SF-2307": "92%"},
        stage.ago(days=1),
    )
    stage.until_agreed(run, at=stage.ago(hours=6))
    made = season.plan(
        "中秋返场", "补销中秋备货，未及定价。", stage.ago(days=8), 3, stage.ago(days=12), "JD01"
    )
    season.passed(made, stage.ago(days=12))
    season.plan("春季家装节", "与设计师合作的样板间。", now + 95 * DAY, 14, stage.ago(hours=2), "SITE")
    turn_promotions(now=now)
