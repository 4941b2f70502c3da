"""The demo's assets, redesigns and reviews of the main page, one in every state. The pictures are drawn here."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from cms.models import Asset, Column, Redesign, Review
from cms.selectors.assets import posters_are_approved
from cms.services import assets, page_review, publishing, redesign, writing
from cms.services.uploads import Upload
from ecdept.demo.film import film
from ecdept.demo.stage import Stage
from office.approvals import api as approvals
from office.rulebook import api as rulebook
from office.staff import api as staff

Colour = tuple[int, int, int]
SAND, CLAY, MOSS, NIGHT, SNOW = (
    (232, 222, 205), (190, 120, 90), (110, 130, 95), (40, 48, 66), (250, 248, 244),
)  # fmt: skip
DESIGNER, EDITOR = "D001", "E001"


def play(stage: Stage) -> None:
    """From the oldest to the newest."""
    _library(stage)
    _posters(stage)
    _redesigns(stage, _reviews(stage))


# ---------------------------------------------------------------- pictures


def _room(wall: Colour, sofa: Colour, *, wide: int = 960, high: int = 640) -> bytes:
    """A living room of a few shapes, as JPEG."""
    picture = Image.new("RGB", (wide, high), wall)
    draw = ImageDraw.Draw(picture)
    floor = high * 3 // 4
    draw.rectangle((0, floor, wide, high), fill=tuple(each * 4 // 5 for each in wall))
    draw.rounded_rectangle(
        (wide // 6, floor - high // 4, wide * 5 // 6, floor + high // 12), high // 24, fill=sofa
    )
    darker = tuple(each * 9 // 10 for each in sofa)
    for left in (wide // 6, wide // 2):
        draw.rounded_rectangle(
            (left + 12, floor - high // 8, left + wide // 3 - 12, floor), high // 40, fill=darker
        )
    draw.ellipse((wide * 3 // 4, high // 12, wide * 3 // 4 + high // 5, high // 12 + high // 5), fill=SNOW)
    return _encoded(picture)


def _page(bars: Sequence[Colour], *, hero: bool) -> bytes:
    """A page of the site as blocks, as a mock-up shows it."""
    picture = Image.new("RGB", (900, 640), SNOW)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 900, 56), fill=NIGHT)
    top = 76
    if hero:
        draw.rounded_rectangle((40, top, 860, top + 250), 18, fill=bars[0])
        top += 274
    columns = 2 if hero else 4
    wide = (820 - 20 * (columns - 1)) // columns
    for place in range(columns * 2):
        left, up = 40 + place % columns * (wide + 20), top + place // columns * 150
        draw.rounded_rectangle((left, up, left + wide, up + 130), 12, fill=bars[place % len(bars)])
    return _encoded(picture)


def _encoded(picture: Image.Image) -> bytes:
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=86)
    return output.getvalue()


# ---------------------------------------------------------------- assets


def _asset(
    stage: Stage, title: str, purpose: str, content: bytes, name: str, tags: list[str], *, days: float,
    rights: str = "", by: str = DESIGNER,
) -> Asset:  # fmt: skip
    return assets.add_asset(
        title=title, purpose=purpose, upload=Upload(content, name), tags=tags, rights=rights,
        by=stage.who(by), now=stage.ago(days=days),
    )  # fmt: skip


def _version(stage: Stage, asset: Asset, content: bytes, note: str, *, days: float) -> None:
    assets.add_version(
        asset_id=asset.pk, upload=Upload(content, f"{asset.title}.jpg"), note=note,
        by=stage.who(DESIGNER), now=stage.ago(days=days),
    )  # fmt: skip


def _library(stage: Stage) -> None:
    """Pictures, a document, one in several versions, one that is no longer offered."""
    own = "自有拍摄，官网与各店铺可用"
    sofa = _asset(
        stage, "雾灰三人沙发 客厅实景", "picture", _room(SAND, CLAY), "IMG_2301.JPG", ["沙发", "实景"], days=40,
        rights=own,
    )  # fmt: skip
    _version(stage, sofa, _room(SNOW, CLAY), "墙面调亮，去掉地毯", days=38)
    _asset(
        stage,
        "燕麦白双人沙发",
        "picture",
        _room(SAND, SNOW),
        "双人沙发.jpg",
        ["沙发", "新品"],
        days=12,
        rights=own,
    )
    _asset(
        stage,
        "墨绿卧室实景",
        "picture",
        _room(MOSS, SAND),
        "bedroom.jpg",
        ["卧室", "实景"],
        days=9,
        rights=own,
    )
    notes = "一、标志四周留白不小于标志高度的一半。\n二、实景图不得拉伸变形。\n三、对外合作须经书面同意。\n"
    _asset(stage, "品牌素材使用说明", "document", notes.encode(), "说明.txt", ["规范"], days=30, by=EDITOR)
    rooms = [_room(wall, CLAY, wide=480, high=320) for wall in (SAND, SNOW, MOSS)]
    _asset(stage, "客厅三种墙面", "video", film(rooms), "三种墙面.webm", ["沙发", "视频"], days=7, rights=own)
    old = _asset(
        stage, "去年春季场景", "picture", _room(CLAY, NIGHT), "spring.jpg", ["实景"], days=200, rights=own
    )
    assets.set_retired(asset_id=old.pk, retired=True, by=stage.who(DESIGNER), now=stage.ago(days=60))


def _posters(stage: Stage) -> None:
    """Final with a newer draft, returned, being decided, a draft; where the book asks for no agreement all are as they
    are."""
    made = [
        _asset(
            stage, title, "poster", _room(wall, sofa, wide=720, high=1080), f"{title}.png", ["海报", tag], days=days,
            rights="郑可设计",
        )
        for title, wall, sofa, tag, days in (
            ("双十一主海报", CLAY, SNOW, "大促", 25),
            ("年终清仓海报", NIGHT, CLAY, "大促", 6),
            ("新店开业海报", MOSS, SNOW, "门店", 3),
            ("元旦海报", SAND, NIGHT, "节日", 1),
        )
    ]  # fmt: skip
    if not posters_are_approved(stage.now):
        return
    final, returned, asked, _draft = made
    staff.appoint(  # the planner, whom the posters wait for, is away
        employee=stage.who("M001"), position="planner", start=stage.ago(days=24.6), end=stage.ago(days=23), acting=True,
        reason="策划休年假，由部门经理临时代理", by=None, now=stage.ago(days=24.6),
    )  # fmt: skip
    run = assets.ask_final(
        asset_id=final.pk,
        by=stage.who(DESIGNER),
        now=stage.ago(days=24.5),
        comment="活动 11 月 1 日上线，请尽快。",
    )
    stage.until_agreed(run, at=stage.ago(days=24.2), comment="同意，落款日期已核。")
    _poster_page(stage, final)
    _version(stage, final, _room(CLAY, SAND, wide=720, high=1080), "补一版返场", days=2)
    run = assets.ask_final(asset_id=returned.pk, by=stage.who(DESIGNER), now=stage.ago(days=5.9))
    stage.give_back(run, at=stage.ago(days=5.5), reason="“全网最低”不能用，请改文案。")
    assets.ask_final(
        asset_id=asked.pk, by=stage.who(DESIGNER), now=stage.ago(hours=20), comment="门店周六开业。"
    )


def _poster_page(stage: Stage, poster: Asset) -> None:
    """The final one on the site, as its superior agreed."""
    poster.refresh_from_db()
    assert poster.final is not None  # noqa: S101 - it was agreed to just now
    shown, by = poster.final.version.stored, stage.who(DESIGNER)
    said = writing.Writing(
        column_id=Column.objects.get(slug="events").pk,
        texts={"title": "双十一主会场海报", "summary": "11 月 1 日起"},
        flags=frozenset(),
        department=by.department,
        files=((shown.sha256, shown.name),),
    )
    item = writing.begin_item(kind="poster", writing=said, by=by, now=stage.ago(days=24.1))
    run = publishing.submit_item(item_id=item.pk, by=by, now=stage.ago(days=24.1))
    stage.until_agreed(run, at=stage.ago(days=24))


# ---------------------------------------------------------------- reviews and redesigns


def _reviews(stage: Stage) -> Review | None:
    """One closed that led to a redesign, one open now."""
    far = 20 if rulebook.schedule_rule(page_review.SCHEDULE, at=stage.now).every == "day" else 380
    closed = page_review.open_review(now=stage.ago(days=far))
    if closed is not None:
        page_review.close_review(
            review_id=closed.pk, by=stage.who(DESIGNER), now=stage.ago(days=far - 1.5),
            findings="首屏轮播动画偏慢，手机上要等两秒。\n栏目过多，新品被挤到第三屏。\n色彩沿用去年，建议改为暖色。",
        )  # fmt: skip
    page_review.open_review(now=stage.ago(days=1.2))
    return closed


def _proposal(
    stage: Stage, title: str, page: str, aim: str, views: Sequence[tuple[str, bytes, bytes]], *, days: float,
    review: Review | None = None,
) -> Redesign:  # fmt: skip
    by, at = stage.who(DESIGNER), stage.ago(days=days)
    made = redesign.begin_redesign(
        title=title, aim=aim, page=page, by=by, now=at, review_id=review.pk if review else None
    )
    for label, before, after in views:
        view = redesign.add_mock_up(redesign_id=made.pk, label=label, by=by, now=at)
        for slot, content in (("before", before), ("after", after)):
            redesign.set_mock_up(
                mock_up_id=view.pk, slot=slot, upload=Upload(content, f"{label}.jpg"), by=by, now=at
            )
    return made


def _redesigns(stage: Stage, review: Review | None) -> None:
    """Carried out, on its way, returned, rejected, a draft without mock-ups."""
    crowded, warm = _page((SAND, CLAY, MOSS), hero=False), _page((CLAY, SAND), hero=True)
    green, night = _page((MOSS, SAND), hero=True), _page((NIGHT, CLAY), hero=True)

    def ask(made: Redesign, *, days: float, comment: str = "") -> approvals.Run:
        return redesign.ask_redesign(
            redesign_id=made.pk, by=stage.who(DESIGNER), now=stage.ago(days=days), comment=comment
        )

    rejected = _proposal(
        stage, "全站夜间模式", "全站", "跟随系统切换深色。", [("首页", crowded, night)], days=45
    )
    stage.reject(ask(rejected, days=44), at=stage.ago(days=43.6), reason="大促前不动全站，年后再议。")
    done = _proposal(
        stage, "首页首屏改版", "官网首页", "首屏改为单张大图，新品两秒内可见；栏目由八个减为四个。",
        [("首页首屏", crowded, warm), ("新品栏目", crowded, green)], days=17, review=review,
    )  # fmt: skip
    run = stage.until_agreed(
        ask(done, days=16.5, comment="按审视结论修改，附前后对比。"), at=stage.ago(days=16)
    )
    stage.execute(run, at=stage.ago(days=15), evidence="https://www.example.com/ 已上线，手机与电脑均已核对")
    returned = _proposal(
        stage,
        "商品详情页改版",
        "商品详情页",
        "尺寸图前移，减少客服咨询。",
        [("详情页上半屏", crowded, green)],
        days=8,
    )
    stage.give_back(ask(returned, days=7.5), at=stage.ago(days=7), reason="请补手机版的设计稿。")
    waiting = _proposal(
        stage,
        "活动专题页改版",
        "活动专题",
        "报名按钮常驻底部，手机单手可点。",
        [("专题首屏", crowded, night)],
        days=2,
    )
    stage.agree(ask(waiting, days=1.6), at=stage.ago(days=1.1), comment="同意。")
    dropped = _proposal(
        stage, "弹窗领券", "全站", "进站三秒后弹出领券窗。", [("首页", warm, crowded)], days=30
    )
    redesign.drop_redesign(redesign_id=dropped.pk, by=stage.who(DESIGNER), now=stage.ago(days=29))
    redesign.begin_redesign(
        title="关于我们改版", aim="补充门店地图和荣誉资质。", page="关于我们",
        by=stage.who(DESIGNER), now=stage.ago(hours=5),
    )  # fmt: skip
