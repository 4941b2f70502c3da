"""What purchase orders, their lines and samples are called in the trail, in notices and on deadlines."""

from __future__ import annotations

from django.utils.timezone import localtime

from contracts.models import DemandPlan, Draw, LossClaim, OrderLine, PurchaseOrder, Rectification, Sample
from office.subjects import Subject


def order_subject(order: PurchaseOrder) -> Subject:
    return Subject("purchase_order", str(order.pk), order.number)


def line_subject(line: OrderLine) -> Subject:
    """ "PO2611-0007 · 1 北欧布艺三人沙发"."""
    return Subject("purchase_line", str(line.pk), f"{line.order.number} · {line.n} {line.name}"[:120])


def sample_subject(sample: Sample) -> Subject:
    return Subject("supplier_sample", str(sample.pk), f"{sample.number} {sample.name}"[:120])


def draw_subject(draw: Draw) -> Subject:
    """ "11-23 09:00"."""
    return Subject("inspection_draw", str(draw.pk), f"{localtime(draw.at):%m-%d %H:%M}")


def rectification_subject(made: Rectification) -> Subject:
    """ "PO2611-0007 · 1 北欧布艺三人沙发"."""
    return Subject("rectification", str(made.pk), line_subject(made.line).label)


def loss_subject(claim: LossClaim) -> Subject:
    return Subject("loss_claim", str(claim.pk), claim.number)


def demand_subject(plan: DemandPlan) -> Subject:
    return Subject("demand_plan", str(plan.pk), f"{plan.number} {plan.title}"[:120])
