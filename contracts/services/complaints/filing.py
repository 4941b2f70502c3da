"""The complaint form (投诉表, P5): filed by whoever spoke with the customer, with what the supplier may know of it.

The supplier reads the form at its door, so nothing of the customer may stand in it: what the order desk knows of him is
given in `never` and found again in whatever shape it was typed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.limits import door_limits
from contracts.models import Complaint, ComplaintFile, ComplaintForm, OrderLine, Supplier, SupplierContact
from contracts.rules import liability, personal
from contracts.sales import Sale
from contracts.services import numbers
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.files import api as files
from office.rulebook import api as rulebook
from office.rulebook.allowed import require, words, wrong
from office.staff.models import Employee

PERMISSION, DECIDE, ANSWER = (
    "contracts.complaints",
    "contracts.complaint_decision",
    "contracts.complaint_answer",
)
LONGEST = 2000
MOST_FILES = 20
State = Complaint.State


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it was filled in. Packaging and its places only on delivery."""

    supplier_id: int
    kind: str
    goods: str
    said: str
    wish: str
    quantity: int = 1
    sku: str = ""
    line_id: int | None = None
    packaging: str = ""
    packaging_places: Sequence[str] = ()
    damage_places: Sequence[str] = ()
    sale: Sale | None = None


@transaction.atomic
def file_complaint(*, filled: Filled, by: Employee, now: datetime) -> Complaint:
    """Raises Forbidden, NotFound, Invalid, Conflict."""
    clause = require(by, PERMISSION, now)
    supplier = Supplier.objects.filter(pk=filled.supplier_id, active=True).first()
    if supplier is None:
        raise wrong("supplier", _("Choose a supplier that works for us."), code="supplier")
    line = _line(filled, supplier)
    goods = words(filled.goods, path="goods", longest=120, missing=_("Say which goods it is about."))
    said = words(filled.said, path="said", longest=LONGEST, missing=_("Say what is wrong with the goods."))
    _checked(filled)
    for path, text in (("said", said), ("goods", goods)):
        refuse_personal(text, path=path, never=filled.sale.never if filled.sale else ())
    proposed = propose(filled, now)
    complaint = Complaint.objects.create(
        number=numbers.following("TS", timezone.localdate(now)),
        supplier=supplier,
        line=line,
        sale_id=filled.sale.id if filled.sale else None,
        sale_label=filled.sale.label[:80] if filled.sale else "",
        created_by=by,
        created_at=now,
    )
    ComplaintForm.objects.create(
        complaint=complaint,
        kind=filled.kind,
        sku=filled.sku.strip()[:60],
        goods=goods,
        quantity=filled.quantity,
        packaging=filled.packaging,
        packaging_places=sorted(set(filled.packaging_places)),
        damage_places=sorted(set(filled.damage_places)),
        said=said,
        wish=filled.wish,
        proposed=proposed.liable,
        because=proposed.because,
        by=by,
        at=now,
    )
    if rulebook.has_rule(DECIDE, now):
        deadlines.open(DECIDE, subject=complaint.subject, started_at=now, now=now)
    audit.record(
        "contracts.file_complaint",
        subject=complaint.subject,
        by=by,
        now=now,
        clause=clause,
        data={
            "supplier": supplier.code,
            "sale": complaint.sale_label,
            "kind": filled.kind,
            "proposed": proposed.liable,
            "because": proposed.because,
        },
    )
    return complaint


def propose(filled: Filled, now: datetime) -> liability.Proposal:
    """What the book's table makes of it."""
    table = rulebook.parameter_rule("contracts.liability_places", at=now)
    return liability.propose(
        kind=filled.kind,
        packaging=filled.packaging,
        packaging_places=filled.packaging_places,
        damage_places=filled.damage_places,
        intact=rulebook.parameter_rule("contracts.liability", at=now).text("packaging_intact"),
        table={line: table.text(line) for line in ("same_place", "elsewhere", "several")},
    )


