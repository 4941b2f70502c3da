"""Links to the supplier's door (P1.3): sent to one contact for one purpose, ended, and sent anew.

A link alone opens nothing: whoever follows it shows a code that went to the contact's own phone or mailbox (codes.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urljoin

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contracts.models import DoorEnd, DoorLetter, DoorLink, SupplierContact
from contracts.rules import door as rules
from contracts.selectors import door as selectors
from contracts.selectors.door import State
from contracts.services.door import letters
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound, Refused
from office.rulebook.allowed import require, words
from office.staff.models import Employee

ORDER, COMPLAINTS = "contracts.order", "contracts.complaints"
_NEEDS = {DoorLink.Purpose.COMPLAINT: COMPLAINTS}


class TooMany(Refused):
    """More than the door takes in that time."""

    status = 429
    code = "too_many"


class Sent(NamedTuple):
    """`token`: never kept, so this is the only time it is there. `way`: how it left, "" when the sender hands it over
    himself."""

    link: DoorLink
    token: str
    way: str


@transaction.atomic
def send_link(
    *, contact_id: int, purpose: str, paper_id: int | None, by: Employee, now: datetime, way: str = ""
) -> Sent:
    """A new way in; one for the same contact and paper that is still open ends. `way`: mail or sms, "" to hand it over
    oneself. Raises Forbidden, NotFound, Invalid, Conflict."""
    clause = require(by, _NEEDS.get(DoorLink.Purpose(purpose), ORDER), now)
    contact = _contact(contact_id)
    if purpose != DoorLink.Purpose.PAPERS and (
        paper_id is None or not selectors.belongs(purpose, paper_id, contact.supplier_id)
    ):
        raise NotFound(_("There is no such paper of this supplier."))
    if way and way not in selectors.ways(contact, now):
        raise Invalid(_("No channel leads there now. Copy the link and send it yourself."), code="no_way")
    hold_contact(contact)
    live = DoorLink.objects.filter(
        contact=contact, purpose=purpose, paper_id=paper_id, end=None, expires_at__gt=now
    )
    for old in live:
        _end(old, DoorEnd.Why.REPLACED, "", by, now)
    sent = _made(contact, purpose, paper_id, by=by, renews=None, now=now)
    if way:
        letters.post(link=sent.link, kind=DoorLetter.Kind.LINK, way=way, text=_letter(sent), now=now)
    _record("contracts.send_link", sent.link, by, now, clause, way=way or "by_hand")
    return sent._replace(way=way)


def link_of_news(
    *,
    contact: SupplierContact,
    purpose: str,
    paper_id: int | None,
    way: str,
    by: Employee | None,
    now: datetime,
    clause: str,
) -> Sent:
    """The link of a message that tells the contact of money, in the caller's transaction; whoever is inside by an older
    one stays there."""
    hold_contact(contact)
    sent = _made(contact, purpose, paper_id, by=by, renews=None, now=now)
    _record("contracts.send_link", sent.link, by, now, clause, way=way)
    return sent._replace(way=way)


@transaction.atomic
def revoke(*, link_id: int, text: str, by: Employee, now: datetime) -> DoorEnd:
    """It opens nothing from now on, and who is inside is out. Raises Forbidden, NotFound, Invalid, Conflict."""
    found = selectors.link(link_id)
    clause = require(by, _NEEDS.get(DoorLink.Purpose(found.purpose), ORDER), now)
    said = words(text, path="text", longest=200)
    hold_contact(found.contact)
    if DoorEnd.objects.filter(link=found).exists():
        raise Conflict(_("This link has been ended already."), code="ended")
    end = _end(found, DoorEnd.Why.REVOKED, said, by, now)
    _record("contracts.revoke_link", found, by, now, clause)
    return end


@transaction.atomic
def renew(*, link: DoorLink, way: str, now: datetime) -> DoorLink:
    """At the door: a link whose time is over is sent anew, to the contact's own phone or mailbox and nowhere else.
    Raises Conflict (it is not over, was ended, or is too old), Invalid (no way there), TooMany."""
    terms = selectors.terms(now)
    if selectors.state_of(link, now) is not State.OVER or now >= link.expires_at + terms.renew:
        raise Conflict(
            _("This link is not sent anew. Please ask your buyer for another one."), code="not_over"
        )
    if way not in selectors.ways(link.contact, now):
        raise Invalid(_("Please ask your buyer for another link."), code="no_way")
    hold_contact(link.contact)
    lately = DoorLink.objects.filter(
        contact=link.contact, renews__isnull=False, at__gt=now - timedelta(days=1)
    ).count()
    if lately >= terms.renewals_per_day:
        raise TooMany(
            _("Enough links were sent today. Look among your messages, or ask your buyer."),
            clause=terms.clause,
        )
    sent = _made(link.contact, link.purpose, link.paper_id, by=None, renews=link, now=now)
    letters.post(link=sent.link, kind=DoorLetter.Kind.LINK, way=way, text=_letter(sent), now=now)
    _record("contracts.renew_link", sent.link, None, now, terms.clause, renews=link.pk)
    return sent.link


def address_of(token: str) -> str:
    return str(urljoin(settings.SITE_URL, reverse("door:enter", args=[token])))


def end_guessed(link: DoorLink, now: datetime) -> None:
    """Too many wrong codes: shut, in the caller's transaction."""
    if not DoorEnd.objects.filter(link=link).exists():
        _end(link, DoorEnd.Why.GUESSED, "", None, now)
        _record("contracts.shut_link", link, None, now, selectors.terms(now).clause)


