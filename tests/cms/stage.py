"""Content on its way: what tests of the desk begin with."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cms.models import Column, Item
from cms.rules import content
from cms.services import columns, publishing, writing
from cms.services.writing import Writing
from office.approvals import api as approvals
from office.rulebook import api as rulebook
from office.rulebook.models import Version as BookVersion
from tests import people
from tests.people import person

NOW = dt.datetime(2026, 11, 23, 2, 0, tzinfo=dt.UTC)  # Monday, 10:00 in Shanghai
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)

TEXTS = {
    "news": {
        "title": "新展厅开放",
        "summary": "周末起接待客户",
        "body": "<p>新展厅位于二楼。</p><p>欢迎参观。</p>",
    },
    "product": {
        "title": "橡木餐桌",
        "summary": "一米六，可坐六人",
        "body": "<p>白橡木，水性漆。</p>",
        "source": "产品部检测报告",
        "source_url": "https://lab.example/report/12",
    },
}
WRITERS = {"event": "hu_culture", "profile": "hu_culture", "news": "tang_writer", "product": "lin_editor"}
MALL_WRITERS = {"event": "deng_marketing", "profile": "deng_marketing", "product": "gao_section"}


def everybody() -> None:
    """The whole cast is there, so that no post is stuck."""
    people.everybody()


def mall() -> None:
    """From now on the mall's book is in force."""
    current = BookVersion.objects.get()
    assert current.book == "site"
    rulebook.activate_book(code="mall", starts_at=NOW - DAY, by=None, now=NOW - 2 * DAY)


def column(slug: str = "news", *kinds: str, name: str = "", at: dt.datetime = NOW - 9 * DAY) -> Column:
    """A column that the public sees, as the head of the department agreed."""
    found, made = Column.objects.get_or_create(
        slug=slug,
        defaults={
            "name": name or f"栏目{slug}",
            "kinds": list(kinds) or [kind for kind, _label in content.KINDS],
            "created_at": at,
        },
    )
    if made:
        shown(found, at=at)
    return found


def shown(found: Column, *, at: dt.datetime = NOW - 8 * DAY, **face: Any) -> approvals.Run:
    """What the public reads of the column from then on, asked for and agreed to: that it is shown, or what is named."""
    now = {name: getattr(found, name) for name in Column.FACE} | {"active": True}
    run = approvals.submit(
        kind=columns.KIND, subject=columns.subject_of_column(found), payload={"column": found.pk, **now, **face},
        by=person("shen_operations"), now=at,
    )  # fmt: skip
    agree(run, "chen_manager", now=at)
    found.refresh_from_db()
    return run


def said(kind: str = "news", *, to: Column | None = None, **more: Any) -> Writing:
    """What somebody wrote; texts of the version by name, `flags` and the rest as Writing has them."""
    fields = {name: more.pop(name) for name in ("flags", "department", "files") if name in more}
    return Writing(column_id=(to or column()).pk, texts={**TEXTS.get(kind, TEXTS["news"]), **more}, **fields)


def write(kind: str = "news", who: str = "", *, now: dt.datetime = NOW, **more: Any) -> Item:
    """A new item by who writes such content."""
    by = person(who or WRITERS.get(kind, "lin_editor"))
    return writing.begin_item(kind=kind, writing=said(kind, **more), by=by, now=now)


def edit(
    item: Item, who: str, *, now: dt.datetime = NOW, seen: int | None = None, **more: Any
) -> writing.Saved:
    item.refresh_from_db()
    number = seen if seen is not None else (item.newest.number if item.newest else 0)
    return writing.save_version(
        item_id=item.pk, seen=number, writing=said(item.kind, **more), by=person(who), now=now
    )


def hand_in(item: Item, who: str, *, now: dt.datetime = NOW, **more: Any) -> approvals.Run:
    return publishing.submit_item(item_id=item.pk, by=person(who), now=now, **more)


def agree(run: approvals.Run, *who: str, now: dt.datetime = NOW) -> approvals.Run:
    """One after the other."""
    for each in who:
        approvals.approve(run_id=run.pk, by=person(each), now=now)
    run.refresh_from_db()
    return run


def publish(run: approvals.Run, who: str = "lin_editor", *, now: dt.datetime = NOW) -> approvals.Run:
    return approvals.execute(run_id=run.pk, by=person(who), now=now)


def on_the_site(kind: str = "news", who: str = "", *, now: dt.datetime = NOW, **more: Any) -> Item:
    """Written, agreed to and published, by the site's book."""
    times = {name: more.pop(name) for name in ("starts_at", "ends_at") if name in more}
    item = write(kind, who, now=now, **more)
    run = hand_in(item, who or WRITERS.get(kind, "lin_editor"), now=now, **times)
    publish(agree(run, "chen_manager", now=now), now=now)
    return item
