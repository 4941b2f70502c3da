"""What the approvals engine asks about an order that is to be cancelled or ended."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from contracts.models import OrderEnd, PurchaseOrder
from contracts.selectors.lateness import lateness_of
from office.approvals import api as approvals
from office.rulebook.selectors import holds
from office.staff.models import Employee


def fields(subject_id: str) -> Mapping[str, str]:
    """Its state, and who caused what is late: an order that moved on, or a delay judged anew, is asked about anew."""
    order = PurchaseOrder.objects.filter(pk=int(subject_id)).first()
    if order is None:
        return {}
    judged = dict(
        order.events.filter(word="delay_judged").order_by("pk").values_list("line__n", "data__cause")
    )
    causes = ",".join(f"{n}:{cause}" for n, cause in sorted(judged.items()))
    return {"state": order.state, "delay": causes}


def field_name(name: str) -> str:
    return _("Cause of a delay") if name == "delay" else _("State")


def changes(run: approvals.Run) -> list[approvals.Change]:
    """What ends, why, and how late each line is."""
    payload = run.payload
    order = PurchaseOrder.objects.select_related("supplier").get(pk=payload["order"])
    found = [
        approvals.Change("supplier", _("Supplier"), "", order.supplier.name),
        approvals.Change(
            "state", _("State"), str(order.get_state_display()), str(OrderEnd.Mode(payload["mode"]).label)
        ),
        approvals.Change("ground", _("Ground"), "", str(OrderEnd.Ground(payload["ground"]).label)),
        approvals.Change("reason", _("Reason"), "", payload["reason"]),
    ]
    lines = list(order.lines.order_by("n"))
    late = lateness_of(lines, timezone.localdate())
    found += [
        approvals.Change(
            f"line_{line.n}",
            f"{line.n} {line.name}",
            f"{line.due_on:%Y-%m-%d}",
            _("{days} days late, {pieces} pieces").format(
                days=late[line.pk].days, pieces=late[line.pk].pieces
            ),
        )
        for line in lines
        if late[line.pk].days
    ]
    return found


def visible(person: Employee, _subject_id: str) -> bool:
    return holds(person, "contracts.view", timezone.now())


def ask(subject_id: str) -> str:
    return reverse("contracts:order", args=[subject_id])
