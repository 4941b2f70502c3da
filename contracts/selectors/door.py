"""What a link of the supplier's door opens, and who stands before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from contracts.models import (
    Complaint,
    DoorCode,
    DoorLetter,
    DoorLink,
    DoorNews,
    DoorVisit,
    Payment,
    PurchaseOrder,
    Sample,
    SetOff,
    SupplierContact,
)
from contracts.rules import door as rules
from office import crypto
from office.errors import NotFound
from office.notices.models import Channel
from office.rulebook import api as rulebook

RULE = "contracts.door"
Purpose = DoorLink.Purpose


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers of the door, out of the book ("contracts.door")."""

    link: timedelta
    visit: timedelta
    code: timedelta
    tries: int
    codes_per_hour: int
    wrong_codes: int
    guesses_per_hour: int
    renew: timedelta
    renewals_per_day: int
    sms_channel: str
    clause: str


def terms(at: datetime) -> Terms:
    rule = rulebook.parameter_rule(RULE, at=at)
    return Terms(
        link=timedelta(days=rule.integer("link_days")),
        visit=timedelta(hours=rule.integer("visit_hours")),
        code=timedelta(minutes=rule.integer("code_minutes")),
        tries=rule.integer("code_tries"),
        codes_per_hour=rule.integer("codes_per_hour"),
        wrong_codes=rule.integer("wrong_codes"),
        guesses_per_hour=rule.integer("guesses_per_hour"),
        renew=timedelta(days=rule.integer("renew_days")),
        renewals_per_day=rule.integer("renewals_per_day"),
        sms_channel=rule.text("sms_channel"),
        clause=rule.clause,
    )


class State(Enum):
    """Of a link."""

    LIVE = "live"
    OVER = "over"  # its time is over: the contact may ask for a new one
    SHUT = "shut"  # ended by us, or its contact no longer speaks for the supplier


_LINKS = DoorLink.objects.select_related("contact__supplier", "end")


def find(token: str) -> DoorLink | None:
    """The link of this token, whatever became of it."""
    return _LINKS.filter(digest=rules.digest_of(token)).first() if rules.is_token(token) else None


def link(pk: int) -> DoorLink:
    """Raises NotFound."""
    found: DoorLink | None = _LINKS.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such link."))
    return found


def state_of(link: DoorLink, now: datetime) -> State:
    contact = link.contact
    if hasattr(link, "end") or not contact.active or not contact.supplier.active:
        return State.SHUT
    return State.LIVE if now < link.expires_at else State.OVER


def visit_of(link: DoorLink, key: str, now: datetime) -> DoorVisit | None:
    """The visit that this key of a browser belongs to, while it and its link last."""
    if not key or state_of(link, now) is not State.LIVE:
        return None
    return (
        DoorVisit.objects.filter(link=link, digest__in=visit_digests(key), ended_at=None, expires_at__gt=now)
        .select_related("code")
        .first()
    )


def visit_digests(key: str) -> list[str]:
    """What is kept of a visit's key, under a key that the database does not hold: whoever has a login to the database
    lets nobody in by a row of his own."""
    return [found.hex() for found in crypto.macs("contracts.door_visit", key.encode("utf-8", "replace"))]


def was_inside(link: DoorLink, key: str) -> bool:
    """Whether this browser has shown a code of the link, be its visit over."""
    return bool(key) and DoorVisit.objects.filter(link=link, digest__in=visit_digests(key)).exists()


def ways(contact: SupplierContact, now: datetime) -> dict[str, str]:
    """How a code or a link can reach the contact now: {way: where to, masked}. Empty when no channel is on: then the
    buyer reads the code out to him."""
    found: dict[str, str] = {}
    on = Channel.objects.filter(enabled=True)
    if contact.phone and on.filter(kind=Channel.Kind.WEBHOOK, name=terms(now).sms_channel).exists():
        found[DoorCode.Way.SMS] = rules.masked_phone(contact.phone)
    if contact.mail and on.filter(kind=Channel.Kind.EMAIL).exists():
        found[DoorCode.Way.MAIL] = rules.masked_mail(contact.mail)
    return found


#: Purpose -> whether the paper of that id is the supplier's.
_belongs: dict[str, Callable[[int, int], bool]] = {
    Purpose.ORDER: lambda paper, supplier: PurchaseOrder.objects.filter(
        pk=paper, supplier=supplier, sent_at__isnull=False
    ).exists(),
    Purpose.SAMPLE: lambda paper, supplier: Sample.objects.filter(pk=paper, supplier=supplier).exists(),
    Purpose.COMPLAINT: lambda paper, supplier: Complaint.objects.filter(pk=paper, supplier=supplier).exists(),
}


def belongs(purpose: str, paper_id: int, supplier_id: int) -> bool:
    known = _belongs.get(purpose)
    return known is not None and known(paper_id, supplier_id)


def opens(link: DoorLink, purpose: str, paper_id: int) -> bool:
    """Whether the link opens this paper: its own one, or any of its supplier's when it is for all."""
    if link.purpose != Purpose.PAPERS and (link.purpose, link.paper_id) != (purpose, paper_id):
        return False
    return belongs(purpose, paper_id, link.contact.supplier_id)


def require_paper(link: DoorLink, purpose: str, paper_id: int) -> None:
    """Raises NotFound for what the link does not open: that there is such a paper is nobody else's business."""
    if not opens(link, purpose, paper_id):
        raise NotFound(_("There is no such paper here."))


def links_of(supplier_id: int) -> QuerySet[DoorLink]:
    """Newest first, with what was sent, who came in, and how each ended."""
    return (
        DoorLink.objects.filter(contact__supplier=supplier_id)
        .select_related("contact__supplier", "end__by", "by")
        .prefetch_related(
            Prefetch("visits", DoorVisit.objects.select_related("code").order_by("-pk")),
            Prefetch("letters", DoorLetter.objects.exclude(kind=DoorLetter.Kind.CODE).order_by("-pk")),
        )
        .order_by("-pk")
    )


def told_of(*, payment: Payment | None = None, set_off: SetOff | None = None) -> QuerySet[DoorNews]:
    """Who at the supplier was told of it, and how; the oldest first."""
    about = {"payment": payment} if payment else {"set_off": set_off}
    return DoorNews.objects.filter(**about).select_related("contact", "letter").order_by("pk")
