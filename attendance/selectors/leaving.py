"""Reading leavings: who is on the way out, a person's checklist, who may see it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from attendance import holdings
from attendance.models import HandOverItem, Leaving
from attendance.rules.leaving import earliest_last_day, local_day
from attendance.services import handover
from attendance.services.leaving import CALL_OFF, RESIGNATION, SEE, notice_of_book, resignation_subject
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.deadlines.models import Deadline
from office.errors import NotFound
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PAGE = 50
PENDING = Q(items__state__in=["open", "offered"])


@dataclass(frozen=True, slots=True)
class Line:
    """One person in the list: how much of what he holds is still open, until when."""

    leaving: Leaving
    total: int
    open: int
    clock: Deadline | None


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one provider."""

    name: StrOrPromise
    items: list[HandOverItem]
    by_word: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One leaving as a person sees it. `may_name`: he may name successors; `mine`: he is who leaves."""

    leaving: Leaving
    groups: list[Group]
    open: int
    clocks: list[Deadline]
    timeline: Collection[audit.TimelineRow]
    may_name: bool
    may_call_off: bool
    mine: bool


def listed(*, ended: bool = False, before: int | None = None) -> list[Line]:
    """One page and one more: who is on the way out by last day, with those who left things open; or the ended ones,
    the newest first. Two queries."""
    rows = Leaving.objects.select_related("employee").annotate(
        total=Count("items", filter=~Q(items__state="gone")), pending=Count("items", filter=PENDING)
    )
    live = Q(state="running") | Q(state="left", pending__gt=0)
    rows = rows.filter(~live) if ended else rows.filter(live)
    if ended:
        if before is not None:
            rows = rows.filter(pk__lt=before)
        found = list(rows.order_by("-pk")[: PAGE + 1])
    else:
        found = list(rows.order_by("last_day", "pk")[:200])
    clocks = _clocks(found)
    return [Line(each, each.total, each.pending, clocks.get(str(each.pk))) for each in found]


def _clocks(found: Collection[Leaving]) -> dict[str, Deadline]:
    rows = Deadline.objects.filter(
        subject_type="leaving", subject_id__in=[str(each.pk) for each in found], rule=handover.DEADLINE
    )
    return {row.subject_id: row for row in rows.order_by("pk")}


def access_leaving(pk: int, person: Employee, permissions: Collection[str]) -> Leaving:
    """For who sees to leavings, who leaves, and who is asked to take something over. Raises NotFound."""
    found = Leaving.objects.select_related("employee", "began_by", "run").filter(pk=pk).first()
    if found is not None and (
        SEE in permissions or found.employee_id == person.pk or found.items.filter(successor=person).exists()
    ):
        return found
    raise NotFound(_("There is no such leaving."))


def page(pk: int, person: Employee, permissions: Collection[str], now: datetime) -> Page:
    """Raises NotFound. A successor sees what he is asked for or took, and nothing else."""
    leaving = access_leaving(pk, person, permissions)
    mine = leaving.employee_id == person.pk
    sees = SEE in permissions or mine
    items = leaving.items.select_related("successor", "named_by").order_by("provider", "pk")
    if not sees:
        items = items.filter(successor=person)
    by_provider: dict[str, list[HandOverItem]] = {}
    for item in items:
        by_provider.setdefault(item.provider, []).append(item)
    order = [provider.code for provider in holdings.providers()]
    groups = [
        Group(holdings.name_of(code), by_provider[code], by_word=_by_word(code))
        for code in sorted(
            by_provider, key=lambda code: (order.index(code) if code in order else len(order), code)
        )
    ]
    pending = sum(item.state in handover.PENDING for group in groups for item in group.items)
    live = leaving.state != Leaving.State.CALLED_OFF
    clocks = Deadline.objects.filter(subject_type="leaving", subject_id=str(leaving.pk)).order_by("pk")
    return Page(
        leaving,
        groups,
        pending,
        list(clocks),
        audit.timeline(leaving.subject) if sees else [],
        may_name=live and sees and pending > 0,
        may_call_off=CALL_OFF in permissions and leaving.state == Leaving.State.RUNNING and not mine,
        mine=mine,
    )


def _by_word(code: str) -> bool:
    provider = holdings.find(code)
    return provider is None or provider.move is None


def candidates_for(leaving: Leaving) -> list[Employee]:
    """Who could take something over: everybody who is here and stays."""
    return list(
        Employee.objects.filter(is_active=True)
        .exclude(pk=leaving.employee_id)
        .exclude(leavings__state="running")
        .order_by("name_key", "number")
    )


def running_of(person: Employee) -> Leaving | None:
    return Leaving.objects.filter(employee=person, state="running").select_related("employee").first()


@dataclass(frozen=True, slots=True)
class Notice:
    """What the form of a resignation needs: what the book demands today, and the request that is on its way."""

    months: int
    days: int
    earliest: date
    clause: str
    runs: list[Run]
    live: Run | None
    returned: Run | None
    leaving: Leaving | None


def notice_of(person: Employee, clause: str, now: datetime) -> Notice:
    months, days = notice_of_book(now)
    runs = [
        run
        for run in approvals.runs_about(resignation_subject(person), person, now)
        if run.kind == RESIGNATION and run.requester_id == person.pk
    ]
    live = next((run for run in runs if run.live), None)
    returned = live if live is not None and live.state == Run.State.RETURNED else None
    return Notice(
        months,
        days,
        earliest_last_day(local_day(now), months, days),
        clause,
        runs,
        live,
        returned,
        running_of(person),
    )


def offered_to(person: Employee, limit: int = 50) -> list[HandOverItem]:
    """What waits for his yes, the oldest first."""
    return list(
        HandOverItem.objects.filter(successor=person, state="offered")
        .select_related("leaving__employee")
        .order_by("named_at", "pk")[:limit]
    )


def item_of(pk: int, person: Employee) -> HandOverItem:
    """What he is or was asked to take over. Raises NotFound."""
    found = HandOverItem.objects.filter(pk=pk, successor=person).first()
    if found is None:
        raise NotFound(_("Nobody asks you to take this over."))
    return found


def with_open_items(person: Employee | None) -> list[Line]:
    """Checklists on which nobody is named yet for something; of one person, or of everybody."""
    rows = Leaving.objects.select_related("employee").exclude(state="called_off")
    if person is not None:
        rows = rows.filter(employee=person)
    found = list(
        rows.annotate(unnamed=Count("items", filter=Q(items__state="open")))
        .filter(unnamed__gt=0)
        .order_by("last_day", "pk")[:PAGE]
    )
    clocks = _clocks(found) if found else {}
    return [Line(each, each.unnamed, each.unnamed, clocks.get(str(each.pk))) for each in found]
