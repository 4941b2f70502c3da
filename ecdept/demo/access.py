"""Access in the demo: levels, permissions, a review, the machine room, changes of the database, records."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import DatabaseChange, Grant
from accounts.rules.words import BACK_OFFICE, grantable
from accounts.services import advisories, changes, grants, procedures, reviewing, room, security
from catalog.selectors import stock
from catalog.services import exports
from ecdept.demo.stage import Stage
from office.approvals import api as approvals
from office.approvals.selectors import people
from office.rulebook import api as rulebook

#: Invented, and says so.
ADVISORIES = json.dumps(
    [
        {
            "id": "DEMO-2026-0001",
            "summary": "演示数据：虚构的公告",
            "affected": [
                {
                    "package": {"ecosystem": "PyPI", "name": "redis"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999"}]}],
                }
            ],
        },
        {
            "id": "DEMO-2026-0002",
            "affected": [{"package": {"ecosystem": "PyPI", "name": "not-installed"}, "versions": ["1.0"]}],
        },
    ]
).encode()


def play(stage: Stage) -> None:
    """From the oldest to the newest; nothing where the book in force, an older one, knows no levels."""
    if BACK_OFFICE not in grantable(rulebook.book(stage.now)):
        return
    given = _ask(stage, "D001", days=9, span=30, reason="大促期间协助核对订单备注和商品图。")
    stage.until_agreed(given, at=stage.ago(days=8.5), comment="同意，活动结束即收回。")
    stage.execute(approvals.Run.objects.get(pk=given.pk), at=stage.ago(days=8), evidence="")
    returned = _ask(stage, "E003", days=3, span=60, reason="想看看后台。")
    stage.give_back(returned, at=stage.ago(days=2.5), reason="请写明用途和具体期限。")
    asked = _ask(stage, "H001", days=1.2, span=14, reason="核对客服加班与接单记录。")
    [step] = rulebook.chain_rule(asked.chain, stage.ago(days=1.2)).steps
    if step.mode == "all":  # one of both has signed
        stage.agree(asked, at=stage.ago(days=1), comment="同意，仅限只读。")
    _sections(stage)
    _machine_room(stage)
    _changes(stage)
    _records(stage)
    reviewing.open_review(now=stage.ago(days=1))
    stage.settle(stage.now)


def _sections(stage: Stage) -> None:
    """Permissions of sections: one in force, one special and waiting, one ended early, one over."""
    held = _granted(stage, "A001", "catalog.export", days=20, span=60, reason="协助盘点，导出商品清单核对。")
    for days, form in ((15, "xlsx"), (4, "csv")):  # what the grant was for: both stand in the register
        exports.export_stock(
            filters=stock.Filters(), format=form, by=stage.who("A001"), now=stage.ago(days=days)
        )
    ended = _granted(stage, "E002", "catalog.view_cost", days=30, span=45, reason="撰写促销文案需核对成本。")
    grants.ask_grant(
        person_id=stage.who("P001").pk, word="orders.export", first_day=timezone.localdate(stage.now),
        last_day=timezone.localdate(stage.now) + timedelta(days=7), reason="月度对账。", by=stage.who("P001"),
        now=stage.ago(hours=20),
    )  # fmt: skip
    _granted(
        stage, "D001", "catalog.planner_view", days=40, span=10, reason="旺季海报排期。"
    )  # over by itself
    run = grants.ask_end(
        grant_id=ended.pk, reason="工作已交接。", by=stage.who("M001"), now=stage.ago(days=6)
    )
    stage.until_agreed(run, at=stage.ago(days=5.5))
    stage.execute(approvals.Run.objects.get(pk=run.pk), at=stage.ago(days=5), evidence="")
    grants.ask_end(
        grant_id=held.pk, reason="盘点提前结束，可以收回。", by=stage.who("A001"), now=stage.ago(hours=6)
    )


def _granted(stage: Stage, who: str, word: str, *, days: float, span: int, reason: str) -> Grant:
    asked = _ask(stage, who, days=days, span=span, reason=reason, word=word)
    stage.until_agreed(asked, at=stage.ago(days=days - 0.5))
    stage.execute(approvals.Run.objects.get(pk=asked.pk), at=stage.ago(days=days - 1), evidence="")
    return Grant.objects.get(run_id=asked.pk)


def _machine_room(stage: Stage) -> None:
    """By post, with leave, and without: the alert."""
    admin, at = stage.who("I001"), stage.ago(days=4)
    visit: dict[str, Any] = {"person_id": None, "visitor": "高工（机房空调维保）"}
    leave = room.ask_room(
        **visit, starts_at=at, ends_at=at + timedelta(hours=6), reason="空调季度保养。", by=admin, now=at
    )
    stage.until_agreed(leave, at=at + timedelta(hours=1))
    entry = room.enter(**visit, purpose="空调保养", by=admin, now=at + timedelta(hours=2))
    room.leave(entry_id=entry.pk, done="清洗滤网，正常。", by=admin, now=at + timedelta(hours=3))
    own = room.enter(
        person_id=admin.pk, visitor="", purpose="更换备份磁带", by=admin, now=stage.ago(days=1, hours=3)
    )
    room.leave(entry_id=own.pk, done="已更换。", by=admin, now=stage.ago(days=1, hours=2))
    lost = stage.who("A002")
    found = room.enter(
        person_id=lost.pk, visitor="", purpose="找充电器", by=admin, now=stage.ago(days=2, hours=5)
    )
    room.leave(entry_id=found.pk, done="已请出。", by=admin, now=stage.ago(days=2, hours=4.9))
    room.ask_room(
        person_id=stage.who("I002").pk, visitor="", starts_at=stage.now, ends_at=stage.now + timedelta(days=1),
        reason="检查新机柜。", by=stage.who("I002"), now=stage.ago(hours=3),
    )  # fmt: skip


def _changes(stage: Stage) -> None:
    """Carried out and felt; rolled back at other hours than were agreed; agreed, in its window now; being decided on;
    a draft whose sections have not all spoken."""
    done = _drafted(stage, "订单查询索引", days=24, how="modify")
    _opinions(stage, done, days=23)
    run = changes.hand_in(change_id=done.pk, by=stage.who("I001"), now=stage.ago(days=22))
    stage.until_agreed(run, at=stage.ago(days=21.5))
    changes.tell_outcome(
        change_id=done.pk, ran_from=stage.ago(days=20, hours=2), ran_to=stage.ago(days=20, hours=1), worked=True,
        outcome="索引已建，查询由 3 秒降到 0.2 秒，历史订单可查。", by=stage.who("I001"), now=stage.ago(days=20),
    )  # fmt: skip
    changes.complain(
        change_id=done.pk, text="按电话搜索时偶尔要等一会儿。", by=stage.who("A003"), now=stage.ago(days=18)
    )
    back = _agreed(stage, "会话表清理", days=14)
    changes.tell_outcome(
        change_id=back.pk, ran_from=back.ends_at, ran_to=back.ends_at + timedelta(hours=1), worked=False,
        outcome="前一项维护拖延，过了时段才开始；清理后登录变慢，已切回旧表。", by=stage.who("I001"),
        now=back.ends_at + timedelta(hours=2),
    )  # fmt: skip
    _agreed(stage, "留言表索引", days=4.05)
    asked = _drafted(stage, "库存表重建", days=3, how="redevelop", firm="紫文科技有限公司")
    _opinions(stage, asked, days=2.5)
    changes.hand_in(change_id=asked.pk, by=stage.who("I001"), now=stage.ago(days=2))
    draft = _drafted(stage, "商品图片归档", days=1.5, how="modify")
    changes.give_opinion(
        change_id=draft.pk,
        agrees=False,
        text="大促前一周不要动图片。",
        by=stage.who("P002"),
        now=stage.ago(days=1),
    )


def _agreed(stage: Stage, title: str, *, days: float) -> DatabaseChange:
    """Its window opens four days after it was drafted."""
    change = _drafted(stage, title, days=days, how="modify")
    _opinions(stage, change, days=days - 0.5)
    run = changes.hand_in(change_id=change.pk, by=stage.who("I001"), now=stage.ago(days=days - 1))
    stage.until_agreed(run, at=stage.ago(days=days - 2))
    change.refresh_from_db()
    return change


def _drafted(stage: Stage, title: str, *, days: float, how: str, firm: str = "") -> DatabaseChange:
    start = stage.ago(days=days - 4)
    content = changes.Content(
        title=title, why="数据量增长，现有结构跟不上。", plan="凌晨停写一小时，分批执行，逐批核对。",
        continuity="旧表保留三个月，历史数据只读可查。", rollback="恢复到变更前的备份，切回旧表。",
        tested="在恢复演练库上完整执行一遍，核对一致。", done_by="outside" if firm else "in_house", how=how, firm=firm,
        starts_at=start, ends_at=start + timedelta(hours=4),
    )  # fmt: skip
    return changes.draft_change(content=content, by=stage.who("I001"), now=stage.ago(days=days))


def _opinions(stage: Stage, change: DatabaseChange, *, days: float) -> None:
    held = people.posts_at(rulebook.book(stage.now).superiors, stage.now).holders
    speakers = {min(held[post]) for post in change.asked}
    by_id = {person.pk: person for person in stage.people.values()}
    for pk in sorted(speakers):
        changes.give_opinion(
            change_id=change.pk,
            agrees=True,
            text="没有意见，请避开早高峰。",
            by=by_id[pk],
            now=stage.ago(days=days),
        )


def _records(stage: Stage) -> None:
    """A record that is signed and one that waits; both documents, read by some."""
    old = security.report(now=stage.ago(days=8))
    if old is not None:
        security.sign(
            report_id=old.pk, done="公告文件尚未放入主目录；已手工核对，无需更新。", by=stage.who("I001"),
            now=stage.ago(days=7),
        )  # fmt: skip
    advisories.take(content=ADVISORIES, name="osv-pypi.json", by=stage.who("I001"), now=stage.ago(days=2))
    security.report(now=stage.now)
    users = procedures.publish(
        code="database_users", text=USERS_RULE, by=stage.who("I002"), now=stage.ago(days=30)
    )
    procedures.publish(
        code="operating_procedure", text=OPERATING, by=stage.who("I002"), now=stage.ago(days=12)
    )
    for number in ("A001", "A002", "S001", "M001", "P002", "I001"):
        procedures.acknowledge(procedure_id=users.pk, by=stage.who(number), now=stage.ago(days=29))


USERS_RULE = """一、数据库用户分三级：普通用户、后台用户、数据库管理员。
二、一人一号，不得转借；权限按岗位，超出岗位的须申请并注明期限。
三、离岗当日停用账户，由其主管确认。"""
OPERATING = """一、变更前先备份，并在恢复演练库上试做。
二、在批准的时段内由两人执行，一人操作，一人核对。
三、结束后核对行数与账本，登记结果；不符即按回退方案恢复。"""


def _ask(
    stage: Stage, who: str, *, days: float, span: int, reason: str, word: str = BACK_OFFICE
) -> approvals.Run:
    """The level or permission for so many days from the day of asking on."""
    person, at = stage.who(who), stage.ago(days=days)
    first = timezone.localdate(at)
    return grants.ask_grant(
        person_id=person.pk, word=word, first_day=first, last_day=first + timedelta(days=span),
        reason=reason, by=person, now=at,
    )  # fmt: skip
