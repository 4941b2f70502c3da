"""Every new product is published promptly (W5): a clock from its first day until one of its SKUs is on sale on any
channel, or somebody says why it will not be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Debut, Product
from catalog.services.checks import Problems
from catalog.services.stock.writing import require
from catalog.subjects import product_subject
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.rulebook import api as rulebook

if TYPE_CHECKING:
    from office.staff.models import Employee

RULE, MANAGE = "catalog.first_listing", "catalog.manage"
VERBS = {
    "catalog.debut_listed": _("New product published"),
    "catalog.debut_declined": _("New product not to be published"),
}
State = Debut.State


def open_debut(*, product: Product, now: datetime) -> Debut | None:
    """In the transaction that adds the product. None where the book in force has no such rule."""
    if not rulebook.has_rule(RULE, now):
        return None
    clause = rulebook.deadline_rule(RULE, at=now).clause
    debut = Debut.objects.create(product=product, clause=clause, opened_at=now)
    deadlines.open(RULE, subject=product_subject(product), started_at=now, now=now)
    return debut


def debuts_listed(*, product_ids: Iterable[int], by: Employee | None, now: datetime) -> None:
    """Goods of these products are on sale: what was open is done. In the transaction that lists them."""
    waiting = Debut.objects.select_for_update(of=["self"]).filter(
        product_id__in=product_ids, state=State.OPEN
    )
    for debut in waiting.select_related("product").order_by("pk"):
        _close(debut, State.LISTED, "", by, now)


@transaction.atomic
def decline_debut(*, product_id: int, reason: str, by: Employee, now: datetime) -> Debut:
    """It will not be published, for this reason. Raises Forbidden, NotFound, Invalid, Conflict (`closed`)."""
    require(by, MANAGE, now)
    waiting = Debut.objects.select_for_update(of=["self"]).filter(product_id=product_id)
    debut = waiting.select_related("product").first()
    if debut is None:
        raise NotFound(_("This product does not wait to be published."))
    wrong = Problems()
    said = wrong.text("reason", reason, 200)
    wrong.raise_if_any(_("Please give the reason."))
    if debut.state != State.OPEN:
        raise Conflict(_("This product does not wait to be published."), code="closed")
    return _close(debut, State.DECLINED, said, by, now)


def _close(debut: Debut, state: str, reason: str, by: Employee | None, now: datetime) -> Debut:
    debut.state, debut.reason, debut.closed_at, debut.closed_by = state, reason, now, by
    debut.save(update_fields=["state", "reason", "closed_at", "closed_by"])
    subject = product_subject(debut.product)
    if state == State.LISTED:
        deadlines.meet(RULE, subject=subject, at=now)
    else:
        deadlines.cancel(RULE, subject=subject, at=now)
    audit.record(
        "catalog.debut_listed" if state == State.LISTED else "catalog.debut_declined",
        subject=subject,
        by=by,
        now=now,
        clause=debut.clause,
        data={"reason": reason} if reason else {},
    )
    return debut
