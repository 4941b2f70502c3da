"""The website of the demo company: watched sites, incidents in every state, the message board, takedowns, rounds.

The sites' hosts are invented and on no list, so nothing is asked over the network: what was seen is told here, and the
verbs of the desk do the rest.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from cms.models import BoardDelivery, Item, Probe, SiteIncident, WatchedSite
from cms.rules.incidents import Look
from cms.rules.page_text import fingerprint
from cms.selectors.takedowns import UNFOUNDED
from cms.services import board, incidents, letters, partner, rounds, senders, takedowns, watching
from ecdept.demo import content
from ecdept.demo.stage import Stage
from office.notices.channels import create_channel
from office.notices.outbox import MOST_ATTEMPTS

HOME = "木里家居 全屋定制 新品沙发 橡木餐桌 门店地址 客服热线"
CHANGED = "木里家居 全屋定制 新品沙发 澳门在线 橡木餐桌 门店地址 客服热线"
SITES = (
    ("官网", "https://www.muli.example/"),
    ("商城", "https://mall.muli.example/"),
    ("经销商站", "https://b2b.muli.example/"),
)
#: What is not well in the rounds.
WRONG = {"check_speed": "首页图片过大，打开要四秒", "chat_wangwang": "旺旺账号被限制登录，已联系平台"}
SEED = 20261125
DAYS = 3


def play(stage: Stage) -> None:
    """Everything happens before `stage.now`."""
    _sites(stage)
    _board(stage)
    _takedowns(stage)
    for days in (7, 0):
        rounds.report_freshness(now=stage.ago(days=days))
    for opened in rounds.open_due(now=stage.ago(days=1)):
        chat = opened.kind == "chat"
        by = stage.who("A001" if chat else "E001")
        for point in opened.points[:5]:
            missing = WRONG.get(point, "")
            rounds.tick(
                round_id=opened.pk,
                point=point,
                well=not missing,
                note=missing,
                by=by,
                now=stage.ago(hours=20),
            )
        if chat or not opened.points:
            note = "" if chat else "留言均已回复"
            rounds.finish(round_id=opened.pk, note=note, by=stage.who("A001"), now=stage.ago(hours=19))
    rounds.open_due(now=stage.now)


def _look(stage: Stage, minutes: float, text: str = HOME, **fields: Any) -> Look:
    seen: dict[str, Any] = {
        "status": 200,
        "ms": 180,
        "text": text,
        "fingerprint": fingerprint(text),
        **fields,
    }
    if seen["status"] != 200:
        seen |= {"text": "", "fingerprint": ""}
    return Look(at=stage.ago(minutes=minutes), **seen)


def _sites(stage: Stage) -> None:
    webmaster, it = stage.who("I001"), stage.who("I002")
    chance = random.Random(SEED)  # noqa: S311  (demo data, no secret)
    home, mall, b2b = (
        WatchedSite.objects.create(name=name, url=url, created_at=stage.ago(days=90), next_at=stage.now)
        for name, url in SITES
    )
    Probe.objects.bulk_create(
        Probe(
            site=site,
            at=stage.now - timedelta(days=DAYS) + timedelta(minutes=5 * number),
            well=True,
            status=200,
            ms=round(chance.lognormvariate(5.2, 0.35)),
        )
        for site in (home, mall, b2b)
        for number in range(DAYS * 288 - 12)
    )
    for site in (home, mall, b2b):
        watching.record_look(site_id=site.pk, look=_look(stage, 2000), now=stage.ago(minutes=2000))
        watching.approve_text(
            site_id=site.pk,
            digest=fingerprint(HOME),
            reason="改版验收后的首页",
            by=webmaster,
            now=stage.ago(minutes=1990),
        )
    _closed(stage, mall)
    for minutes in (900, 895, 890, 885):  # away, and well again by itself: the post-mortem is due
        error: dict[str, Any] = {"status": 0, "error": "timeout", "ms": None} if minutes > 885 else {}
        watching.record_look(
            site_id=home.pk, look=_look(stage, minutes, **error), now=stage.ago(minutes=minutes)
        )
    for minutes in (24, 19, 14):  # changed without an approval: nobody is at it yet
        watching.record_look(
            site_id=home.pk, look=_look(stage, minutes, CHANGED), now=stage.ago(minutes=minutes)
        )
    ends = stage.now + timedelta(days=12)
    watching.record_look(
        site_id=mall.pk, look=_look(stage, 45, certificate_ends=ends), now=stage.ago(minutes=45)
    )
    certificate = SiteIncident.objects.get(site=mall, kind="certificate")
    incidents.acknowledge(incident_id=certificate.pk, by=it, now=stage.ago(minutes=40))
    incidents.add_note(
        incident_id=certificate.pk, text="已向证书商提交续期", by=it, now=stage.ago(minutes=31)
    )
    contact = partner.save_contact(
        contact_id=None, name="技术值班邮箱", phone="", email="noc@partner.example", active=True, by=webmaster,
        now=stage.ago(days=80),
    )  # fmt: skip
    partner.send_notice(  # by mail: it leaves when the sender looks again
        incident_id=certificate.pk, partner=partner.partners(stage.now)[0], contact_id=contact.pk, channel_id=None,
        text="商城证书十二天后到期，新证书明天发来，请安排更换。", by=webmaster, now=stage.ago(minutes=3),
    )  # fmt: skip
    for minutes in (70, 65, 60):
        watching.record_look(
            site_id=b2b.pk, look=_look(stage, minutes, status=503, ms=2400), now=stage.ago(minutes=minutes)
        )
    down = SiteIncident.objects.get(site=b2b, kind="down")
    partner.save_contact(
        contact_id=None, name="值班工程师", phone="0756-0000000", email="duty@partner.example", active=True,
        by=webmaster, now=stage.ago(days=80),
    )  # fmt: skip
    partner.record_call(
        incident_id=down.pk, partner=partner.partners(stage.now)[0], whom="值班工程师",
        text="经销商站 503，请查数据库连接",
        at=stage.ago(minutes=48), by=webmaster, now=stage.ago(minutes=47),
    )  # fmt: skip


def _closed(stage: Stage, site: WatchedSite) -> None:
    """A virus that the partner was told of too late, solved, learned from."""
    webmaster = stage.who("I001")
    found = incidents.report_incident(
        site_id=site.pk, kind="virus", title="杀毒软件报告首页脚本有木马", detail="顾客来电反映，用手机打开也有提示。",
        by=stage.who("E001"), now=stage.ago(minutes=1900),
    )  # fmt: skip
    incidents.acknowledge(incident_id=found.pk, by=webmaster, now=stage.ago(minutes=1894))
    partner.record_call(
        incident_id=found.pk, partner=partner.partners(stage.now)[0], whom="周工",
        text="首页脚本被植入木马，请清除", at=None, by=webmaster, now=stage.ago(minutes=1862),
    )  # fmt: skip
    incidents.resolve(
        incident_id=found.pk,
        resolution="合作公司恢复脚本并更换后台密码",
        by=webmaster,
        now=stage.ago(minutes=1800),
    )
    incidents.close(
        incident_id=found.pk, cause="旧统计插件存在漏洞", effect="商城首页约一个半小时",
        prevention="停用插件，脚本改为只读",
        by=webmaster, now=stage.ago(minutes=1500),
    )  # fmt: skip


def _board(stage: Stage) -> None:
    agent, other = stage.who("A001"), stage.who("A002")
    sender, _secret = senders.add_sender(
        code="www", name="官网", by=stage.who("I001"), now=stage.ago(days=60)
    )

    create_channel(
        name="对外邮箱", kind="email", config={}, urgent_only=False, positions=[], people=[],
        by=stage.who("I001"), now=stage.ago(days=60),
    )  # fmt: skip

    def said(
        days: float, text: str, topic: str = "", name: str = "", signed: bool = False, email: str = ""
    ) -> int:
        fields = {"name": name, "phone": "13800000000", "email": email, "topic": topic, "text": text}
        return board.receive(
            fields=fields, sender=sender if signed else None, external_id=f"demo_{days}" if signed else "",
            body=text.encode(), now=stage.ago(days=days),
        ).message.pk  # fmt: skip

    old = said(380, "想了解 2025 款餐桌", "餐桌", "何女士")
    board.answer(message_id=old, text="已电话说明。", way="phone", by=agent, now=stage.ago(days=379.9))
    board.erase_expired(now=stage.now)
    asked = (
        (9, "样品可以借回家看吗？", "可以，付押金后借三天。"),
        (6, "三人沙发能进电梯吗？", "沙发腿可拆，拆后宽 78 厘米，一般家用电梯都能进。"),
        (3, "橡木餐桌怎么保养？", "避免暴晒，每半年用木蜡油擦拭一次。"),
    )
    for days, question, reply in asked:
        pk = said(days, question, "咨询", "王女士", signed=days == 6)
        board.answer(message_id=pk, text=reply, way="phone", by=agent, now=stage.ago(days=days - 0.05))
        run = board.propose_entry(
            message_id=pk, question=question, reply=reply, by=agent, now=stage.ago(days=days - 0.1)
        )
        if days > 5:
            stage.until_agreed(run, at=stage.ago(days=days - 0.5))
        if days == 9:
            board.withdraw_entry(
                message_id=pk, reason="借样已停办", by=stage.who("M001"), now=stage.ago(days=4)
            )
    spam = said(2, "代开发票，加微信", "发票")
    board.close(message_id=spam, kind="spam", reason="广告", by=other, now=stage.ago(days=1.95))
    abuse = said(1.8, "你们全是骗子，等着瞧", "投诉")
    board.close(message_id=abuse, kind="abuse", reason="辱骂，无具体诉求", by=other, now=stage.ago(days=1.75))
    thread = said(1.5, "周末能送货到昌平吗？", "送货", "刘先生")
    board.answer(
        message_id=thread, text="可以，周六上午送达。", way="phone", by=other, now=stage.ago(days=1.4)
    )
    board.note(message_id=thread, text="客户要求到前一小时电话", by=other, now=stage.ago(days=1.39))
    by_mail = said(0.6, "能寄一份色板吗？", "色板", "周女士", email="zhou@visitor.example")
    board.answer(
        message_id=by_mail, text="色板明天寄出，预计三天到。", way="email", by=agent, now=stage.ago(days=0.5)
    )
    lost = said(0.9, "订制柜的安装图能发我吗？", "安装图", "郑先生", email="zheng@visitor.example")
    board.answer(
        message_id=lost,
        text="安装图已随信附上说明，请查收。",
        way="email",
        by=other,
        now=stage.ago(days=0.85),
    )
    delivery = BoardDelivery.objects.get(reply__message_id=lost)
    delivery.attempts = MOST_ATTEMPTS
    delivery.save(update_fields=["attempts"])
    letters.keep_outcome(  # given up: the visitor is to be called
        delivery=delivery, error="550 mailbox unavailable", now=stage.ago(days=0.3)
    )
    held = said(0.2, "这款沙发的面料怎么样？", "面料", "吴先生")  # its words wait for a second person
    board.answer(
        message_id=held, text="面料和内衬都是零甲醛的。", way="phone", by=agent, now=stage.ago(days=0.1)
    )
    said(1.2, "订单什么时候发货？", "发货", "赵先生")  # overdue
    said(0.03, "儿童房家具有检测报告吗？", "检测报告", "孙女士", signed=True)
    stage.settle(stage.now)


def _takedowns(stage: Stage) -> None:
    """A case in each state: decided, found to be without ground, heard, to be heard."""
    webmaster, manager = stage.who("I001"), stage.who("M001")
    titles = [title for title, _text in content.DOUBTFUL]
    answers = (
        ("administrative", "数字取自去年的报告，没有核对。", "口头提醒，今后数字须附来源。"),
        (UNFOUNDED, "来信原件在档，客户同意刊登。", "内容属实，可再次发布。"),
        ("", "措辞不当，已拟好修改稿。", ""),
        ("", "", ""),
    )
    for number, (item, (liability, said, decision)) in enumerate(
        zip(Item.objects.filter(newest__title__in=titles).order_by("pk"), answers, strict=True)
    ):
        hours = 60 - 16 * number
        taken = takedowns.take_down(
            item_id=item.pk, category="false", reason="文中的说法没有依据", by=webmaster,
            now=stage.ago(hours=hours),
        )  # fmt: skip
        if said and taken.author is not None:
            takedowns.hear(
                takedown_id=taken.pk, statement=said, by=taken.author, now=stage.ago(hours=hours - 4)
            )
        if decision:
            takedowns.decide(
                takedown_id=taken.pk, liability=liability, decision=decision, by=manager,
                now=stage.ago(hours=hours - 9),
            )  # fmt: skip