@transaction.atomic
def withdraw(
    *, complaint_id: int, reason: str, by: Employee, now: datetime, seen: int | None = None
) -> Complaint:
    """Filed by mistake, or the customer takes it back before anything was decided. Raises Forbidden, NotFound,
    Conflict, Invalid."""
    clause = require(by, PERMISSION, now)
    complaint = locked(complaint_id, seen)
    if complaint.state != State.FILED:
        raise Conflict(_("Only a complaint that is not decided yet can be withdrawn."), code="state")
    why = words(reason, path="reason", longest=500, missing=_("Say why."))
    moved(complaint, State.WITHDRAWN)
    deadlines.cancel(None, subject=complaint.subject, at=now)
    audit.record(
        "contracts.withdraw_complaint",
        subject=complaint.subject,
        by=by,
        now=now,
        clause=clause,
        data={"reason": why},
    )
    return complaint


def add_file(
    *,
    complaint_id: int,
    content: bytes,
    name: str,
    shared: bool,
    by: Employee | None = None,
    contact: SupplierContact | None = None,
    now: datetime,
) -> ComplaintFile:
    """A photograph or a paper; by us, or by the supplier's contact, whose files it always sees. Raises FileRefused,
    Forbidden, NotFound, Conflict."""
    if by is not None:
        require(by, PERMISSION, now)
    with transaction.atomic():
        complaint = locked(complaint_id, None)
        if contact is not None and complaint.supplier_id != contact.supplier_id:
            raise NotFound(_("There is no such complaint."))
        if complaint.state in (State.CLOSED, State.WITHDRAWN):
            raise Conflict(_("This complaint is over."), code="state")
        if complaint.files.count() >= MOST_FILES:
            raise Conflict(_("At most {n} files for a complaint.").format(n=MOST_FILES), code="many")
        # What the supplier sees of ours bears no name that a phone gave it: that may be the customer's.
        called = f"{complaint.number}-{complaint.files.count() + 1}" if shared and by is not None else name
        stored = files.keep_file(
            content=content, name=called, by=by, now=now, limits=door_limits(now), shrink=True
        )
        return ComplaintFile.objects.create(
            complaint=complaint,
            file=stored,
            shared=shared or contact is not None,
            by=by,
            contact=contact,
            at=now,
        )


def locked(complaint_id: int, seen: int | None) -> Complaint:
    """Raises NotFound, Conflict (it moved on since it was read)."""
    found = (
        Complaint.objects.select_for_update(of=("self",))
        .select_related("supplier")
        .filter(pk=complaint_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such complaint."))
    if seen is not None and seen != found.version:
        raise Conflict(_("Somebody else was here meanwhile. Look again, then decide."), code="moved")
    return found


def moved(complaint: Complaint, state: str) -> None:
    complaint.state = state
    complaint.version += 1
    complaint.save(update_fields=["state", "version"])


def refuse_personal(text: str, *, path: str, never: Collection[str]) -> None:
    """Raises Invalid when the text names the customer, his number or his address."""
    if personal.names(text, never):
        raise wrong(
            path,
            _("The supplier reads this: leave out the customer’s name, number and address."),
            code="personal",
        )


def _line(filled: Filled, supplier: Supplier) -> OrderLine | None:
    if filled.line_id is None:
        return None
    found = OrderLine.objects.filter(pk=filled.line_id, order__supplier=supplier).first()
    if found is None:
        raise wrong("line", _("This supplier has no such order line."), code="line")
    return found


def _checked(filled: Filled) -> None:
    if filled.kind not in Complaint.Kind.values:
        raise wrong("kind", _("Say when it was noticed."))
    if filled.wish not in ComplaintForm.Wish.values:
        raise wrong("wish", _("Say what the customer wants."))
    if not 0 < filled.quantity <= 100_000:
        raise wrong("quantity", _("At least one piece."))
    places = {*filled.packaging_places, *filled.damage_places}
    if not places <= set(liability.PLACES):
        raise wrong("damage_places", _("There is no such place."))
    if filled.kind == Complaint.Kind.QUALITY:
        if filled.packaging or filled.packaging_places:
            raise wrong("packaging", _("The packaging is asked for on delivery only."))
        return
    if filled.packaging not in ComplaintForm.Packaging.values:
        raise wrong("packaging", _("Say whether the packaging was intact."))
    if filled.packaging == ComplaintForm.Packaging.INTACT and filled.packaging_places:
        raise wrong("packaging_places", _("Intact packaging is damaged nowhere."))
    if filled.packaging == ComplaintForm.Packaging.DAMAGED and not filled.packaging_places:
        raise wrong("packaging_places", _("Say where the packaging was damaged."))
