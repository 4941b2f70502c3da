"""Telling the partner (C6.3, M4.3, W2): a call that a person made, or words that leave by mail or a channel.

A call counts from the minute it was made; what is sent counts from the moment the other side took it, so a dead mail
server does not look like a kept rule.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from cms.models import PartnerContact, PartnerDispatch, PartnerNotice, SiteIncident
from cms.rules import incidents as rules
from cms.services.allowed import clause_of, require, words
from cms.services.incidents import State, locked, record, require_state, take_on, tell, write
from office import crypto
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound
from office.notices import senders
from office.notices.channels import config_of
from office.notices.models import Channel
from office.notices.outbox import MOST_ATTEMPTS, retry_after
from office.rulebook import api as rulebook
from office.staff.models import Employee
from office.subjects import Subject

log = structlog.get_logger(__name__)
Way = PartnerNotice.Way
LEASE = timedelta(minutes=2)
UPKEEP = "cms.site_upkeep"


def partners(now: datetime) -> list[str]:
    """The companies that the book names: whom the clause on safety says first (C6.3, M4.3), then that of W2."""
    named = [rulebook.parameter_rule(key, at=now).text() for key in ("cms.partner", "work.partner")]
    return list(dict.fromkeys(named))


def record_call(
    *,
    incident_id: int,
    partner: str,
    whom: str,
    text: str,
    at: datetime | None,
    by: Employee,
    now: datetime,
    seen: int | None = None,
) -> PartnerNotice:
    """A call that was made: what was said, to whom, when (default: now; never ahead, never before the incident).

    Raises Forbidden, NotFound, Conflict, Invalid."""
    with transaction.atomic():
        incident = locked(incident_id, by, now, seen=seen)
        require_state(incident, *SiteIncident.LIVE)
        when = at or now
        if when > now:
            raise _wrong("at", "future", _("This time has not come yet."))
        if when < incident.opened_at:
            if incident.opened_at - when >= timedelta(minutes=1):
                raise _wrong("at", "before", _("The incident began later than that."))
            when = incident.opened_at  # people give minutes
        notice = _notice(incident, Way.PHONE, partner, whom, text, when, by, now)
        take_on(incident, by, now)
        _told(incident, when)
        record(
            incident=incident, verb="cms.incident_tell", by=by, now=now,
            way=notice.way, partner=notice.partner, whom=notice.whom, text=notice.text, told_at=when.isoformat(),
        )  # fmt: skip
        return notice


def send_notice(
    *,
    incident_id: int,
    partner: str,
    contact_id: int | None,
    channel_id: int | None,
    text: str,
    by: Employee,
    now: datetime,
    seen: int | None = None,
) -> PartnerNotice:
    """Words that leave by mail to a contact, or through a channel, as soon as the sender looks again. The clock stops
    when they are taken. Raises Forbidden, NotFound, Conflict, Invalid."""
    with transaction.atomic():
        incident = locked(incident_id, by, now, seen=seen)
        require_state(incident, *SiteIncident.LIVE)
        email, channel, whom = _address(contact_id, channel_id)
        way = Way.CHANNEL if channel else Way.MAIL
        notice = _notice(incident, way, partner, whom, text, now, by, now)
        PartnerDispatch.objects.create(notice=notice, channel=channel, email=email, next_at=now)
        take_on(incident, by, now)
        if incident.state == State.OPEN:
            incident.state = State.ACKNOWLEDGED
        write(incident, "state", "acknowledged_at", "acknowledged_by")
        record(
            incident=incident, verb="cms.incident_tell", by=by, now=now,
            way=way, partner=notice.partner, whom=whom, text=notice.text,
        )  # fmt: skip
        return notice


def _address(contact_id: int | None, channel_id: int | None) -> tuple[str, Channel | None, str]:
    if channel_id is not None:
        channel = Channel.objects.filter(pk=channel_id, enabled=True).exclude(kind=Channel.Kind.EMAIL).first()
        if channel is None:
            raise _wrong("channel", "choice", _("This channel is not there or switched off."))
        return "", channel, channel.name
    contact = PartnerContact.objects.filter(pk=contact_id, active=True).first() if contact_id else None
    if contact is None or not contact.email:
        raise _wrong("contact", "choice", _("Choose a contact with an e-mail address."))
    return contact.email, None, contact.name


def _notice(
    incident: SiteIncident,
    way: str,
    partner: str,
    whom: str,
    text: str,
    at: datetime,
    by: Employee,
    now: datetime,
) -> PartnerNotice:
    if partner not in partners(now):
        raise _wrong("partner", "choice", _("Choose the partner that the rulebook names."))
    return PartnerNotice.objects.create(
        incident=incident,
        way=way,
        partner=partner,
        whom=words(whom, path="whom", longest=80, missing=_("Say whom you told.")),
        text=words(text, path="text", longest=1000, missing=_("Say what the partner was told.")),
        at=at,
        by=by,
        written_at=now,
    )


def _told(incident: SiteIncident, at: datetime) -> None:
    """The partner knows. Stops the clock; an incident that is settled meanwhile stays settled."""
    if incident.told_at is None:
        incident.told_at = at
        deadlines.meet(rules.REPORT, subject=incident.subject, at=at)
    if incident.live:
        incident.state = State.TOLD
    write(incident, "state", "told_at", "acknowledged_at", "acknowledged_by")


# ---------------------------------------------------------------- on its way out

_CLAIM = """
UPDATE cms_partnerdispatch SET attempts = attempts + 1, next_at = %(lease)s
WHERE notice_id IN (
    SELECT notice_id FROM cms_partnerdispatch WHERE state = 'waiting' AND next_at <= %(now)s
    ORDER BY next_at LIMIT 20 FOR UPDATE SKIP LOCKED
) RETURNING notice_id
"""


def send_waiting(*, now: datetime) -> int:
    """One round of the sender; answers how many were taken. After a crash a message may leave twice, with one id."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "lease": now + LEASE})
        ids = [row[0] for row in cursor.fetchall()]
    taken = 0
    waiting = PartnerDispatch.objects.filter(pk__in=ids, state=PartnerDispatch.State.WAITING)
    for dispatch in waiting.select_related("notice__incident__site", "channel").order_by("pk"):
        error = _hand_over(dispatch, now)
        if error:
            _keep_failure(dispatch, error, now)
        else:
            _mark_taken(dispatch, now)
            taken += 1
    return taken


