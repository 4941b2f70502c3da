"""What waits on one person at the order desk, by due time: the order desk's part of my day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from office.deadlines import api as deadlines
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff import selectors as staff
from office.staff.models import Employee
from orders.models import Note, OrderProgress, OrderRecord, Shop
from orders.wording import goods_said

LIMIT = 50
State = OrderProgress.State


@dataclass(frozen=True, slots=True)
class DayItem:
    """One thing to do: what, by which clause, until when, and the one button that moves it on."""

    title: str | Promise
    label: str  # shop and number, never a customer
    detail: str
    url: str
    action: str | Promise
    due_at: datetime | None
    started_at: datetime | None
    clause: str
    state: str  # the OrderProgress state, "" for what is no order


def items_for(user: Employee, now: datetime) -> list[DayItem]:
    """At most LIMIT of each kind, by due time; what has no due time comes last."""
    granted = rulebook.permissions_of(user, now)
    clauses = {key: rule.clause for key, rule in rulebook.book(now).rules.items()}
    shops = dict(Shop.objects.values_list("pk", "name"))
    found = [*_held(user, clauses, shops), *_callbacks(user, now)]
    if "orders.take_over" in granted:
        found += _to_take(clauses, shops)
        found += _taken(user, clauses, shops)
    if "orders.reassign" in granted:
        found += _late(user, now, clauses, shops)
    found += _records(user, now)
    never = now + timedelta(days=36500)
    return sorted(found, key=lambda item: item.due_at or never)


def _order(
    row: OrderProgress,
    *,
    title: str | Promise,
    action: str | Promise,
    anchor: str,
    due_at: datetime | None,
    clause: str,
    shops: dict[int, str],
    started_at: datetime | None,
) -> DayItem:
    return DayItem(
        title=title,
        label=f"{shops.get(row.shop_id, '')} {row.number}",
        detail=goods_said(row.goods),
        url=reverse("orders:order", args=[row.pk]) + anchor,
        action=action,
        due_at=due_at,
        started_at=started_at,
        clause=clause,
        state=row.state,
    )


def _held(user: Employee, clauses: dict[str, str], shops: dict[int, str]) -> Iterator[DayItem]:
    steps = {
        State.ACCEPTED: (_("Reach the customer"), _("Record contact"), "#contact"),
        State.CONTACTED: (_("Confirm the order"), _("Confirm"), "#confirm"),
        State.CONFIRMED: (_("Hand the order over"), _("Hand over"), "#hand-over"),
    }
    rows = OrderProgress.objects.filter(holder=user, state__in=list(steps)).order_by(
        F("due_at").asc(nulls_last=True)
    )
    for row in rows[:LIMIT]:
        title, action, anchor = steps[State(row.state)]
        due_at, started = row.due_at, row.accepted_at
        if row.next_try_at and (due_at is None or row.next_try_at < due_at):
            title, action, anchor, due_at = (
                _("Try the customer again"),
                _("Record contact"),
                "#contact",
                row.next_try_at,
            )
        if row.state == State.CONFIRMED:
            started = row.confirmed_at
        yield _order(
            row,
            title=title,
            action=action,
            anchor=anchor,
            due_at=due_at,
            clause=clauses.get(row.due_rule, ""),
            shops=shops,
            started_at=started,
        )


def _to_take(clauses: dict[str, str], shops: dict[int, str]) -> Iterator[DayItem]:
    for row in OrderProgress.objects.filter(state=State.HANDED_OVER).order_by("due_at")[:LIMIT]:
        yield _order(
            row,
            title=_("Take the order over"),
            action=_("Take"),
            anchor="#take",
            due_at=row.due_at,
            clause=clauses.get("orders.takeover", ""),
            shops=shops,
            started_at=row.handed_over_at,
        )


def _taken(user: Employee, clauses: dict[str, str], shops: dict[int, str]) -> Iterator[DayItem]:
    if "orders.followup" not in clauses:
        return
    rows = OrderProgress.objects.filter(state=State.TAKEN, taken_by=user, due_at__isnull=False).order_by(
        "due_at"
    )
    for row in rows[:LIMIT]:
        yield _order(
            row,
            title=_("Follow the order up"),
            action=_("Write a follow-up note"),
            anchor="#note",
            due_at=row.due_at,
            clause=clauses["orders.followup"],
            shops=shops,
            started_at=row.taken_at,
        )


def _late(user: Employee, now: datetime, clauses: dict[str, str], shops: dict[int, str]) -> Iterator[DayItem]:
    rows = (
        OrderProgress.objects.filter(state__in=OrderProgress.OPEN_STATES, due_at__lt=now)
        .exclude(holder=user)
        .select_related("holder")
        .order_by("due_at")
    )
    for row in rows[:LIMIT]:
        item = _order(
            row,
            title=_("Overdue: %(what)s") % {"what": _late_what(row.due_rule)},
            action=_("Reassign"),
            anchor="#reassign",
            due_at=row.due_at,
            clause=clauses.get(row.due_rule, ""),
            shops=shops,
            started_at=row.received_at,
        )
        holder = row.holder.name if row.holder else _("nobody has it")
        yield replace(item, detail=f"{holder} · {goods_said(row.goods)}")


def _late_what(due_rule: str) -> str:
    return str(_("the next try") if due_rule == "next_try" else deadlines.title_of(due_rule))


def _callbacks(user: Employee, now: datetime) -> Iterator[DayItem]:
    """Callbacks of today and before; tomorrow's are not yet in the way."""
    local = now.astimezone(ZONE)
    tonight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    rows = (
        Note.objects.filter(by=user, callback_at__lt=tonight, done_at=None)
        .select_related("order__progress", "order__shop")
        .order_by("callback_at")
    )
    for note in rows[:LIMIT]:
        yield DayItem(
            title=_("Call back"),
            label=f"{note.order.shop.name} {note.order.number}",
            detail=goods_said(note.order.progress.goods),
            url=reverse("orders:order", args=[note.order_id]) + "#notes",
            action=_("Open"),
            due_at=note.callback_at,
            started_at=note.at,
            clause="",
            state=note.order.progress.state,
        )


def _records(user: Employee, now: datetime) -> Iterator[DayItem]:
    if "back_office" not in staff.positions_of(user, now):
        return
    for record in OrderRecord.objects.filter(Q(confirmed_at=None)).order_by("period_end")[:LIMIT]:
        yield DayItem(
            title=_("Confirm the record of orders"),
            label=record.filename,
            detail="",
            url=reverse("orders:records"),
            action=_("Open"),
            due_at=None,
            started_at=record.made_at,
            clause=record.clause,
            state="",
        )


def pool_size(user: Employee, now: datetime) -> int | None:
    """Orders waiting in the pool, counted up to 100; None for people who do not take orders."""
    if "orders.accept_order" not in rulebook.permissions_of(user, now):
        return None
    return len(OrderProgress.objects.filter(state=State.WAITING).values_list("pk")[:100])
