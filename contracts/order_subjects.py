"""What purchase orders, their lines and samples are called in the trail, in notices and on deadlines."""

from __future__ import annotations

from contracts.models import OrderLine, PurchaseOrder, Sample
from office.subjects import Subject


def order_subject(order: PurchaseOrder) -> Subject:
    return Subject("purchase_order", str(order.pk), order.number)


def line_subject(line: OrderLine) -> Subject:
    """ "PO2611-0007 · 1 北欧布艺三人沙发"."""
    return Subject("purchase_line", str(line.pk), f"{line.order.number} · {line.n} {line.name}"[:120])


def sample_subject(sample: Sample) -> Subject:
    return Subject("supplier_sample", str(sample.pk), f"{sample.number} {sample.name}"[:120])
