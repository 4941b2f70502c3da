"""Demand plans: what we need until when, and the purchase orders that take their lines from them (P1.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Sum
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from contracts.models import DemandLine, DemandPlan, OrderLine, PurchaseOrder
from contracts.order_subjects import demand_subject
from contracts.services.ordering import MOST_PIECES, LineWish, put_line
from contracts.services.sides import ORDER, next_number, ours
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.rulebook.allowed import words, wrong

if TYPE_CHECKING:
    from office.staff.models import Employee

MOST_LINES = 200
VERBS = {
    "contracts.demand_begun": _("Demand plan begun"),
    "contracts.demand_line_added": _("Need written down"),
    "contracts.demand_closed": _("Demand plan closed"),
}


@transaction.atomic
def begin_plan(*, title: str, by: Employee, now: datetime) -> DemandPlan:
    """Raises Forbidden, Invalid."""
    ours(by, ORDER, now)
    title = words(title, path="title", longest=120, missing=_("Give the plan a title."))
    pk, number = next_number("contracts_demandplan", "DP", now)
    plan = DemandPlan.objects.create(pk=pk, number=number, title=title, created_by=by, created_at=now)
    audit.record("contracts.demand_begun", subject=demand_subject(plan), by=by, now=now, clause="P1.3")
    return plan


@transaction.atomic
def add_need(
    *,
    plan_id: int,
    name: str,
    quantity: int,
    needed_on: date,
    by: Employee,
    now: datetime,
    sku: str = "",
    spec: str = "",
) -> DemandLine:
    """Raises Forbidden, NotFound, Conflict, Invalid."""
    ours(by, ORDER, now)
    plan = _lock(plan_id)
    if not 0 < quantity <= MOST_PIECES:
        raise wrong("quantity", _("From 1 to %(n)d pieces.") % {"n": MOST_PIECES})
    if needed_on <= localdate(now):
        raise wrong("needed_on", _("A day to come."))
    last = plan.lines.aggregate(last=Max("n"))["last"] or 0
    if last >= MOST_LINES:
        raise Conflict(_("A plan has at most %(n)d lines.") % {"n": MOST_LINES}, code="full")
    line: DemandLine = DemandLine.objects.create(
        plan=plan,
        n=last + 1,
        name=words(name, path="name", longest=120, missing=_("Say what it is.")),
        sku=words(sku, path="sku", longest=60),
        spec=words(spec, path="spec", longest=120),
        quantity=quantity,
        needed_on=needed_on,
    )
    audit.record(
        "contracts.demand_line_added", subject=demand_subject(plan), by=by, now=now, clause="P1.3",
        data={"line": line.n, "sku": line.sku, "quantity": quantity},
    )  # fmt: skip
    return line


@transaction.atomic
def close_plan(*, plan_id: int, by: Employee, now: datetime) -> DemandPlan:
    """Raises Forbidden, NotFound, Conflict."""
    ours(by, ORDER, now)
    plan = _lock(plan_id)
    plan.closed_at = now
    plan.save(update_fields=["closed_at"])
    audit.record("contracts.demand_closed", subject=demand_subject(plan), by=by, now=now, clause="P1.3")
    return plan


@transaction.atomic
def order_need(*, demand_id: int, order_id: int, wish: LineWish, by: Employee, now: datetime) -> OrderLine:
    """A line of a draft order out of a need: its goods, and not more pieces than are still to be ordered. Raises
    Forbidden, NotFound, Conflict (`closed`), Invalid."""
    ours(by, ORDER, now)
    need = (
        DemandLine.objects.select_for_update(of=("self",)).select_related("plan").filter(pk=demand_id).first()
    )
    if need is None:
        raise NotFound(_("There is no such need."))
    if need.plan.closed_at is not None:
        raise Conflict(_("The plan is closed."), code="closed", clause="P1.3")
    left = still_needed([need])[need.pk]
    if wish.quantity > left:
        raise wrong(
            "quantity",
            _("%(n)d pieces are still to be ordered.") % {"n": left},
            code="covered",
            clause="P1.3",
        )
    line = put_line(
        order_id=order_id, wish=replace(wish, sku=need.sku, name=need.name, spec=need.spec), by=by, now=now
    )
    line.demand = need
    line.save(update_fields=["demand"])
    return line


def still_needed(needs: list[DemandLine]) -> dict[int, int]:
    """need → pieces that no order holds yet; cancelled orders hold none."""
    ordered = dict(
        OrderLine.objects.filter(demand__in=needs)
        .exclude(order__state=PurchaseOrder.State.CANCELLED)
        .values_list("demand")
        .annotate(Sum("quantity"))
    )
    return {need.pk: max(need.quantity - ordered.get(need.pk, 0), 0) for need in needs}


def _lock(plan_id: int) -> DemandPlan:
    plan = DemandPlan.objects.select_for_update().filter(pk=plan_id).first()
    if plan is None:
        raise NotFound(_("There is no such demand plan."))
    if plan.closed_at is not None:
        raise Conflict(_("The plan is closed."), code="closed", clause="P1.3")
    return plan
