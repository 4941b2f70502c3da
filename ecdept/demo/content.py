"""The demo's site content: columns, and an item in every state that content can be in. All texts are invented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cms.models import Column, Item, WordList
from cms.rules import content
from cms.selectors import access
from cms.services import columns, publishing, words, writing
from ecdept.demo.stage import Stage
from office.approvals import api as approvals
from office.rulebook import api as rulebook
from office.staff import api as staff
from office.staff.models import Employee

COLUMNS: tuple[tuple[str, str, str, tuple[str, ...], int | None], ...] = (
    ("news", "公司新闻", "展会、门店和公司动态", ("news", "page"), 7),
    ("products", "产品中心", "新品和主推产品的资料", ("product",), 14),
    ("events", "活动专题", "大型活动、来访和外事", ("event", "poster"), 30),
    ("about", "公司介绍", "公司概况、资质和联系方式", ("profile", "page"), None),
    ("home", "首页", "头条、浮动广告和弹窗", ("headline", "floating_ad", "popup"), 7),
)


def _html(*paragraphs: str) -> str:
    return "".join(f"<p>{text}</p>" for text in paragraphs)


#: What the webmaster takes off the site later (website.py), the oldest first.
DOUBTFUL = (
    ("销量再创新高", "本季实木系列销量居全国前列。"),
    ("与同行的对比", "同类产品中只有我们使用整板。"),
    ("老客户来信", "王先生来信说用了十年仍如新。"),
    ("新品价格公告", "新品到店价一律五折。"),
)


class Desk:
    """Writes, asks, agrees and publishes as the book in force has it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.columns = {slug: self._column(*row) for row in COLUMNS for slug in [row[0]]}

    def _column(
        self, slug: str, name: str, description: str, kinds: tuple[str, ...], days: int | None
    ) -> Column:
        place = [row[0] for row in COLUMNS].index(slug) + 1
        at = self.stage.ago(days=300)
        made, run = columns.add_column(
            slug=slug,
            name=name,
            description=description,
            kinds=kinds,
            freshness_days=days,
            place=place,
            officer_id=self.stage.who("E001").pk,
            by=self.stage.who("M001"),
            now=at,
        )
        self.stage.until_agreed(run, at=at + timedelta(hours=1))
        made.refresh_from_db()
        return made

    def writer(self, kind: str, at: datetime) -> Employee:
        """Who writes such content by the book: its source where the book names one."""
        if kind in content.SOURCED:
            return staff.holders(access.source_post(at), at)[0]
        posts = rulebook.positions_with(content.author_rule(kind), at)
        first = next(
            post for post in ("copywriter", "site_editor", "section_officer", "designer") if post in posts
        )
        return staff.holders(first, at)[0]

    def write(self, kind: str, column: str, title: str, *paragraphs: str, at: datetime, **more: Any) -> Item:
        flags = frozenset(more.pop("flags", ()))
        by = self.writer(kind, at)
        texts = {"title": title, "body": _html(*paragraphs), **more}
        said = writing.Writing(
            column_id=self.columns[column].pk, texts=texts, flags=flags, department=by.department or "市场部"
        )
        return writing.begin_item(kind=kind, writing=said, by=by, now=at)

    def edit(self, item: Item, *, at: datetime, note: str, **texts: str) -> writing.Saved:
        item.refresh_from_db()
        version = item.newest
        assert version is not None  # noqa: S101 - an item has a version
        said = writing.Writing(
            column_id=item.column_id,
            texts={name: getattr(version, name) for name in content.TEXTS} | texts,
            flags=frozenset(item.flags),
            department=item.department,
        )
        by = self.writer(item.kind, at)
        return writing.save_version(
            item_id=item.pk, seen=version.number, writing=said, note=note, by=by, now=at
        )

    def ask(self, item: Item, *, at: datetime, **more: Any) -> approvals.Run:
        return publishing.submit_item(item_id=item.pk, by=self.writer(item.kind, at), now=at, **more)

    def live(self, item: Item, *, at: datetime, **times: datetime) -> Item:
        """Asked for, agreed to and published within hours."""
        run = self.ask(item, at=at, **times)
        run = self.stage.until_agreed(run, at=at + timedelta(hours=2))
        self.stage.execute(run, at=at + timedelta(hours=5), evidence="")
        return item

    def read(self, item: Item, *, at: datetime, right: bool = True, note: str = "") -> None:
        item.refresh_from_db()
        number = item.newest.number if item.newest else 1
        reader = self.stage.who("P002")
        writing.read_second(item_id=item.pk, version=number, right=right, note=note, by=reader, now=at)


