"""Goods counted wrongly are counted again: the first figure stays, the new one holds, and the money follows (P7a)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts import goods
from contracts.models import ArrivalLine, Recount
from contracts.order_subjects import order_subject
from contracts.selectors.quantities import held_of
from contracts.services import payables, whole
from contracts.services.arriving import MOST, goods_of
from contracts.services.saying import lock_order
from contracts.services.sides import INSPECT, RECEIVE, ours
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook.allowed import people_with, words, wrong

if TYPE_CHECKING:
    from office.staff.models import Employee

VERBS = {"contracts.recounted": _("Goods counted again")}


@transaction.atomic
def recount(*, arrived_id: int, was: int, counted: int, reason: str, by: Employee, now: datetime) -> Recount:
    """`was`: the figure that the person saw. Fewer than were accepted: those pieces were never there, so they are to
    come again and what was booked for them is claimed back; a closed order is open again. Refused pieces were there.

    Raises Forbidden, NotFound, Conflict (`moved`), Invalid."""
    side = ours(by, RECEIVE, now)
    row = (
        ArrivalLine.objects.select_related("line__order", "arrival__delivery__order")
        .filter(pk=arrived_id)
        .first()
    )
    if row is None:
        raise NotFound(_("There are no such goods."))
    order = lock_order(row.line.order_id)
    held = held_of(row)
    if was != held.counted:
        raise Conflict(
            _("Meanwhile %(n)d pieces stand there. Please look again.") % {"n": held.counted}, code="moved",
            counted=held.counted,
        )  # fmt: skip
    if not 0 <= counted <= MOST or counted == was:
        raise wrong("counted", _("Another figure than %(n)d.") % {"n": was}, code="same")
    if counted < held.refused:
        raise wrong(
            "counted", _("%(n)d pieces were refused and went back: so many were there.") % {"n": held.refused}
        )
    reason = words(reason, path="reason", longest=500, missing=_("Say why the first count was wrong."))
    made = Recount.objects.create(
        arrived=row, was=was, counted=counted, withdrawn=held.withdrawn(counted), reason=reason, by=by, at=now
    )
    audit.record(
        "contracts.recounted", subject=order_subject(order), by=by, now=now, clause="P7a",
        data={"delivery": row.arrival.delivery.number, "line": row.line.n, "was": was, "counted": counted,
              "withdrawn": made.withdrawn},
    )  # fmt: skip
    payables.recounted(made, by=by, now=now)
    whole.settle(order, [row.line], side, now)
    change = goods_of(goods.Why.RECOUNTED, made.pk, row.line, counted - was, row.arrival.delivery)
    goods.moved([change], by, now)
    notices.notify(
        "contracts.recounted", {order.buyer_id, *people_with(INSPECT, now)} - {by.pk}, source="purchase_recount",
        source_id=made.pk, subject=order_subject(order), now=now, clause="P7a",
        params={"number": row.arrival.delivery.number, "was": was, "counted": counted},
    )  # fmt: skip
    return made
