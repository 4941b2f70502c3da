"""What a supplier's contact hands in at its door, as the verbs of orders and samples take it: the paper is kept and the
word is said in one transaction, so that neither stands without the other. A photograph larger than the limit is made
smaller: whoever stands at a machine with a phone cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.limits import door_limits
from contracts.models import (
    Delivery,
    ProductionStep,
    PurchaseOrder,
    Rectification,
    Sample,
    StepReport,
    SupplierContact,
)
from contracts.services import first_sample, inspecting, reports, returning, samples, shipping
from office.errors import NotFound
from office.files import api as files
from office.files.models import StoredFile
from office.rulebook.allowed import wrong


class Upload(NamedTuple):
    content: bytes = b""
    name: str = ""


NOTHING = Upload()


@transaction.atomic
def return_order(
    *, order: PurchaseOrder, signature: str, upload: Upload, contact: SupplierContact, now: datetime
) -> PurchaseOrder:
    """Countersigned by name, or by the scan. Raises NotFound, Conflict, Invalid, FileRefused."""
    return returning.return_order(
        order=order, contact=contact, signature=signature, file=_kept(upload, now), now=now
    )


@transaction.atomic
def confirm_first_sample(
    *, order: PurchaseOrder, text: str, upload: Upload, contact: SupplierContact, now: datetime
) -> PurchaseOrder:
    """Raises NotFound, Conflict, Invalid, FileRefused."""
    return first_sample.confirm(order=order, contact=contact, text=text, file=_kept(upload, now), now=now)


@transaction.atomic
def report(
    *,
    order: PurchaseOrder,
    step_id: int,
    mode: str,
    standard: str,
    passed: bool,
    upload: Upload,
    contact: SupplierContact,
    now: datetime,
) -> StepReport:
    """On a step of this very order. Raises NotFound, Conflict, Invalid, FileRefused."""
    if not ProductionStep.objects.filter(pk=step_id, line__order=order).exists():
        raise NotFound(_("There is no such process step."))
    stored = _kept(upload, now)
    if stored is None:
        raise wrong("file", _("Choose a file first."), code="missing", clause="P3.3")
    return reports.give_report(
        step_id=step_id, mode=mode, standard=standard, passed=passed, file=stored, contact=contact, now=now
    )


@transaction.atomic
def put_right(
    *,
    order: PurchaseOrder,
    rectification_id: int,
    text: str,
    upload: Upload,
    contact: SupplierContact,
    now: datetime,
) -> Rectification:
    """What the inspection of this very order found is put right, and how. Raises NotFound, Conflict, Invalid,
    FileRefused."""
    if not Rectification.objects.filter(pk=rectification_id, line__order=order).exists():
        raise NotFound(_("There is no such rectification."))
    return inspecting.answer(
        rectification_id=rectification_id, text=text, file=_kept(upload, now), contact=contact, now=now
    )


@transaction.atomic
def ship(
    *,
    order: PurchaseOrder,
    pieces: Mapping[int, int],
    number: str,
    carrier: str,
    upload: Upload,
    contact: SupplierContact,
    now: datetime,
) -> Delivery:
    """With the delivery note. Raises NotFound, Conflict, Invalid, FileRefused."""
    return shipping.ship(
        order=order, lines=pieces, number=number, carrier=carrier, note=_kept(upload, now), contact=contact,
        now=now,
    )  # fmt: skip


@transaction.atomic
def photograph(*, sample: Sample, upload: Upload, contact: SupplierContact, now: datetime) -> Sample:
    """Raises NotFound, Conflict, Invalid, FileRefused."""
    stored = files.keep_file(
        content=upload.content,
        name=upload.name,
        by=None,
        now=now,
        limits=door_limits(now)._replace(document=0),
        shrink=True,
    )
    return samples.photograph(sample=sample, file=stored, contact=contact, now=now)


def _kept(upload: Upload, now: datetime) -> StoredFile | None:
    if not upload.content and not upload.name:
        return None
    return files.keep_file(
        content=upload.content, name=upload.name, by=None, now=now, limits=door_limits(now), shrink=True
    )