def play(stage: Stage) -> None:
    """From the oldest to the newest."""
    desk = Desk(stage)
    _words(stage)
    _on_the_site(desk, stage)
    _changing(desk, stage)
    _waiting(desk, stage)
    _begun(desk, stage)
    _coming_off(desk, stage)
    _columns(desk, stage)
    _doubtful(desk, stage)
    stage.settle(stage.now)


def _words(stage: Stage) -> None:
    """The head of the department lets a harmless phrase through."""
    found = WordList.objects.get(code="advertising")
    newest = found.versions.order_by("-number")[0]
    words.save_list(
        code="advertising",
        seen=newest.number,
        severity=newest.severity,
        words=newest.words,
        allow=f"{newest.allow}\n第一工业园",
        active=True,
        reason="厂区地址“第一工业园”被误报",
        by=stage.who("M001"),
        now=stage.now,
    )


def _on_the_site(desk: Desk, stage: Stage) -> None:
    profile = desk.write(
        "profile",
        "about",
        "关于我们",
        "公司成立于二〇〇三年，主营实木家具的设计、制造和网上销售。",
        "工厂位于顺德第一工业园，现有员工三百余人。",
        at=stage.ago(days=120),
        summary="二十年专注实木家具",
    )
    desk.live(profile, at=stage.ago(days=119))
    table = desk.write(
        "product",
        "products",
        "橡木餐桌 1.6 米",
        "桌面为白橡木直拼板，木蜡油饰面；可坐六人。",
        "净重 46 公斤，包装一件。",
        at=stage.ago(days=20),
        summary="白橡木、可坐六人",
        source="产品部规格书 2026-08",
        source_url="https://spec.example.com/oak-table-16",
    )
    desk.read(table, at=stage.ago(days=19.6), note="尺寸、净重与规格书一致")
    desk.live(table, at=stage.ago(days=19))
    fair = desk.write(
        "event",
        "events",
        "广州家具展参展纪实",
        "我司携十二款新品参展，接待经销商八十余家。",
        "展位图片由展会主办方提供。",
        at=stage.ago(days=15),
        summary="十二款新品亮相",
        flags=["copyright"],
        author="企业文化",
    )
    desk.live(fair, at=stage.ago(days=14))
    opened = desk.write(
        "news",
        "news",
        "杭州体验店开业",
        "杭州体验店于上周六开业，地址为拱墅区丽水路 58 号。",
        "店内可试坐全部主推沙发。",
        at=stage.ago(days=6),
        summary="拱墅区丽水路 58 号",
        author="市场部",
    )
    desk.live(opened, at=stage.ago(days=5.8))
    headline = desk.write(
        "headline",
        "home",
        "冬季上新：羊毛坐垫系列",
        at=stage.ago(days=3),
        summary="五色可选",
        link="/pages/products/",
    )
    desk.live(headline, at=stage.ago(days=2.9))
    floating = desk.write(
        "floating_ad", "home", "满三千减三百", at=stage.ago(days=13), link="https://shop.example.com/sale"
    )
    desk.live(floating, at=stage.ago(days=12.8))
    posts = rulebook.positions_with("cms.publish", stage.ago(days=4))
    publisher = staff.holders(sorted(posts)[0], stage.ago(days=4))[0]
    publishing.end_item(
        item_id=floating.pk, reason="活动结束，更换冬季素材", by=publisher, now=stage.ago(days=4)
    )
    popup = desk.write(
        "popup", "home", "双十一发货公告", "订单较多，发货时间顺延两天，敬请谅解。", at=stage.ago(days=16)
    )
    desk.live(popup, at=stage.ago(days=15.5), ends_at=stage.ago(days=9))