def _hand_over(dispatch: PartnerDispatch, now: datetime) -> str:
    """ "" when taken, else why not, short and without secrets."""
    notice, incident = dispatch.notice, dispatch.notice.incident
    message = senders.Message(
        id=str(dispatch.idempotency_id),
        title=str(_("Incident of a website")),
        text=f"{notice.partner} {notice.whom}: {notice.text}",
        clause="",
        label=incident.site.name,
        url=incident.site.url,
        urgent=True,
        kind="cms.incident",
        at=now,
        to=dispatch.email,
    )
    try:
        if dispatch.channel is None:
            senders.send(Channel.Kind.EMAIL, {}, message)
        else:
            senders.send(dispatch.channel.kind, config_of(dispatch.channel), message)
    except senders.SendFailed as error:
        return str(error)
    except crypto.Unreadable:
        return gettext_noop("the channel's settings cannot be read: their key is not configured")
    return ""


def _mark_taken(dispatch: PartnerDispatch, now: datetime) -> None:
    with transaction.atomic():
        incident = (
            SiteIncident.objects.select_for_update(of=("self",))
            .select_related("site")
            .get(pk=dispatch.notice.incident_id)
        )
        PartnerDispatch.objects.filter(pk=dispatch.pk).update(
            state=PartnerDispatch.State.SENT, sent_at=now, last_error=""
        )
        if incident.state != State.CLOSED:
            _told(incident, now)
        audit.record(
            "cms.incident_told",
            subject=incident.subject,
            by=None,
            now=now,
            clause=clause_of(rules.REPORT, now),
            data={
                "partner": dispatch.notice.partner,
                "whom": dispatch.notice.whom,
                "way": dispatch.notice.way,
            },
        )


def _keep_failure(dispatch: PartnerDispatch, error: str, now: datetime) -> None:
    dead = dispatch.attempts >= MOST_ATTEMPTS
    log.warning("partner_not_told", notice=dispatch.pk, attempts=dispatch.attempts, error=error)
    with transaction.atomic():
        PartnerDispatch.objects.filter(pk=dispatch.pk, state=PartnerDispatch.State.WAITING).update(
            state=PartnerDispatch.State.DEAD if dead else PartnerDispatch.State.WAITING,
            next_at=now + retry_after(dispatch.attempts),
            last_error=error[:300],
        )
        if dispatch.attempts in (1, MOST_ATTEMPTS):  # whoever waits for the mail picks up the phone
            tell(dispatch.notice.incident, "cms.partner_not_told", now=now, but=None)


# ---------------------------------------------------------------- contacts


def save_contact(
    *,
    contact_id: int | None,
    name: str,
    phone: str,
    email: str,
    active: bool,
    by: Employee,
    now: datetime,
) -> PartnerContact:
    """A contact added or changed. Raises Forbidden, NotFound, Invalid, Conflict (`taken`)."""
    require(by, UPKEEP, now)
    name = words(name, path="name", longest=60, missing=_("A contact needs a name."))
    phone, email = words(phone, path="phone", longest=40), words(email, path="email", longest=200)
    if not phone and not email:
        raise _wrong("phone", "required", _("Give a phone number or an e-mail address."))
    with transaction.atomic():
        contact = PartnerContact()
        if contact_id is not None:
            found = PartnerContact.objects.select_for_update().filter(pk=contact_id).first()
            if found is None:
                raise NotFound(_("There is no such contact."))
            contact = found
        if PartnerContact.objects.filter(name=name).exclude(pk=contact.pk).exists():
            raise Conflict(_("There is a contact of this name already."), code="taken")
        contact.name, contact.phone, contact.email, contact.active = name, phone, email, active
        contact.save()
        audit.record(
            "cms.partner_contact",
            subject=Subject("partner_contact", str(contact.pk), name),
            by=by,
            now=now,
            clause=clause_of(UPKEEP, now),
            data={"phone": phone, "email": email, "active": active},
        )
        return contact


def _wrong(path: str, code: str, message: object) -> Invalid:
    return Invalid(message, errors=[{"path": path, "code": code, "message": str(message)}])
