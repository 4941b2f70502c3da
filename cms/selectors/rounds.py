"""Reading recurring looks and the freshness of columns."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from cms.models import Column, FreshnessReport, Round, Tick
from cms.selectors.said import timeline
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.rulebook import api as rulebook

PAGE = 40
#: Which permission looks after which kind, and whose clock runs.
MAY = {
    Round.Kind.SITE: "cms.site_check",
    Round.Kind.BOARD: "cms.answer_board",
    Round.Kind.CHAT: "cms.chat_presence",
}
CLOCKS = {
    Round.Kind.SITE: "work.site_checked",
    Round.Kind.BOARD: "work.board_checked",
    Round.Kind.CHAT: "work.presence_checked",
}


class Fresh(NamedTuple):
    """A column: when it was last renewed, how old that is, and how old it may be."""

    column: Column
    at: datetime | None
    days: int | None
    target: int
    stale: bool


def freshness(now: datetime) -> list[Fresh]:
    """Every active column, the stalest first; one query. A column without a target of its own takes the book's."""
    usual = rulebook.limit_rule("work.freshness", at=now).count
    columns = Column.objects.filter(active=True).annotate(
        newest=Max("publications__starts_at", filter=Q(publications__starts_at__lte=now))
    )
    found = []
    for column in columns:
        at: datetime | None = column.newest
        days = None if at is None else (now - at).days
        target = column.freshness_days or usual
        found.append(Fresh(column, at, days, target, days is None or days > target))
    return sorted(found, key=lambda each: (not each.stale, -(each.days if each.days is not None else 9999)))


def reports(limit: int = 26) -> list[FreshnessReport]:
    """The latest, newest first."""
    return list(FreshnessReport.objects.order_by("-period")[:limit])


class RoundLine(NamedTuple):
    """A round with its clock and the name of its shift, "" where it is not asked for by shift."""

    round: Round
    clock: Deadline | None
    shift: str


def listed(permissions: Collection[str]) -> list[RoundLine]:
    """The latest of the kinds that this person looks after, open ones first; two queries."""
    kinds = [kind for kind, key in MAY.items() if key in permissions]
    rows = list(
        Round.objects.filter(kind__in=kinds)
        .select_related("done_by")
        .order_by("-period", "-opened_at", "kind")[:PAGE]
    )
    return _with_clocks(sorted(rows, key=lambda each: each.done_at is not None))


def waiting_for(permissions: Collection[str]) -> list[RoundLine]:
    """What this person has to look through now."""
    kinds = [kind for kind, key in MAY.items() if key in permissions]
    return _with_clocks(
        list(Round.objects.filter(kind__in=kinds, done_at=None).order_by("period", "opened_at")[:10])
    )


def _with_clocks(rows: list[Round]) -> list[RoundLine]:
    clocks = {
        clock.subject_id: clock
        for clock in Deadline.objects.filter(
            subject_type="site_round", subject_id__in=[str(each.pk) for each in rows]
        )
    }
    return [RoundLine(each, clocks.get(str(each.pk)), each.shift_name) for each in rows]


class Point(NamedTuple):
    """One point of a round with the newest tick, if there is one."""

    code: str
    name: str
    tick: Tick | None


@dataclass(frozen=True, slots=True)
class RoundPage:
    """Everything on a round's page."""

    round: Round
    points: list[Point]
    clock: Deadline | None
    shift: str
    rows: list[dict[str, Any]]

    @property
    def complete(self) -> bool:
        return all(point.tick for point in self.points)


def round_page(pk: int, permissions: Collection[str]) -> RoundPage:
    """Raises NotFound, also for a kind that this person does not look after."""
    found = Round.objects.select_related("done_by").filter(pk=pk).first()
    if found is None or MAY[Round.Kind(found.kind)] not in permissions:
        raise NotFound(_("There is no such round."))
    names = rulebook.book(found.opened_at).names
    ticks = {tick.point: tick for tick in found.ticks.select_related("by").order_by("pk")}
    points = [Point(code, str(names.get(code, code)), ticks.get(code)) for code in found.points]
    line = _with_clocks([found])[0]
    return RoundPage(
        found,
        points,
        line.clock,
        line.shift,
        timeline(found.subject, {each.code: each.name for each in points}),
    )
