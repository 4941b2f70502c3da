"""The first sample (首样): the supplier and our buyer both confirm it, and only then production begins (P1.4, P1.1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import OrderEvent, PurchaseOrder, Sample, SupplierContact
from contracts.order_subjects import order_subject
from contracts.rules import order_life
from contracts.services import proving
from contracts.services.returning import settle_silence
from contracts.services.saying import guard, lock_order, say
from contracts.services.sides import ORDER, either, ours
from office.errors import Conflict
from office.notices import api as notices
from office.rulebook.allowed import words, wrong

if TYPE_CHECKING:
    from office.files.models import StoredFile
    from office.staff.models import Employee


@transaction.atomic
def confirm(
    *,
    order: PurchaseOrder,
    now: datetime,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
    file: StoredFile | None = None,
    text: str = "",
    for_supplier: bool = False,
) -> PurchaseOrder:
    """One side confirms it: the supplier's person at the door, the buyer here. `for_supplier`: one of us files the
    paper by which the supplier confirmed it elsewhere, and says who it was: nobody of ours speaks for it without one.

    Raises Forbidden, NotFound, Conflict (`state`, `said`), Invalid."""
    order = lock_order(order.pk)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    settle_silence(order=order, now=now)
    theirs = contact is not None or for_supplier
    text = words(
        text, path="text", longest=500,
        missing=_("Say who of the supplier confirmed it, when and how.") if for_supplier and not contact else "",
    )  # fmt: skip
    if for_supplier and contact is None and file is None:
        raise wrong(
            "file",
            _(
                "Add what the supplier signed, or a picture of its message. Without one it confirms at its own door."
            ),
            code="required",
            clause="P1.4",
        )
    word = "first_sample_theirs" if theirs else "first_sample_ours"
    guard(order, word)
    if word in _standing(order):
        raise Conflict(_("This side has confirmed the first sample already."), code="said", clause="P1.4")
    say(order, word, side=side, now=now, file=file, text=text)
    if contact is not None:
        notices.notify(
            "contracts.first_sample_to_confirm", [order.buyer_id], source="first_sample",
            source_id=order.events.latest("pk").pk, subject=order_subject(order), now=now, clause="P1.4",
            params={"supplier": order.supplier.name},
        )  # fmt: skip
    return order


@transaction.atomic
def refuse(*, order: PurchaseOrder, reason: str, by: Employee, now: datetime) -> PurchaseOrder:
    """It is not what was signed: both sides confirm the next one anew. Raises Forbidden, Conflict, Invalid."""
    side = ours(by, ORDER, now)
    order = lock_order(order.pk)
    reason = words(reason, path="reason", longest=500, missing=_("Say what has to be different."))
    say(order, "first_sample_refused", side=side, now=now, text=reason)
    return order


@transaction.atomic
def start_production(
    *,
    order: PurchaseOrder,
    now: datetime,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
) -> PurchaseOrder:
    """Bulk production (大货) begins. Refused before every line has its signed sample and both sides have confirmed the
    first one. Raises Forbidden, NotFound, Conflict (`state`, `sample`, `first_sample`, `unproven`)."""
    order = lock_order(order.pk)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    settle_silence(order=order, now=now)
    guard(order, "production_started")
    unsigned = (
        order.lines.exclude(sample__state=Sample.State.SIGNED_OFF, sample__supplier=order.supplier_id)
        .order_by("n")
        .first()
    )
    if unsigned is not None:
        raise Conflict(
            _("Line %(n)d has no sample that we have signed: nothing is produced before.")
            % {"n": unsigned.n},
            code="sample",
            clause="P1.1",
            line=unsigned.n,
        )
    if not order_life.agreed_first_sample(_words(order)):
        raise Conflict(
            _("The first sample is not confirmed by both sides: nothing is produced before."),
            code="first_sample",
            clause="P1.4",
        )
    proving.require_proven(order, clause="P1.4")
    say(order, "production_started", side=side, now=now)
    return order


def _words(order: PurchaseOrder) -> list[str]:
    return list(OrderEvent.objects.filter(order=order).order_by("pk").values_list("word", flat=True))


def _standing(order: PurchaseOrder) -> set[str]:
    """Which sides have confirmed the first sample since it was last refused."""
    said = _words(order)
    if "first_sample_refused" in said:
        said = said[len(said) - said[::-1].index("first_sample_refused") :]
    return {word for word in said if word in ("first_sample_theirs", "first_sample_ours")}
