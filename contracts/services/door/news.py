"""A supplier is told of the money between us, the way its links reach it: what we paid (P2.2), what we claim and set
off (P1.5, P3.1, P5), what we take back.

Written in the transaction of the act, sent by a task. Every message names its paper and bears a link that opens it, and
no account; the link opens no more to a contact than a buyer had opened to him before. Where no way leads to him, our
own people are asked to tell it. Whoever calls has judged who may, and holds the account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import translation
from django.utils.translation import gettext

from contracts.models import (
    DoorLetter,
    DoorLink,
    DoorNews,
    Payment,
    PurchaseOrder,
    SetOff,
    SetOffEnd,
    Supplier,
    SupplierContact,
)
from contracts.selectors import door as selectors
from contracts.selectors import door_money
from contracts.services.door import letters, links, untold
from office.audit import api as audit
from office.enumerating import enumerated
from office.rulebook import api as rulebook
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

Kind, Purpose = DoorNews.Kind, DoorLink.Purpose
#: An unused deposit takes nothing from the supplier, and a credit note is the supplier's own paper.
NO_NEWS = (SetOff.Kind.ADVANCE, SetOff.Kind.CREDIT_NOTE)
#: So many orders of a payment are named; the page behind the link has them all.
NAMED = 3


@dataclass(frozen=True, slots=True)
class _Paper:
    """What the link of a message opens; `pk` none for all papers."""

    purpose: str
    pk: int | None = None


@transaction.atomic
def paid(*, payment: Payment, by: Employee | None, now: datetime, clause: str) -> list[DoorNews]:
    """To everybody whose orders the payment is for, once: the money has gone, or claims settle all of it."""
    orders = PurchaseOrder.objects.filter(
        Q(payables__lines__payment=payment) | Q(payables__uses__payment=payment)
    ).distinct()
    told: dict[int, list[PurchaseOrder]] = {}
    people: dict[int, SupplierContact] = {}
    for order in orders.select_related("contact__supplier").order_by("pk"):
        contact = _speaks_for(order, payment.supplier)
        if contact is not None:
            people[contact.pk] = contact
            told.setdefault(contact.pk, []).append(order)
    found = []
    for key, theirs in told.items():
        if DoorNews.objects.filter(contact=key, payment=payment).exists():
            continue
        paper = _Paper(Purpose.ORDER, theirs[0].pk)
        if len(theirs) > 1 and _knows_all(key):
            paper = _Paper(Purpose.PAPERS)
        with translation.override(settings.LANGUAGE_CODE):
            text = _paid_text(payment, theirs, now)
        letter = _letter(people[key], paper, text, by, now, clause)
        found.append(_told(Kind.PAID, people[key], letter, by=by, now=now, clause=clause, payment=payment))
    return found


@transaction.atomic
def claimed(*, claim: SetOff, by: Employee | None, now: datetime, clause: str) -> DoorNews | None:
    """To whoever at the supplier has the paper, once. None where it is no news, or nobody is there."""
    with translation.override(settings.LANGUAGE_CODE):
        text = gettext(
            "We claim ¥{amount} from you and set it off against our next payment ({kind}): {paper}. Please read it; "
            "if you do not agree, say so there or call your buyer."
        ).format(
            amount=_yuan(claim.amount), kind=claim.get_kind_display(), paper=door_money.paper_name(claim)
        )
    return _of_claim(Kind.CLAIMED, claim, text, by, now, clause)


@transaction.atomic
def taken_back(*, end: SetOffEnd, by: Employee | None, now: datetime, clause: str) -> DoorNews | None:
    """Whoever was told of the claim hears that what is left of it is owed again."""
    claim = end.set_off
    with translation.override(settings.LANGUAGE_CODE):
        text = gettext(
            "We take back a claim against you, ¥{amount}: {paper}. We owe it to you again."
        ).format(amount=_yuan(end.amount), paper=door_money.paper_name(claim))
    return _of_claim(Kind.TAKEN_BACK, claim, text, by, now, clause)


def _of_claim(
    kind: str, claim: SetOff, text: str, by: Employee | None, now: datetime, clause: str
) -> DoorNews | None:
    if claim.kind in NO_NEWS:
        return None
    contact, paper = _whose(claim)
    if contact is None or DoorNews.objects.filter(contact=contact, set_off=claim, kind=kind).exists():
        return None
    letter = _letter(contact, paper, text, by, now, clause) if paper else None
    return _told(kind, contact, letter, by=by, now=now, clause=clause, set_off=claim)


def _whose(claim: SetOff) -> tuple[SupplierContact | None, _Paper | None]:
    """Whom a claim is told to, and what its link opens; no paper where a link would open more than he has seen."""
    if claim.paper_type == "complaint":
        paper = _Paper(Purpose.COMPLAINT, int(claim.paper_id))
        asked = DoorLink.objects.filter(
            purpose=paper.purpose, paper_id=paper.pk, end=None, contact__active=True
        )
        link = asked.select_related("contact__supplier").order_by("-pk").first()
        return (link.contact if link else _somebody(claim.supplier)), paper
    if claim.order is not None:
        return _speaks_for(claim.order, claim.supplier), _Paper(Purpose.ORDER, claim.order.pk)
    contact = _somebody(claim.supplier)
    return contact, _Paper(Purpose.PAPERS) if contact and _knows_all(contact.pk) else None


def _speaks_for(order: PurchaseOrder, supplier: Supplier) -> SupplierContact | None:
    """The person to whom the order was sent, while he is there."""
    return order.contact if order.contact and order.contact.active else _somebody(supplier)


def _somebody(supplier: Supplier) -> SupplierContact | None:
    """First whoever may see all papers, then whoever was there first."""
    all_papers = DoorLink.objects.filter(contact=OuterRef("pk"), purpose=Purpose.PAPERS, end=None)
    active = SupplierContact.objects.filter(supplier=supplier, active=True).select_related("supplier")
    found: SupplierContact | None = active.annotate(all=Exists(all_papers)).order_by("-all", "pk").first()
    return found


def _knows_all(contact_id: int) -> bool:
    """Whether a buyer has opened all papers of the supplier to this contact."""
    return DoorLink.objects.filter(contact=contact_id, purpose=Purpose.PAPERS, end=None).exists()


def _letter(
    contact: SupplierContact, paper: _Paper, text: str, by: Employee | None, now: datetime, clause: str
) -> DoorLetter | None:
    """None where no way leads to the contact now."""
    if not contact.supplier.active or not rulebook.has_rule(selectors.RULE, now):
        return None
    way = next(iter(selectors.ways(contact, now)), "")
    if not way:
        return None
    sent = links.link_of_news(
        contact=contact, purpose=paper.purpose, paper_id=paper.pk, way=way, by=by, now=now, clause=clause
    )
    with translation.override(settings.LANGUAGE_CODE):
        behind = gettext("The link is meant for you alone: {url}").format(url=links.address_of(sent.token))
    return letters.post(link=sent.link, kind=DoorLetter.Kind.NEWS, way=way, text=f"{text} {behind}", now=now)


def _told(
    kind: str,
    contact: SupplierContact,
    letter: DoorLetter | None,
    *,
    by: Employee | None,
    now: datetime,
    clause: str,
    payment: Payment | None = None,
    set_off: SetOff | None = None,
) -> DoorNews:
    made: DoorNews = DoorNews.objects.create(
        contact=contact, kind=kind, payment=payment, set_off=set_off, letter=letter, at=now
    )
    about = untold.subject_of(made)
    if letter is None:
        untold.ask_ours(made, now=now, clause=clause, but=by)
    else:
        audit.record(
            "contracts.tell_supplier",
            subject=about,
            by=by,
            now=now,
            clause=clause,
            data={"contact": contact.pk, "way": letter.way, "news": kind},
        )
    return made


def _paid_text(payment: Payment, orders: Sequence[PurchaseOrder], now: datetime) -> str:
    """In the language that is on."""
    numbers = enumerated(order.number for order in orders[:NAMED])
    if len(orders) > NAMED:
        numbers = gettext("{numbers} and others, {n} in all").format(numbers=numbers, n=len(orders))
    voucher = getattr(payment, "voucher", None)
    day = (voucher.paid_on if voucher else now.astimezone(ZONE).date()).isoformat()
    if not payment.total:
        return gettext("Settled on {day} by claims against you, ¥{set_off}: purchase order {orders}.").format(
            day=day, set_off=_yuan(payment.set_off), orders=numbers
        )
    text = gettext("We paid you ¥{total} on {day} for purchase order {orders}.")
    if payment.set_off:
        text = gettext(
            "We paid you ¥{total} on {day} for purchase order {orders}; claims of ¥{set_off} were set off."
        )
    return text.format(total=_yuan(payment.total), day=day, orders=numbers, set_off=_yuan(payment.set_off))


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"
