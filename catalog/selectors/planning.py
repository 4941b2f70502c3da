"""Reading seasons with their styles, the planner's records and tasks, new products that wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Debut, PlannerRecord, PlannerTask, Product, Season, SeasonPick
from catalog.rules.planning import KINDS, known
from catalog.services.planning import DONE
from catalog.services.planning import KINDS as KINDS_RULE
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = 30
Role = SeasonPick.Role
#: The roles in the order in which a season shows them.
ROLES = (Role.MAIN, Role.PROMOTED, Role.CHOSEN)


@dataclass(slots=True)
class Group:
    """The styles of one role, the latest chosen first."""

    role: str
    name: str
    picks: list[SeasonPick] = field(default_factory=list)


def seasons(*, before: int | None = None) -> tuple[list[Any], int | None]:
    """The latest added first, with the number of choices, a page by key; one query."""
    rows = Season.objects.select_related("by").annotate(choices=Count("picks__sku", distinct=True))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def access_season(season_id: int) -> Season:
    """Raises NotFound."""
    found = Season.objects.select_related("by").filter(pk=season_id).first()
    if found is None:
        raise NotFound(_("There is no such season."))
    return found


def styles_of(season: Season) -> list[Group]:
    """What is chosen now, by role; one query."""
    latest = (
        SeasonPick.objects.filter(season=season)
        .order_by("sku_id", "-pk")
        .distinct("sku_id")
        .select_related("sku__product", "by")
    )
    groups = {str(role): Group(str(role), str(role.label)) for role in ROLES}
    for pick in sorted(latest, key=lambda pick: -pick.pk):
        if pick.role != Role.DROPPED:
            groups[pick.role].picks.append(pick)
    return list(groups.values())


def season_now(now: datetime) -> Season | None:
    """The season that runs today, the one that began last."""
    today = timezone.localdate(now)
    return Season.objects.filter(starts_on__lte=today, ends_on__gte=today).order_by("-starts_on").first()


def picks_now(sku_ids: Iterable[int], now: datetime) -> list[SeasonPick]:
    """The roles of these SKUs in the season that runs today; two queries."""
    season = season_now(now)
    if season is None:
        return []
    rows = SeasonPick.objects.filter(season=season, sku_id__in=list(sku_ids)).select_related("sku")
    latest = rows.order_by("sku_id", "-pk").distinct("sku_id")
    return [row for row in latest if row.role != Role.DROPPED]


def kinds_now(now: datetime) -> list[tuple[str, Any]]:
    """(kind, its name) of the records that the book in force knows."""
    return [(kind, KINDS[kind]) for kind in known(rulebook.parameter_rule(KINDS_RULE, at=now).texts())]


def records(*, kind: str = "", before: int | None = None) -> tuple[list[PlannerRecord], int | None]:
    """The latest first, a page by key; one query."""
    rows = PlannerRecord.objects.select_related("by").defer("text")
    if kind:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None


def access_record(record_id: int) -> PlannerRecord:
    """Raises NotFound."""
    found: PlannerRecord | None = (
        PlannerRecord.objects.select_related("by", "task").filter(pk=record_id).first()
    )
    if found is None:
        raise NotFound(_("There is no such record."))
    return found


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A record that is asked for, until when."""

    task: PlannerTask
    name: Any
    due_at: datetime | None


def open_tasks() -> list[OpenTask]:
    """The next due first; two queries."""
    tasks = list(PlannerTask.objects.filter(record=None).order_by("scheduled_at", "pk")[:50])
    due = _due("planner_task", DONE, [task.pk for task in tasks])
    return [OpenTask(task, KINDS[task.kind], due.get(str(task.pk))) for task in tasks]


def access_task(task_id: int) -> PlannerTask:
    """The task, with its record once it is done. Raises NotFound."""
    found = PlannerTask.objects.select_related("record").filter(pk=task_id).first()
    if found is None:
        raise NotFound(_("There is no such task."))
    return found


def debut_of(product: Product) -> tuple[Debut, datetime | None] | None:
    """How a product waits to be published, and until when."""
    found = Debut.objects.select_related("closed_by").filter(product=product).first()
    if found is None:
        return None
    return found, _due("product", "catalog.first_listing", [product.pk]).get(str(product.pk))


def waiting_debuts() -> tuple[int, Debut | None, datetime | None]:
    """How many new products wait, the first of them, and until when it does; for one's day."""
    rows = Debut.objects.filter(state=Debut.State.OPEN).order_by("opened_at", "pk")
    first = rows.select_related("product").first()
    if first is None:
        return 0, None, None
    due = _due("product", "catalog.first_listing", [first.pk])
    return rows.count(), first, due.get(str(first.pk))


def _due(subject_type: str, rule: str, keys: Iterable[int]) -> dict[str, datetime]:
    rows = Deadline.objects.filter(
        subject_type=subject_type, subject_id__in=[str(key) for key in keys], rule=rule
    )
    return dict(rows.order_by("pk").values_list("subject_id", "due_at"))
