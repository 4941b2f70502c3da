"""What waits on one person at the catalog desk, for my day: counts, unmatched goods, differences, the market."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import LiveDifference, UnmatchedGoods
from catalog.selectors import market, planning, stock
from catalog.services.debuts import MANAGE
from catalog.services.live import LIVE
from catalog.services.market import MARKET
from catalog.services.planning import KEEP
from catalog.services.stock.writing import COUNT, MOVE, Source, clause_of
from catalog.subjects import summary_subject
from office.rulebook import api as rulebook
from office.staff import api as staff

if TYPE_CHECKING:
    from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to do: what, until when, by which clause, and the one button that moves it on."""

    title: str
    label: str
    detail: str
    url: str
    action: str
    due_at: datetime | None
    started_at: datetime | None
    clause: str


def waiting(person: Employee, now: datetime) -> list[Waiting]:
    """A line for each open count and summary; one each for all unmatched
    goods, all differences, all new products."""
    granted = rulebook.permissions_of(person, now)
    found: list[Waiting] = []
    if COUNT in granted:
        found += _counts()
    if MOVE in granted:
        found += _unmatched(now)
    if LIVE in granted:
        found += _differences()
    if MANAGE in granted:
        found += _debuts()
    if KEEP in granted:
        found += _tasks()
    found += _summaries(person, granted, now)
    return found


def _counts() -> Iterator[Waiting]:
    for count, due_at, begun in stock.day_counts():
        yield Waiting(
            _("Count the stock"),
            count.category.name,
            "",
            reverse("catalog:count", args=[count.pk]),
            _("Count"),
            due_at,
            begun,
            count.clause,
        )


def _unmatched(now: datetime) -> Iterator[Waiting]:
    rows = UnmatchedGoods.objects.filter(state=UnmatchedGoods.State.WAITING)
    found = rows.aggregate(count=Count("id"), first=Min("at"))
    if found["count"]:
        yield Waiting(
            _("Match goods of orders"),
            ngettext("%(n)s line", "%(n)s lines", found["count"]) % {"n": found["count"]},
            "",
            reverse("catalog:unmatched"),
            _("Match"),
            None,
            found["first"],
            clause_of(Source.ORDER, now),
        )


def _differences() -> Iterator[Waiting]:
    rows = LiveDifference.objects.filter(closed_at=None, state=LiveDifference.State.OPEN)
    found = rows.aggregate(count=Count("id"), first=Min("opened_at"), clause=Min("clause"))
    if found["count"]:
        yield Waiting(
            _("A channel differs from what was agreed"),
            ngettext("%(n)s difference", "%(n)s differences", found["count"]) % {"n": found["count"]},
            "",
            reverse("catalog:live"),
            _("Look at it"),
            None,
            found["first"],
            found["clause"],
        )


def _debuts() -> Iterator[Waiting]:
    count, first, due_at = planning.waiting_debuts()
    if first is not None:
        yield Waiting(
            _("Publish new products"),
            first.product.title,
            ngettext("%(n)s product waits", "%(n)s products wait", count) % {"n": count},
            reverse("catalog:products") + "?on=new",
            _("Look at them"),
            due_at,
            first.opened_at,
            first.clause,
        )


def _tasks() -> Iterator[Waiting]:
    for each in planning.open_tasks():
        yield Waiting(
            _("Write the planner’s record"),
            str(each.name),
            "",
            reverse("catalog:planner_task", args=[each.task.pk]),
            _("Write"),
            each.due_at,
            each.task.opened_at,
            each.task.clause,
        )


def _summaries(person: Employee, granted: frozenset[str], now: datetime) -> Iterator[Waiting]:
    summary = market.open_summary() if MARKET in granted else None
    if summary is not None:
        yield Waiting(
            _("Sum the market up"),
            summary_subject(summary).label,
            "",
            reverse("catalog:summary", args=[summary.pk]),
            _("Write"),
            summary.ends_at,
            summary.starts_at,
            summary.clause,
        )
    posts = staff.positions_of(person, now)
    for each in market.unread_for(posts, person.pk) if posts else []:
        yield Waiting(
            _("Acknowledge the market summary"),
            summary_subject(each).label,
            each.by.name if each.by else "",
            reverse("catalog:summary", args=[each.pk]),
            _("Read"),
            None,
            each.handed_in_at,
            each.clause,
        )
