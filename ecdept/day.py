"""My day: what waits on me, ordered by due time; my shift; who has the hotline; what is unread."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.selectors import access_day, vault_day
from attendance.selectors import day_leave, day_people, hotline, mine
from attendance.services import clocking
from backups.selectors import day as backup_day
from catalog.selectors import day as goods_day
from cms.selectors import day as site_day
from contracts.selectors import complaint_day, day_agreements, day_purchase, money_day, plans
from contracts.selectors import day as contracts_day
from ecdept.lockout import client_address
from office.approvals.selectors import queue as approvals
from office.approvals.selectors.asked import CHECK, DECIDE, EXECUTE
from office.notices import api as notices
from office.rulebook.guards import person
from office.staff import selectors as staff
from office.staff.models import Employee, Presence
from orders.selectors import day as order_day
from orders.selectors.day import DayItem


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The first page after signing in; htmx asks again for its list only."""
    me, now = person(request), timezone.now()
    with staff.posts_asked_once():
        items = items_for(me, now)
        pool = order_day.pool_size(me, now)
    context = {
        "items": items,
        "late": sum(1 for item in items if item.due_at and item.due_at < now),
        "presence": Presence.objects.filter(employee=me, ended_at=None).first(),
        "holder": hotline.holder(now),
        "next": mine.next_shift(me, now),
        "nights": mine.my_nights(me, now, limit=2),
        "unread": notices.unread_count(me.pk),
        "pool": pool,
        "plans": plans.mine(me),
        "may_clock": clocking.allowed(client_address(request)),
        "now": now,
    }
    template = "day/_list.html" if request.headers.get("HX-Request") else "day/home.html"
    return render(request, template, context)


#: Of the approvals that wait, so many stand in the day; the rest is in their queue.
APPROVALS = 20


def items_for(me: Employee, now: datetime) -> list[DayItem]:
    """What every desk and engine has for the person, by due time; what has none comes last."""
    items = [*order_day.items_for(me, now), *_approvals(me, now), *_desks(me, now), *_swaps(me)]
    return sorted(items, key=lambda item: (item.due_at is None, item.due_at))


def _approvals(me: Employee, now: datetime) -> Iterator[DayItem]:
    words = {
        DECIDE: (_("Decide: {what}"), _("Look and decide")),
        EXECUTE: (_("Carry out: {what}"), _("Carry out")),
        CHECK: (_("Check: {what}"), _("Check")),
    }
    for line in approvals.waiting(me, now, limit=APPROVALS).lines:
        title, action = words[line.what]
        yield DayItem(
            title=title.format(what=line.kind_name),
            label=line.run.label,
            detail=line.run.requester,
            url=reverse("approvals:run", args=[line.run.pk]),
            action=action,
            due_at=line.due_at,
            started_at=line.run.submitted_at,
            clause=line.run.clause,
            state="",
        )


def _swaps(me: Employee) -> Iterator[DayItem]:
    for swap in mine.waiting_swaps(me):
        yield DayItem(
            title=_("Answer a swap"),
            label=f"{swap.given.day:%m-%d}",
            detail=swap.asker.name,
            url=reverse("attendance:swaps"),
            action=_("Look"),
            due_at=swap.given.starts_at,
            started_at=swap.asked_at,
            clause="S1d",
            state="",
        )


def _desks(me: Employee, now: datetime) -> Iterator[DayItem]:
    """What waits on the person at the desks of goods, of the site, and in coming and leaving."""
    lines: list[
        goods_day.Waiting
        | site_day.Waiting
        | day_people.Waiting
        | vault_day.Waiting
        | backup_day.Waiting
        | contracts_day.Waiting
    ] = [
        *goods_day.waiting(me, now),
        *site_day.waiting(me, now),
        *day_people.waiting(me, now),
        *day_leave.waiting(me, now),
        *vault_day.waiting(me, now),
        *access_day.waiting(me, now),
        *backup_day.waiting(me, now),
        *complaint_day.waiting(me, now),
        *money_day.waiting(me, now),
        *day_agreements.waiting(me, now),
        *day_purchase.waiting(me, now),
    ]
    for line in lines:
        yield DayItem(
            title=line.title,
            label=line.label,
            detail=str(line.detail),
            url=line.url,
            action=line.action,
            due_at=line.due_at,
            started_at=line.started_at,
            clause=line.clause,
            state="",
        )
