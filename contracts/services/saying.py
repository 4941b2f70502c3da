"""How a word is said of an order: locked, allowed by the table, kept as an event, moved, in the trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from contracts.models import OrderEvent, OrderLine, PurchaseOrder
from contracts.order_subjects import order_subject
from contracts.rules import order_life
from contracts.services import proving
from contracts.services.sides import Side, file_of
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, NotFound

if TYPE_CHECKING:
    from office.files.models import StoredFile

VERBS = {
    "contracts.order_drafted": _("Purchase order begun"),
    "contracts.order_line_put": _("Line written"),
    "contracts.order_line_dropped": _("Line struck out"),
    "contracts.order_issued": _("Purchase order signed by us"),
    "contracts.order_sent": _("Purchase order sent"),
    "contracts.order_opened": _("Purchase order opened by the supplier"),
    "contracts.order_returned": _("Purchase order returned"),
    "contracts.order_deemed": _("Purchase order deemed accepted"),
    "contracts.order_first_sample_theirs": _("First sample confirmed by the supplier"),
    "contracts.order_first_sample_ours": _("First sample confirmed by us"),
    "contracts.order_first_sample_refused": _("First sample refused"),
    "contracts.order_production_started": _("Production begun"),
    "contracts.order_place_changed": _("Another warehouse agreed"),
    "contracts.order_delay_judged": _("Cause of a delay judged"),
    "contracts.order_shipped": _("Goods shipped"),
    "contracts.order_closed": _("Purchase order closed"),
    "contracts.order_reopened": _("Purchase order open again after a recount"),
    "contracts.order_ended": _("Rest of the purchase order ended"),
    "contracts.order_cancelled": _("Purchase order cancelled"),
}
#: What a refusal says is the case.
_NOT_NOW = _("Purchase order {number} is “{state}”; that cannot be done now.")


def lock_order(order_id: int) -> PurchaseOrder:
    """What is asked about it is locked first, as executing does. Raises NotFound."""
    approvals.hold(order_subject(PurchaseOrder(pk=order_id)))
    order = (
        PurchaseOrder.objects.select_for_update(of=("self",))
        .select_related("supplier", "version", "contact", "buyer")
        .filter(pk=order_id)
        .first()
    )
    if order is None:
        raise NotFound(_("There is no such purchase order."))
    return order


def guard(order: PurchaseOrder, word: str) -> None:
    """Raises Conflict (`state`) when the word is not said of an order in this state."""
    if not order_life.may(order_life.ORDER, word, order.state):
        raise Conflict(
            str(_NOT_NOW).format(number=order.number, state=order.get_state_display()),
            code="state",
            clause=order_life.ORDER[word].clause,
            state=order.state,
        )


def say(
    order: PurchaseOrder,
    word: str,
    *,
    side: Side,
    now: datetime,
    text: str = "",
    file: StoredFile | None = None,
    line: OrderLine | None = None,
    data: Mapping[str, Any] | None = None,
    clause: str = "",
    at: datetime | None = None,
    facts: Mapping[str, Any] | None = None,
) -> OrderEvent:
    """The event, then the state it leads to with the order's `facts`. `at`: when it happened, if not now."""
    guard(order, word)
    event = OrderEvent.objects.create(
        order=order,
        word=word,
        line=line,
        at=at or now,
        by=side.by,
        contact=side.contact,
        text=text,
        file=file,
        data=dict(data or {}),
    )
    proving.prove(event)
    for name, value in (facts or {}).items():
        setattr(order, name, value)
    leads = order_life.ORDER[word].to
    changed = [*(facts or {})]
    if leads and leads != order.state:
        order.state = leads
        changed.append("state")
    if changed:
        order.save(update_fields=changed)
    _note(
        order,
        word,
        side,
        now,
        clause,
        {**(data or {}), **file_of(file), **({"line": line.n} if line else {})},
    )
    approvals.subject_changed(subject=order_subject(order), by=side.by, now=now)
    return event


def _note(
    order: PurchaseOrder, word: str, side: Side, now: datetime, clause: str, data: Mapping[str, Any]
) -> None:
    audit.record(
        f"contracts.order_{word}",
        subject=order_subject(order),
        by=side.actor,
        now=now,
        clause=clause or order_life.ORDER[word].clause,
        data=data,
    )