def end_all(contact: SupplierContact, text: str, by: Employee, now: datetime, clause: str) -> None:
    """The contact is reached elsewhere from now on: no link that went to where he was before opens anything, in the
    caller's transaction."""
    hold_contact(contact)
    for link in DoorLink.objects.filter(contact=contact, end=None, expires_at__gt=now):
        _end(link, DoorEnd.Why.REVOKED, text, by, now)
        _record("contracts.revoke_link", link, by, now, clause)


def hold_contact(contact: SupplierContact) -> None:
    """One act at a time for a contact's links: rows that are law cannot be locked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"door {contact.pk}"])


def _contact(pk: int) -> SupplierContact:
    found = SupplierContact.objects.select_related("supplier").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such contact."))
    if not found.active or not found.supplier.active:
        raise Conflict(_("This contact no longer speaks for the supplier."), code="inactive")
    return found


def _made(
    contact: SupplierContact,
    purpose: str,
    paper_id: int | None,
    *,
    by: Employee | None,
    renews: DoorLink | None,
    now: datetime,
) -> Sent:
    token = rules.new_token()
    link = DoorLink.objects.create(
        contact=contact,
        purpose=purpose,
        paper_id=paper_id,
        digest=rules.digest_of(token),
        expires_at=now + selectors.terms(now).link,
        renews=renews,
        by=by,
        at=now,
    )
    return Sent(link, token, "")


def _end(link: DoorLink, why: str, text: str, by: Employee | None, now: datetime) -> DoorEnd:
    end: DoorEnd = DoorEnd.objects.create(link=link, why=why, text=text, by=by, at=now)
    link.visits.filter(ended_at=None).update(ended_at=now)
    return end


def _letter(sent: Sent) -> str:
    """In Chinese: whoever reads it has chosen no language yet."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext("Papers wait for you. Open this link; it is meant for you alone: {url}").format(
            url=address_of(sent.token)
        )


def _record(
    verb: str, link: DoorLink, by: Employee | None, now: datetime, clause: str, **data: object
) -> None:
    audit.record(
        verb,
        subject=link.subject,
        by=by,
        now=now,
        clause=clause,
        data={"contact": link.contact_id, "purpose": link.purpose, "paper": link.paper_id, **data},
    )