def _changing(desk: Desk, stage: Stage) -> None:
    """Published, and changed or ended since."""
    hours = desk.write(
        "page",
        "about",
        "联系我们",
        "客服时间：每日 08:50 至 18:10。",
        "地址：佛山市顺德区。",
        at=stage.ago(days=30),
    )
    desk.live(hours, at=stage.ago(days=29))
    desk.edit(
        hours,
        at=stage.ago(days=1.2),
        note="补充热线",
        body=_html("客服时间：每日 08:50 至 18:10，其余时间请拨打 400 热线。", "地址：佛山市顺德区乐从镇。"),
    )
    desk.ask(hours, at=stage.ago(hours=20), comment="热线已开通，请审核。")
    season = desk.write(
        "news", "news", "国庆放假安排", "国庆期间正常接单，十月八日起发货。", at=stage.ago(days=60)
    )
    desk.live(season, at=stage.ago(days=59))
    publishing.end_item(
        item_id=season.pk,
        reason="假期已过，页面下线",
        by=desk.writer("news", stage.now),
        now=stage.ago(hours=7),
    )
    lamp = desk.write(
        "product",
        "products",
        "胡桃木落地灯",
        "灯罩为亚麻布，色温 3000K。",
        at=stage.ago(days=2.5),
        summary="暖光、可调光",
        source="供应商检测报告",
        source_url="https://spec.example.com/walnut-lamp",
    )
    desk.read(lamp, at=stage.ago(days=2.2), right=False, note="报告写的是 2700K，请核对色温")
    desk.edit(lamp, at=stage.ago(days=2), note="按检测报告更正色温", body=_html("灯罩为亚麻布，色温 2700K。"))
    desk.read(lamp, at=stage.ago(days=1.9), note="已与检测报告核对")
    tomorrow = (stage.now + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    desk.live(lamp, at=stage.ago(days=1.5), starts_at=tomorrow, ends_at=tomorrow + timedelta(days=21))


def _waiting(desk: Desk, stage: Stage) -> None:
    """On their way, in every state of a request."""
    late = desk.write(
        "news",
        "news",
        "获评绿色工厂",
        "公司近日通过省级绿色工厂评审。",
        at=stage.ago(days=3.5),
        summary="省级绿色工厂",
        author="市场部",
    )
    stage.until_agreed(desk.ask(late, at=stage.ago(days=3.2)), at=stage.ago(days=2.1))
    agreed = desk.write(
        "news",
        "news",
        "冬季家具保养讲座",
        "本周日下午三点，杭州体验店举办实木家具保养讲座。",
        at=stage.ago(hours=30),
        author="市场部",
    )
    stage.until_agreed(desk.ask(agreed, at=stage.ago(hours=28)), at=stage.ago(hours=5))
    returned = desk.write(
        "news",
        "news",
        "新工厂投产",
        "新工厂本月投产，年产能提升四成。",
        at=stage.ago(days=2),
        summary="产能提升四成",
    )
    stage.give_back(
        desk.ask(returned, at=stage.ago(days=1.8)),
        at=stage.ago(hours=26),
        reason="产能数字请附依据，并注明来源",
    )
    secret = desk.write(
        "profile",
        "about",
        "股东结构说明",
        "增资后的股东结构见附表。",
        at=stage.ago(hours=40),
        flags=["confidential"],
    )
    stage.agree(desk.ask(secret, at=stage.ago(hours=36)), at=stage.ago(hours=9), comment="同意，请总经理定。")
    best = desk.write(
        "news",
        "news",
        "沙发系列口碑出众",
        "客户评价该系列为坐感最佳的实木沙发。",
        at=stage.ago(hours=15),
        summary="第一批用户反馈",
    )
    stage.agree(desk.ask(best, at=stage.ago(hours=13)), at=stage.ago(hours=4), comment="“最佳”引自客户原话。")
    _agreed_for_both(desk, stage)
    fresh = desk.write(
        "page",
        "news",
        "售后服务须知",
        "到货三日内请当面验货，如有破损请拍照联系客服。",
        at=stage.ago(hours=6),
    )
    desk.ask(fresh, at=stage.ago(hours=3))


def _agreed_for_both(desk: Desk, stage: Stage) -> None:
    """The first step was forwarded to whom the second would ask: he agreed once, and it counts for both."""
    at = stage.ago(days=5)
    item = desk.write("news", "news", "展会获奖", "展位获评本届最佳设计。", at=at, summary="最佳展位设计")
    run = desk.ask(item, at=at + timedelta(hours=1))
    last = rulebook.chain_rule(run.chain, at).steps[-1].positions[0]
    [holder] = staff.holders(last, at)
    stage.forward(run, to=holder.number, at=at + timedelta(hours=2), reason="奖项由您出席领取，请您定。")
    run = stage.until_agreed(run, at=at + timedelta(hours=5), comment="属实，证书已存档。")
    stage.execute(run, at=at + timedelta(hours=8), evidence="")


def _begun(desk: Desk, stage: Stage) -> None:
    """Being written; turned down; void."""
    rejected = desk.write(
        "news", "news", "某品牌停产传闻", "网传某品牌停产，本公司不予置评。", at=stage.ago(days=9)
    )
    stage.reject(
        desk.ask(rejected, at=stage.ago(days=8.9)), at=stage.ago(days=8.5), reason="与本公司无关，不发。"
    )
    void = desk.write(
        "news", "news", "参展日程", "十二月三日至五日在上海参展。", at=stage.ago(days=1.6), author="市场部"
    )
    desk.ask(void, at=stage.ago(days=1.4))
    desk.edit(
        void,
        at=stage.ago(hours=22),
        note="展期改了",
        body=_html("十二月四日至六日在上海参展，展位 5.1H-20。"),
    )
    desk.write(
        "news",
        "news",
        "警惕冒充客服的诈骗",
        "近期有人冒充客服引导客户参与网络赌博，请提高警惕。",
        at=stage.ago(hours=5),
    )
    chair = desk.write(
        "product",
        "products",
        "温莎椅",
        "椅背为蒸汽弯曲的白蜡木。",
        at=stage.ago(hours=2),
        summary="白蜡木、手工打磨",
        source="产品部规格书",
        source_url="https://spec.example.com/windsor",
    )
    by = desk.writer("product", stage.now)
    typed = {
        "title": chair.title,
        "body": _html("椅背为蒸汽弯曲的白蜡木，座面下挖 8 毫米。"),
        "summary": "白蜡木、手工打磨",
    }
    approvals.save_draft(
        kind="cms.product",
        subject=chair.subject,
        payload={"form": [list(each) for each in typed.items()]},
        by=by,
        now=stage.ago(minutes=25),
    )


def _coming_off(desk: Desk, stage: Stage) -> None:
    """Important ones, asked to come off the site: given back with a question, agreed to and not carried out yet."""
    by = desk.writer("news", stage.now)
    asked = []
    for title, text, reason in (
        ("秋季团购会", "十月每周六下午两点，杭州体验店。", "活动已结束"),
        ("旧版保养手册", "手册第二版，适用于二〇二四年以前的产品。", "第三版已发布"),
    ):
        item = desk.write(
            "news", "news", title, text, at=stage.ago(days=32), author="市场部", flags=["important"]
        )
        desk.live(item, at=stage.ago(days=31))
        run = publishing.end_item(item_id=item.pk, reason=reason, by=by, now=stage.ago(hours=30))
        if isinstance(run, approvals.Run):
            asked.append(run)
    stage.give_back(asked[0], at=stage.ago(hours=8), reason="十二月还有一场，是否改为更新内容？")
    stage.until_agreed(asked[1], at=stage.ago(hours=7))


def _columns(desk: Desk, stage: Stage) -> None:
    """Changes of what the public reads of a column: one waits, one was given back."""
    for slug, name, description, asked in (
        ("events", "活动与展会", "大型活动、来访和外事", 20.0),
        ("about", "公司介绍", "公司概况、资质、联系方式和招聘", 30.0),
    ):
        column = desk.columns[slug]
        _column, run = columns.update_column(
            column_id=column.pk, slug=slug, name=name, description=description, kinds=column.kinds,
            officer_id=column.officer_id, freshness_days=column.freshness_days, place=column.place, active=True,
            by=stage.who("M001"), now=stage.ago(hours=asked),
        )  # fmt: skip
        if run is not None and slug == "about":
            stage.give_back(run, at=stage.ago(hours=9), reason="招聘信息归人事，请只写联系方式。")


def _doubtful(desk: Desk, stage: Stage) -> None:
    for number, (title, text) in enumerate(DOUBTFUL):
        item = desk.write("news", "news", title, text, at=stage.ago(days=40 - number), author="市场部")
        desk.live(item, at=stage.ago(days=39 - number))
