"""Designs handed over: marked with the supplier's name, logged, and every fetching of the copy logged too (P3.6)."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from contracts.limits import upload_limits
from contracts.models import Handover, HandoverFetch, PurchaseOrder, Sample, SupplierContact
from contracts.order_subjects import order_subject, sample_subject
from contracts.printing.marking import mark_pdf, mark_picture
from contracts.services.sides import ORDER, either, ours
from office.audit import api as audit
from office.errors import NotFound
from office.files import api as files
from office.rulebook.allowed import words, wrong

if TYPE_CHECKING:
    from office.files.models import StoredFile
    from office.staff.models import Employee

#: Without what looks alike.
_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
VERBS = {
    "contracts.design_handed_over": _("Design handed over, marked"),
    "contracts.design_fetched": _("Marked design fetched"),
}


@transaction.atomic
def hand_over(
    *,
    content: bytes,
    name: str,
    contact_id: int,
    purpose: str,
    by: Employee,
    now: datetime,
    order: PurchaseOrder | None = None,
    sample: Sample | None = None,
) -> Handover:
    """A design (PDF or picture) for one person of the supplier of this order or sample: the original is kept, the copy
    with the supplier's name across it is what goes out. Raises Forbidden, NotFound, Invalid, FileRefused."""
    ours(by, ORDER, now)
    thing = order or sample
    contact = (
        SupplierContact.objects.select_related("supplier")
        .filter(pk=contact_id, supplier=thing.supplier_id if thing else None, active=True)
        .first()
    )
    if thing is None or contact is None:
        raise NotFound(_("There is no such contact at this supplier."))
    purpose = words(purpose, path="purpose", longest=200, missing=_("Say what the supplier needs it for."))
    limits = upload_limits(now)
    original = files.keep_file(content=content, name=name, by=by, now=now, limits=limits)
    code = "".join(secrets.choice(_SIGNS) for _sign in range(8))
    marked = files.keep_file(
        content=_marked(original, f"{contact.supplier.name} {code} {localdate(now):%Y-%m-%d}", now),
        name=name, by=by, now=now, limits=limits._replace(document=limits.document * 2, image=limits.image * 2),
    )  # fmt: skip
    made: Handover = Handover.objects.create(
        code=code, supplier=contact.supplier, contact=contact, order=order, sample=sample, original=original,
        marked=marked, purpose=purpose, by=by, at=now,
    )  # fmt: skip
    audit.record(
        "contracts.design_handed_over",
        subject=order_subject(order) if order else sample_subject(sample or Sample()),
        by=by, now=now, clause="P3.6",
        data={"code": code, "to": contact.name, "original": original.sha256, "marked": marked.sha256},
    )  # fmt: skip
    return made


@transaction.atomic
def fetch_design(
    *, handover_id: int, now: datetime, contact: SupplierContact | None = None, by: Employee | None = None
) -> StoredFile:
    """The marked copy, and the note that it was fetched. Raises Forbidden, NotFound."""
    made = Handover.objects.select_related("marked", "order", "sample").filter(pk=handover_id).first()
    if made is None:
        raise NotFound(_("There is no such design."))
    side = either(by=by, contact=contact, supplier_id=made.supplier_id, key=ORDER, now=now)
    HandoverFetch.objects.create(handover=made, contact=side.contact, by=side.by, at=now)
    audit.record(
        "contracts.design_fetched",
        subject=order_subject(made.order) if made.order else sample_subject(made.sample or Sample()),
        by=side.actor, now=now, clause="P3.6", data={"code": made.code},
    )  # fmt: skip
    marked: StoredFile = made.marked
    return marked


def _marked(original: StoredFile, text: str, now: datetime) -> bytes:
    """Raises Invalid for what cannot be marked."""
    content = files.content_of(original)
    if original.mime == "application/pdf":
        return mark_pdf(content, text, at=now)
    if original.is_picture:
        return mark_picture(content, text)
    raise wrong(
        "file",
        _("Only a PDF or a picture can be marked. Save the design as PDF."),
        clause="P3.6",
        code="unmarkable",
    )
