"""Who holds a link proves that he is its contact: by six digits that went to his own phone or mailbox.

Wrong digits are counted in the database and the count survives the refusal: a code is good for few tries, and a link
that met too many wrong ones is shut and the buyers are told.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contracts.models import DoorCode, DoorLetter, DoorLink, DoorVisit
from contracts.rules import door as rules
from contracts.selectors import door as selectors
from contracts.selectors.door import State
from contracts.services.door import letters
from contracts.services.door.links import ORDER, TooMany, end_guessed, hold_contact
from contracts.services.sides import Side
from office import crypto
from office.audit import api as audit
from office.errors import Conflict, Invalid, Refused
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, require
from office.staff.models import Employee

DAY = "contracts.door_codes"


@transaction.atomic
def send_code(*, link: DoorLink, way: str, now: datetime) -> DoorCode:
    """A code to the contact's own phone or mailbox; an earlier one is good no longer. Raises Conflict, Invalid,
    TooMany."""
    if way not in selectors.ways(link.contact, now):
        raise Invalid(_("No code can be sent there. Please call your buyer."), code="no_way")
    found, digits = _new(link, way, None, now)
    with translation.override(settings.LANGUAGE_CODE):
        text = gettext("Your code is {code}. It is good for {n} minutes. Give it to nobody.").format(
            code=digits, n=int(selectors.terms(now).code.total_seconds() // 60)
        )
    letters.post(link=link, kind=DoorLetter.Kind.CODE, way=way, text=text, now=now)
    return found


@transaction.atomic
def read_out(*, link_id: int, by: Employee, now: datetime) -> str:
    """The digits, for a buyer who has the contact on the phone, at the number we know of him. It is on record who read
    them out. Raises Forbidden, NotFound, Conflict, TooMany."""
    clause = require(by, ORDER, now)
    link = selectors.link(link_id)
    if not link.contact.phone:
        raise Conflict(_("We know no phone number of this contact."), code="no_phone")
    found, digits = _new(link, DoorCode.Way.CALL, by, now)
    audit.record(
        "contracts.read_out_code",
        subject=link.subject,
        by=by,
        now=now,
        clause=clause,
        data={"contact": link.contact_id, "code": found.pk},
    )
    return digits


def enter(*, link: DoorLink, typed: str, now: datetime) -> str:
    """The key of a new visit, for the browser to keep. Raises Invalid (a wrong code), Conflict (no code is out, or the
    link is over), TooMany (it is shut now)."""
    with transaction.atomic():
        key, refused = _tried(link, rules.code_of(typed), now)
    if refused is not None:
        raise refused
    return key


@transaction.atomic
def leave(*, visit: DoorVisit, now: datetime) -> None:
    """The contact is done on this device."""
    DoorVisit.objects.filter(pk=visit.pk, ended_at=None).update(ended_at=now)


def _new(link: DoorLink, way: str, by: Employee | None, now: datetime) -> tuple[DoorCode, str]:
    hold_contact(link.contact)
    terms = _require_live(link, now)
    # Codes read out count by themselves: whoever asks for messages does not keep the contact from calling.
    alike = DoorCode.objects.filter(link__contact=link.contact_id).filter(
        Q(way=DoorCode.Way.CALL) if way == DoorCode.Way.CALL else ~Q(way=DoorCode.Way.CALL)
    )
    lately = alike.filter(at__gt=now - timedelta(hours=1)).count()
    if lately >= terms.codes_per_hour:
        raise TooMany(
            _("Enough codes were sent. Please wait an hour, or call your buyer."), clause=terms.clause
        )
    if way != DoorCode.Way.CALL:
        _require_quiet_day(alike, now)
    digits = rules.new_code()
    found = DoorCode.objects.create(
        link=link, way=way, digest=_digest(link, digits), at=now, expires_at=now + terms.code, by=by
    )
    return found, digits


def _require_quiet_day(sent: QuerySet[DoorCode], now: datetime) -> None:
    """Whoever has found a link does not flood its contact's phone, hour after hour."""
    if not rulebook.has_rule(DAY, now):
        return
    most = rulebook.limit_rule(DAY, now)
    if sent.filter(at__gt=now - timedelta(days=1)).count() >= most.count:
        raise TooMany(
            _("Enough codes were sent today. Please try again tomorrow, or call your buyer."),
            clause=most.clause,
        )


def _tried(link: DoorLink, digits: str, now: datetime) -> tuple[str, Refused | None]:
    hold_contact(link.contact)
    terms = _require_live(link, now)
    code = link.codes.select_for_update().order_by("-pk").first()
    if code is None or code.used_at or now >= code.expires_at or code.tries >= terms.tries:
        return "", Conflict(_("This code is good no longer. Please ask for a new one."), code="no_code")
    if not digits:
        return "", _wrong(_("The code has six digits."))
    if not hmac.compare_digest(code.digest, _digest(link, digits)):
        return "", _counted(link, code, terms, now)
    code.used_at = now
    code.save(update_fields=["used_at"])
    key = secrets.token_urlsafe(32)
    DoorVisit.objects.create(
        link=link,
        code=code,
        digest=selectors.visit_digests(key)[0],
        at=now,
        expires_at=min(now + terms.visit, link.expires_at),
    )
    audit.record(
        "contracts.enter_door",
        subject=link.subject,
        by=Side(contact=link.contact).actor,
        now=now,
        clause=terms.clause,
        data={"contact": link.contact_id, "way": code.way, "code": code.pk},
    )
    return key, None


def _counted(link: DoorLink, code: DoorCode, terms: selectors.Terms, now: datetime) -> Refused:
    code.tries += 1
    code.save(update_fields=["tries"])
    wrong = link.codes.aggregate(n=Sum("tries"))["n"] or 0
    if wrong >= terms.wrong_codes:
        end_guessed(link, now)
        notices.notify(
            "contracts.door_guessed",
            people_with(ORDER, now),
            source="door_link",
            source_id=link.pk,
            subject=link.subject,
            now=now,
            clause=terms.clause,
            params={"supplier": link.contact.supplier.name},
            urgent=True,
        )
        return TooMany(
            _("Too many wrong codes: this link is shut. Your buyer has been told."), clause=terms.clause
        )
    left = terms.tries - code.tries
    if left <= 0:
        return Conflict(_("This code is good no longer. Please ask for a new one."), code="no_code")
    return _wrong(_("This is not the code. {n} more tries.").format(n=left))


def _require_live(link: DoorLink, now: datetime) -> selectors.Terms:
    """Raises Conflict. The link is read anew: it may have been ended since the page was opened."""
    if selectors.state_of(selectors.link(link.pk), now) is not State.LIVE:
        raise Conflict(_("This link opens nothing any more."), code="shut")
    return selectors.terms(now)


def _wrong(message: object) -> Invalid:
    return Invalid(
        message, errors=[{"path": "code", "code": "wrong", "message": str(message)}], code="wrong_code"
    )


def _digest(link: DoorLink, digits: str) -> str:
    """Six digits are soon tried out: kept under a key that the database does not hold."""
    return crypto.mac("contracts.door_code", f"{link.pk} {digits}".encode()).hex()[:64]
