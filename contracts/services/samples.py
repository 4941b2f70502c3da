"""Samples (打样): asked for by us, made and photographed by the supplier, signed by us or refused (P1.1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import OrderLine, PurchaseOrder, Sample, SampleEvent, Supplier, SupplierContact
from contracts.order_subjects import order_subject, sample_subject
from contracts.rules import order_life
from contracts.services.saying import lock_order
from contracts.services.sides import ORDER, Side, either, file_of, next_number, ours
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook.allowed import words, wrong

if TYPE_CHECKING:
    from office.files.models import StoredFile
    from office.staff.models import Employee

MOST_PHOTOS = 60
VERBS = {
    "contracts.sample_requested": _("Sample asked for"),
    "contracts.sample_made": _("Sample made"),
    "contracts.sample_photographed": _("Sample photographed"),
    "contracts.sample_signed_off": _("Sample signed off"),
    "contracts.sample_refused": _("Sample refused"),
    "contracts.sample_given_up": _("Sample given up"),
    "contracts.sample_named": _("Sample named for a line"),
}


@transaction.atomic
def request_sample(
    *,
    supplier_id: int,
    name: str,
    demands: str,
    by: Employee,
    now: datetime,
    sku: str = "",
    wanted_on: date | None = None,
) -> Sample:
    """Raises Forbidden, NotFound, Invalid."""
    side = ours(by, ORDER, now)
    supplier = Supplier.objects.filter(pk=supplier_id, active=True).first()
    if supplier is None:
        raise NotFound(_("There is no such supplier."))
    name = words(name, path="name", longest=120, missing=_("Say what it is."))
    demands = words(
        demands, path="demands", longest=2000, missing=_("Say what the sample and its photos must show.")
    )
    pk, number = next_number("contracts_sample", "SP", now)
    sample = Sample.objects.create(
        pk=pk,
        number=number,
        supplier=supplier,
        sku=words(sku, path="sku", longest=60),
        name=name,
        demands=demands,
        wanted_on=wanted_on,
        requested_by=by,
        requested_at=now,
    )
    _say(sample, "requested", side, now)
    return sample


@transaction.atomic
def make_sample(
    *,
    sample: Sample,
    now: datetime,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
    text: str = "",
) -> Sample:
    """The supplier has made it. Raises Forbidden, NotFound, Conflict."""
    sample, side = _theirs(sample, contact, by, now)
    _say(sample, "made", side, now, text=words(text, path="text", longest=500))
    return sample


@transaction.atomic
def photograph(
    *,
    sample: Sample,
    file: StoredFile,
    now: datetime,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
    text: str = "",
) -> Sample:
    """A photo of it, as often as wanted until it is signed; a sample that was only asked for is made with its first
    photo. Raises Forbidden, NotFound, Conflict, Invalid (no picture)."""
    sample, side = _theirs(sample, contact, by, now)
    if not file.is_picture:
        raise wrong("file", _("A photo is a picture: JPEG, PNG or WebP."), clause="P1.1")
    if sample.events.filter(word="photographed").count() >= MOST_PHOTOS:
        raise Conflict(
            _("At most {n} photographs of a sample.").format(n=MOST_PHOTOS), code="many", clause="P1.1"
        )
    if sample.state == Sample.State.REQUESTED:
        _say(sample, "made", side, now)
    first = sample.state == Sample.State.MADE
    _say(sample, "photographed", side, now, text=words(text, path="text", longest=500), file=file)
    if first:
        notices.notify(
            "contracts.sample_to_sign", [sample.requested_by_id], source="sample_photographed",
            source_id=sample.events.latest("pk").pk, subject=sample_subject(sample), now=now, clause="P1.1",
            params={"supplier": sample.supplier.name},
        )  # fmt: skip
    return sample


@transaction.atomic
def sign_off(*, sample_id: int, by: Employee, now: datetime, text: str = "") -> Sample:
    """We have checked it against what the order demands, and sign. Raises Forbidden, NotFound, Conflict."""
    side = ours(by, ORDER, now)
    sample = _lock(sample_id)
    _say(sample, "signed_off", side, now, text=words(text, path="text", longest=500), signed_at=now)
    return sample


@transaction.atomic
def refuse(*, sample_id: int, reason: str, by: Employee, now: datetime) -> Sample:
    """It does not show what was demanded: to be made anew. Raises Forbidden, NotFound, Conflict, Invalid."""
    side = ours(by, ORDER, now)
    sample = _lock(sample_id)
    reason = words(reason, path="reason", longest=500, missing=_("Say what has to be different."))
    _say(sample, "refused", side, now, text=reason)
    return sample


@transaction.atomic
def give_up(*, sample_id: int, reason: str, by: Employee, now: datetime) -> Sample:
    """Raises Forbidden, NotFound, Conflict, Invalid."""
    side = ours(by, ORDER, now)
    sample = _lock(sample_id)
    _say(sample, "given_up", side, now, text=words(reason, path="reason", longest=500, missing=_("Say why.")))
    return sample


@transaction.atomic
def name_sample(*, order_id: int, line_id: int, sample_id: int, by: Employee, now: datetime) -> OrderLine:
    """Which sample a line is made after; until production begins. Raises Forbidden, NotFound, Conflict."""
    ours(by, ORDER, now)
    order = lock_order(order_id)
    line: OrderLine | None = order.lines.filter(pk=line_id).first()
    sample = Sample.objects.filter(pk=sample_id, supplier=order.supplier_id).first()
    if line is None or sample is None:
        raise NotFound(_("There is no such sample of this supplier."))
    if order.state not in (PurchaseOrder.State.DRAFT, "issued", "sent", *order_life.IN_HAND):
        raise Conflict(_("Production has begun: the sample of a line stays."), code="state", clause="P1.1")
    line.sample = sample
    line.save(update_fields=["sample"])
    audit.record(
        "contracts.sample_named", subject=order_subject(order), by=by, now=now, clause="P1.1",
        data={"line": line.n, "sample": sample.number},
    )  # fmt: skip
    return line


def _theirs(
    sample: Sample, contact: SupplierContact | None, by: Employee | None, now: datetime
) -> tuple[Sample, Side]:
    locked = _lock(sample.pk)
    return locked, either(by=by, contact=contact, supplier_id=locked.supplier_id, key=ORDER, now=now)


def _lock(sample_id: int) -> Sample:
    sample = (
        Sample.objects.select_for_update(of=("self",)).select_related("supplier").filter(pk=sample_id).first()
    )
    if sample is None:
        raise NotFound(_("There is no such sample."))
    return sample


def _say(
    sample: Sample,
    word: str,
    side: Side,
    now: datetime,
    *,
    text: str = "",
    file: StoredFile | None = None,
    **facts: Any,
) -> None:
    if not order_life.may(order_life.SAMPLE, word, sample.state):
        raise Conflict(
            _("Sample %(number)s is “%(state)s”; that cannot be done now.")
            % {"number": sample.number, "state": sample.get_state_display()},
            code="state",
            clause="P1.1",
            state=sample.state,
        )
    SampleEvent.objects.create(
        sample=sample, word=word, at=now, by=side.by, contact=side.contact, text=text, file=file
    )
    for name, value in facts.items():
        setattr(sample, name, value)
    sample.state = order_life.SAMPLE[word].to
    sample.save(update_fields=["state", *facts])
    audit.record(
        f"contracts.sample_{word}", subject=sample_subject(sample), by=side.actor, now=now, clause="P1.1",
        data=file_of(file),
    )  # fmt: skip
