"""Purchase orders until they are sent: drafted, written line by line, signed by us, sent, thrown away (P1.2, P1.3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from contracts.models import OrderLine, ProductionStep, PurchaseOrder, Sample, Supplier, SupplierContact
from contracts.order_subjects import order_subject
from contracts.selectors import agreements, terms
from contracts.services.saying import guard, lock_order, say
from contracts.services.sides import ORDER, next_number, ours
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound
from office.rulebook.allowed import words, wrong

if TYPE_CHECKING:
    from office.staff.models import Employee

UNOPENED = "contracts.order_unopened"
MOST_LINES, MOST_STEPS, MOST_PIECES = 100, 20, 1_000_000
DEAREST = Decimal("9999999.99")
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class LineWish:
    """What a line orders. `steps`: the process steps by name; `price` in CNY, at most two places (P2.1)."""

    name: str
    quantity: int
    unit_price: Decimal
    due_on: date
    warehouse: str
    design_owner: str
    steps: Sequence[str]
    sku: str = ""
    spec: str = ""
    trademark_licensed: bool = False
    sample_id: int | None = None


@transaction.atomic
def draft_order(*, supplier_id: int, note: str = "", by: Employee, now: datetime) -> PurchaseOrder:
    """A draft for an active supplier. Raises Forbidden, NotFound, Invalid."""
    side = ours(by, ORDER, now)
    supplier = Supplier.objects.filter(pk=supplier_id, active=True).first()
    if supplier is None:
        raise NotFound(_("There is no such supplier."))
    note = words(note, path="note", longest=500)
    pk, number = next_number("contracts_purchaseorder", "PO", now)
    order = PurchaseOrder.objects.create(
        pk=pk, number=number, supplier=supplier, buyer=by, note=note, created_at=now
    )
    audit.record(
        "contracts.order_drafted", subject=order_subject(order), by=side.by, now=now, clause="P1.3",
        data={"supplier": supplier.code},
    )  # fmt: skip
    return order


@transaction.atomic
def put_line(
    *, order_id: int, wish: LineWish, by: Employee, now: datetime, line_id: int | None = None
) -> OrderLine:
    """A new line, or another text for `line_id`. Raises Forbidden, NotFound, Conflict, Invalid."""
    ours(by, ORDER, now)
    order = lock_order(order_id)
    _draft(order)
    wish = _checked(order, wish, now)
    facts = {key: value for key, value in asdict(wish).items() if key != "steps"}
    if line_id is None:
        last = order.lines.aggregate(last=Max("n"))["last"] or 0
        if order.lines.count() >= MOST_LINES:
            raise Conflict(_("An order has at most %(n)d lines.") % {"n": MOST_LINES}, code="full")
        line = OrderLine.objects.create(order=order, n=last + 1, **facts)
    else:
        line = _line(order, line_id)
        for name, value in facts.items():
            setattr(line, name, value)
        line.save()
        line.steps.all().delete()
    ProductionStep.objects.bulk_create(
        ProductionStep(line=line, n=n, name=name) for n, name in enumerate(wish.steps, 1)
    )
    audit.record(
        "contracts.order_line_put", subject=order_subject(order), by=by, now=now, clause="P1.2",
        data={"line": line.n, "sku": line.sku, "quantity": line.quantity, "price": str(line.unit_price)},
    )  # fmt: skip
    return line


@transaction.atomic
def drop_line(*, order_id: int, line_id: int, by: Employee, now: datetime) -> None:
    """Raises Forbidden, NotFound, Conflict."""
    ours(by, ORDER, now)
    order = lock_order(order_id)
    _draft(order)
    line = _line(order, line_id)
    line.steps.all().delete()
    line.delete()
    audit.record(
        "contracts.order_line_dropped", subject=order_subject(order), by=by, now=now, clause="P1.3",
        data={"line": line.n},
    )  # fmt: skip


@transaction.atomic
def issue_order(*, order_id: int, by: Employee, now: datetime) -> PurchaseOrder:
    """Signed by us, under the version of the contract in force now: from here on its lines stay as they are.

    Raises Forbidden, NotFound, Conflict (`state`, `no_contract`), Invalid (lines are missing, or their dates are over).
    """
    side = ours(by, ORDER, now)
    order = lock_order(order_id)
    guard(order, "issued")
    lines = list(order.lines.order_by("n").prefetch_related("steps"))
    if not lines:
        raise Invalid(_("Write at least one line first."), code="no_lines", clause="P1.3")
    over = [line for line in lines if line.due_on <= localdate(now)]
    if over:
        raise Invalid(
            _("Line %(n)d is due on a day that is over. Give it a date to come.") % {"n": over[0].n},
            code="due_over",
            clause="P7c",
        )
    version = agreements.for_supplier(order.supplier, now)
    if version is None:
        raise Conflict(
            _("No contract with this supplier is in force: it needs the signed scans of both sides."),
            code="no_contract",
            clause="P6",
        )
    needed = terms.of(version, now).reports_per_step
    ProductionStep.objects.filter(line__order=order).update(reports=needed)
    digest = hashlib.sha256(order_text(order, lines, version.pk).encode()).hexdigest()
    order.version = version
    order.save(update_fields=["version"])
    say(
        order, "issued", side=side, now=now, data={"sha256": digest, "version": version.n},
        facts={"sha256": digest, "issued_at": now},
    )  # fmt: skip
    return order


@transaction.atomic
def send_order(*, order_id: int, contact_id: int, by: Employee, now: datetime) -> PurchaseOrder:
    """To one person at the supplier. Until it is opened no clock of P7b runs, so ours watches that it is.

    Raises Forbidden, NotFound, Conflict."""
    side = ours(by, ORDER, now)
    order = lock_order(order_id)
    guard(order, "sent")
    contact = SupplierContact.objects.filter(pk=contact_id, supplier=order.supplier_id, active=True).first()
    if contact is None:
        raise NotFound(_("There is no such contact at this supplier."))
    to = " ".join(filter(None, (contact.phone, contact.mail)))
    say(
        order, "sent", side=side, now=now, data={"to": contact.name, "reached": to},
        facts={"contact": contact, "sent_at": now},
    )  # fmt: skip
    deadlines.open(
        UNOPENED, subject=order_subject(order), started_at=now, now=now, holder_id=order.buyer_id,
        targets={"buyer": "holder"},
    )  # fmt: skip
    return order


@transaction.atomic
def discard_order(*, order_id: int, reason: str, by: Employee, now: datetime) -> PurchaseOrder:
    """What the supplier has never had is thrown away without a chain. Raises Forbidden, NotFound, Conflict, Invalid."""
    side = ours(by, ORDER, now)
    order = lock_order(order_id)
    reason = words(reason, path="reason", longest=500, missing=_("Say why."))
    if order.state not in ("draft", "issued"):
        raise Conflict(
            _("The supplier has this order. Ask for it to be cancelled."), code="state", clause="P1.5"
        )
    say(order, "cancelled", side=side, now=now, text=reason, clause="P1.3", facts={"ended_at": now})
    return order


def order_text(order: PurchaseOrder, lines: Sequence[OrderLine], version_id: int) -> str:
    """What we sign, as the text whose SHA-256 stands on the paper."""
    body: dict[str, Any] = {
        "number": order.number,
        "supplier": order.supplier_id,
        "version": version_id,
        "note": order.note,
        "lines": [
            {
                "n": line.n,
                "sku": line.sku,
                "name": line.name,
                "spec": line.spec,
                "quantity": line.quantity,
                "unit_price": f"{line.unit_price:.2f}",
                "due_on": line.due_on.isoformat(),
                "warehouse": line.warehouse,
                "design_owner": line.design_owner,
                "trademark": line.trademark_licensed,
                "steps": [step.name for step in line.steps.all()],
            }
            for line in lines
        ],
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _draft(order: PurchaseOrder) -> None:
    if order.state != PurchaseOrder.State.DRAFT:
        raise Conflict(
            _("We have signed this order: its lines stay as they are."), code="state", clause="P1.3"
        )


def _line(order: PurchaseOrder, line_id: int) -> OrderLine:
    line: OrderLine | None = order.lines.filter(pk=line_id).first()
    if line is None:
        raise NotFound(_("There is no such line."))
    return line


def _checked(order: PurchaseOrder, wish: LineWish, now: datetime) -> LineWish:
    """The wish without blanks. Raises Invalid."""
    if not 0 < wish.quantity <= MOST_PIECES:
        raise wrong("quantity", _("From 1 to %(n)d pieces.") % {"n": MOST_PIECES})
    if not Decimal(0) <= wish.unit_price <= DEAREST or wish.unit_price != wish.unit_price.quantize(CENT):
        raise wrong("unit_price", _("An amount in yuan with at most two places."), clause="P2.1")
    if wish.due_on <= localdate(now):
        raise wrong("due_on", _("A day to come."), clause="P7c")
    if wish.design_owner not in OrderLine.DesignOwner.values:
        raise wrong("design_owner", _("Say whose design it is."), clause="P1.2")
    steps = [words(step, path="steps", longest=40) for step in wish.steps]
    steps = [step for step in steps if step]
    if not steps or len(steps) > MOST_STEPS or len(set(steps)) != len(steps):
        raise wrong("steps", _("One to %(n)d process steps, each once.") % {"n": MOST_STEPS}, clause="P3.3")
    if (
        wish.sample_id is not None
        and not Sample.objects.filter(pk=wish.sample_id, supplier=order.supplier_id)
        .exclude(state=Sample.State.GIVEN_UP)
        .exists()
    ):
        raise wrong("sample_id", _("There is no such sample of this supplier."), clause="P1.1")
    return replace(
        wish,
        name=words(wish.name, path="name", longest=120, missing=_("Say what it is.")),
        sku=words(wish.sku, path="sku", longest=60),
        spec=words(wish.spec, path="spec", longest=120),
        warehouse=words(wish.warehouse, path="warehouse", longest=120, missing=_("Say where it goes.")),
        steps=steps,
    )
