"""Content on its way: what tests of the desk begin with."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cms.models import Column, Item
from cms.rules import content
from cms.services import publishing, writing
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


def column(slug: str = "news", *kinds: str) -> Column:
    found, _made = Column.objects.get_or_create(
        slug=slug,
        defaults={
            "name": f"栏目{slug}",
            "kinds": list(kinds) or [kind for kind, _label in content.KINDS],
            "created_at": NOW - 9 * DAY,
        },
    )
    return found


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
