"""An order that the supplier has is cancelled, or the rest of it ended, when the chain agrees (P1.5, P7c).

Whose fault a delay is a person judges, line by line: only what the supplier caused is a ground."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from contracts.models import Delivery, OrderEnd, OrderEvent, OrderLine, PurchaseOrder
from contracts.order_subjects import line_subject, order_subject
from contracts.selectors.lateness import lateness_of
from contracts.services import booking, payables
from contracts.services.saying import lock_order, say
from contracts.services.sides import ORDER, Side, ours
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.rulebook.allowed import words, wrong

if TYPE_CHECKING:
    from office.staff.models import Employee

KIND = "contracts.cancel_order"
VERBS = {"contracts.end_asked": _("End of a purchase order asked for")}
CAUSES = {"supplier": _("the supplier"), "us": _("ourselves"), "outside": _("neither: force majeure")}


@transaction.atomic
def judge_delay(
    *, order_id: int, line_id: int, cause: str, reason: str, by: Employee, now: datetime
) -> OrderEvent:
    """Who caused that a line is late, with the reason. Raises Forbidden, NotFound, Conflict (`in_time`), Invalid."""
    side = ours(by, ORDER, now)
    order = lock_order(order_id)
    line: OrderLine | None = order.lines.filter(pk=line_id).first()
    if line is None:
        raise NotFound(_("There is no such line."))
    if cause not in CAUSES:
        raise wrong("cause", _("Say who caused the delay."), clause="P1.4")
    reason = words(reason, path="reason", longest=500, missing=_("Say how you know."))
    late = lateness_of([line], localdate(now))[line.pk]
    if not late.days:
        raise Conflict(_("This line is not late."), code="in_time", clause="P7c")
    return say(
        order, "delay_judged", side=side, now=now, line=line, text=reason,
        data={"cause": cause, "days": late.days, "pieces": late.pieces},
    )  # fmt: skip


@transaction.atomic
def ask_to_end(
    *, order_id: int, mode: str, ground: str, reason: str, by: Employee, now: datetime
) -> approvals.Run:
    """Ask the chain. Cancelling is for an order of which nothing was shipped, ending for the rest of one. On the ground
    that it is late a line must be late by the supplier's fault.

    Raises Forbidden, NotFound, Conflict (`state`, `unpaid`, `not_late`), Invalid, and what `approvals.submit`
    refuses."""
    ours(by, ORDER, now)
    order = lock_order(order_id)
    reason = words(reason, path="reason", longest=500, missing=_("Say why."))
    payload = {"order": order.pk, "mode": mode, "ground": ground, "reason": reason}
    check(payload, now=now)
    audit.record(
        "contracts.end_asked", subject=order_subject(order), by=by, now=now, clause="P1.5",
        data={"mode": mode, "ground": ground},
    )  # fmt: skip
    return approvals.submit(kind=KIND, subject=order_subject(order), payload=payload, by=by, now=now)


def check(payload: Mapping[str, Any], *, now: datetime | None = None) -> None:
    """Raises NotFound, Conflict, Invalid."""
    order = PurchaseOrder.objects.filter(pk=payload["order"]).first()
    if order is None:
        raise NotFound(_("There is no such purchase order."))
    if payload["mode"] not in OrderEnd.Mode.values or payload["ground"] not in OrderEnd.Ground.values:
        raise Invalid(_("Say what is ended, and on which ground."), code="mode", clause="P1.5")
    shipped = Delivery.objects.filter(order=order).exists()
    fits = {"cancel": ("sent", "returned", "deemed_accepted", "producing"), "end": ("shipped",)}
    if order.state not in fits[payload["mode"]] or shipped != (payload["mode"] == "end"):
        raise Conflict(
            _("Cancel an order of which nothing was shipped; of any other, end the rest."),
            code="state",
            clause="P1.5",
        )
    payables.refuse_unmade(_owed(order))
    if payload["ground"] == "late" and now is not None and not late_by_supplier(order, now):
        raise Conflict(
            _("No line is late by the supplier’s fault. Judge the delay first, or agree with the supplier."),
            code="not_late",
            clause="P1.5",
        )


def _owed(order: PurchaseOrder) -> list[int]:
    return list(order.payables.values_list("pk", flat=True))


def late_by_supplier(order: PurchaseOrder, now: datetime) -> list[OrderLine]:
    """Lines that are late and of which the last judgement says that the supplier caused it."""
    lines = list(order.lines.order_by("n"))
    late = lateness_of(lines, localdate(now))
    judged = dict(order.events.filter(word="delay_judged").order_by("pk").values_list("line", "data__cause"))
    return [line for line in lines if late[line.pk].days and judged.get(line.pk) == "supplier"]


def apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Everybody agreed: the order ends. Raises Conflict (`unpaid`)."""
    order = lock_order(int(payload["order"]))
    booking.lock_account(order.supplier_id)
    payables.refuse_unmade(_owed(order))
    OrderEnd.objects.create(
        order=order, mode=payload["mode"], ground=payload["ground"], reason=payload["reason"], at=now, run=run
    )
    word = "cancelled" if payload["mode"] == "cancel" else "ended"
    say(
        order, word, side=Side(by=by), now=now, text=payload["reason"],
        data={"ground": payload["ground"], "run": run.pk}, facts={"ended_at": now},
    )  # fmt: skip
    payables.order_cancelled(order=order, by=by, now=now, clause="P1.5")
    deadlines.cancel(None, subject=order_subject(order), at=now)
    for line in order.lines.select_related("order"):
        deadlines.cancel("contracts.delivery", subject=line_subject(line), at=now)
    notices.notify(
        "contracts.order_over", [order.buyer_id], source="purchase_over", source_id=order.pk,
        subject=order_subject(order), now=now, clause="P1.5",
    )  # fmt: skip
