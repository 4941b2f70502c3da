"""Links, codes and news on their way to a contact, through the mail channel or the gateway for text messages.

Written in the transaction that makes them, sent by a task. What waits is sealed; once it was taken, given up or is
too old to be of use, its words are gone. At least once, with one id.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from contracts.models import DoorCode, DoorLetter, DoorLink, DoorNews
from contracts.selectors import door as selectors
from contracts.services.door import untold
from office import crypto
from office.notices import senders
from office.notices.channels import config_of
from office.notices.models import Channel
from office.notices.outbox import retry_after

log = structlog.get_logger(__name__)
PURPOSE = "contracts.door_letter"
LEASE = timedelta(minutes=1)
MOST_ATTEMPTS = 6
#: A link is tried so long; a code only while it is good; what happened to money is news for a day.
LINK_TRIED, NEWS_TRIED = timedelta(hours=2), timedelta(days=1)
State = DoorLetter.State

_CLAIM = """
UPDATE contracts_doorletter SET attempts = attempts + 1, next_at = %(lease)s
WHERE id IN (
    SELECT id FROM contracts_doorletter WHERE state = 'waiting' AND next_at <= %(now)s
    ORDER BY next_at LIMIT 20 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def post(*, link: DoorLink, kind: str, way: str, text: str, now: datetime) -> DoorLetter:
    """It waits for the sender, in the caller's transaction."""
    tried = {DoorLetter.Kind.CODE: selectors.terms(now).code, DoorLetter.Kind.NEWS: NEWS_TRIED}
    return DoorLetter.objects.create(
        link=link,
        kind=kind,
        way=way,
        sealed=crypto.seal_app(PURPOSE, text.encode()),
        next_at=now,
        until=now + tried.get(DoorLetter.Kind(kind), LINK_TRIED),
        at=now,
    )


def send_waiting(*, now: datetime) -> int:
    """One round; answers how many were taken."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "lease": now + LEASE})
        ids = [row[0] for row in cursor.fetchall()]
    taken = 0
    waiting = DoorLetter.objects.filter(pk__in=ids, state=State.WAITING)
    for letter in waiting.select_related("link__contact").order_by("pk"):
        error = gettext_noop("too old to be of use") if now >= letter.until else _hand_over(letter, now)
        _keep_outcome(letter, error, now)
        taken += not error
    return taken


def _hand_over(letter: DoorLetter, now: datetime) -> str:
    """ "" when taken, else why not, short and without a word of it."""
    contact, mail = letter.link.contact, letter.way == DoorCode.Way.MAIL
    wanted = (
        Channel.objects.filter(kind=Channel.Kind.EMAIL)
        if mail
        else Channel.objects.filter(kind=Channel.Kind.WEBHOOK, name=selectors.terms(now).sms_channel)
    )
    channel = wanted.filter(enabled=True).order_by("pk").first()
    if channel is None:
        return gettext_noop("no channel is switched on")
    try:
        text = crypto.open_app(PURPOSE, letter.sealed or b"").decode()
        with translation.override(settings.LANGUAGE_CODE):
            message = senders.Message(
                id=str(letter.idempotency_id),
                title=gettext("Papers for the supplier"),
                text=text,
                clause="",
                label="",
                url="",
                urgent=letter.kind == DoorLetter.Kind.CODE,
                kind=f"contracts.door_{letter.kind}",
                at=now,
                to=contact.mail if mail else "",
                phone="" if mail else contact.phone,
            )
        senders.send(channel.kind, config_of(channel), message)
    except senders.SendFailed as error:
        return str(error)
    except crypto.Unreadable:
        return gettext_noop("the channel's settings cannot be read: their key is not configured")
    return ""


@transaction.atomic
def _keep_outcome(letter: DoorLetter, error: str, now: datetime) -> None:
    news = letter.kind == DoorLetter.Kind.NEWS  # goes on until it is too old, through a gateway's bad hours
    over = now >= letter.until or (letter.attempts >= MOST_ATTEMPTS and not news)
    state = State.SENT if not error else State.DEAD if over else State.WAITING
    if error:
        log.warning("door_letter_not_sent", outbox_id=letter.pk, attempt=letter.attempts)
    kept = DoorLetter.objects.filter(pk=letter.pk, state=State.WAITING).update(
        state=state,
        sealed=letter.sealed if state == State.WAITING else None,
        sent_at=None if error else now,
        next_at=now + retry_after(letter.attempts),
        last_error=error[:300],
    )
    if kept and news and state == State.DEAD:
        told = DoorNews.objects.select_related("contact__supplier", "payment", "set_off__order")
        untold.ask_ours(told.get(letter=letter), now=now)
