"""Answers that leave by mail to the visitor (W4), through the mail channel of the house.

What waits to be sent holds no word and no address: both are opened from the sealed message at the moment of sending.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from cms.models import BoardDelivery, BoardMessage, BoardReply
from cms.rules import board as rules
from cms.selectors.board import key_of, opened, place
from cms.services.allowed import acting_for, clause_of, people_with, require
from office import crypto
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.notices import api as notices
from office.notices import senders
from office.notices.channels import config_of
from office.notices.models import Channel
from office.notices.outbox import MOST_ATTEMPTS, retry_after
from office.staff.models import Employee

log = structlog.get_logger(__name__)
ANSWER = "cms.answer_board"
LEASE = timedelta(minutes=2)
State = BoardDelivery.State


def mail_channel(message: BoardMessage) -> Channel:
    """The channel by which an answer to this message can leave. Raises Invalid: no address, no channel."""
    channel = Channel.objects.filter(kind=Channel.Kind.EMAIL, enabled=True).order_by("pk").first()
    missing = (
        _("The visitor left no e-mail address. Choose another way.")
        if not opened(message).email
        else _("No mail channel is switched on: send it yourself and record it, or ask the system office.")
        if channel is None
        else ""
    )
    if missing or channel is None:
        raise Invalid(missing, errors=[{"path": "way", "code": "mail", "message": str(missing)}])
    return channel


def post(reply: BoardReply, channel: Channel, now: datetime) -> BoardDelivery:
    """The answer waits for the sender, in the transaction that gives it."""
    return BoardDelivery.objects.create(reply=reply, channel=channel, next_at=now)


def send_again(*, message_id: int, by: Employee, now: datetime, seen: int | None = None) -> BoardDelivery:
    """Try an answer again that was given up. Raises Forbidden, NotFound, Conflict."""
    require(by, ANSWER, now)
    with transaction.atomic():
        message = BoardMessage.objects.select_for_update().filter(pk=message_id).first()
        if message is None:
            raise NotFound(_("There is no such message."))
        delivery = (
            BoardDelivery.objects.select_for_update(of=("self",))
            .filter(reply__message=message, state=State.DEAD)
            .order_by("-pk")
            .first()
        )
        if delivery is None:
            raise Conflict(_("Only an answer that was given up can be sent again."), code="not_dead")
        delivery.state, delivery.attempts, delivery.next_at = State.WAITING, 0, now
        delivery.save(update_fields=["state", "attempts", "next_at"])
        audit.record(
            "cms.board_resend",
            subject=message.subject,
            by=by,
            now=now,
            clause=clause_of(rules.DEADLINE, now),
            acting_for=acting_for(by, ANSWER, now),
            data={"reply": delivery.pk},
        )
        return delivery


_CLAIM = """
UPDATE cms_boarddelivery SET attempts = attempts + 1, next_at = %(lease)s
WHERE reply_id IN (
    SELECT reply_id FROM cms_boarddelivery WHERE state = 'waiting' AND next_at <= %(now)s
    ORDER BY next_at LIMIT 20 FOR UPDATE SKIP LOCKED
) RETURNING reply_id
"""


def send_waiting(*, now: datetime) -> int:
    """One round of the sender; answers how many were taken. After a crash an answer may leave twice, with one id."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "lease": now + LEASE})
        ids = [row[0] for row in cursor.fetchall()]
    taken = 0
    waiting = BoardDelivery.objects.filter(pk__in=ids, state=State.WAITING)
    for delivery in waiting.select_related("reply__message", "channel").order_by("pk"):
        error = _hand_over(delivery, now)
        keep_outcome(delivery=delivery, error=error, now=now)
        taken += not error
    return taken


def _hand_over(delivery: BoardDelivery, now: datetime) -> str:
    """ "" when taken, else why not, short and without a word of the message."""
    message = delivery.reply.message
    try:
        key, said = key_of(message), opened(message)
        if key is None:
            return gettext_noop("the message is forgotten: its time is over")
        text = crypto.open_sealed(key, delivery.reply.sealed, place(message.pk, "reply")).decode()
        with translation.override(settings.LANGUAGE_CODE):
            letter = senders.Message(
                id=str(delivery.idempotency_id),
                title=gettext("Answer to your message"),
                text=text,
                clause="",
                label=said.topic,
                url="",
                urgent=False,
                kind="cms.board_answer",
                at=now,
                to=said.email,
            )
        senders.send(delivery.channel.kind, config_of(delivery.channel), letter)
    except senders.SendFailed as error:
        return str(error)
    except crypto.Unreadable:
        return gettext_noop("the channel's settings cannot be read: their key is not configured")
    return ""


def keep_outcome(*, delivery: BoardDelivery, error: str, now: datetime) -> None:
    """What became of an attempt, "" when it was taken: sent, to be tried again, or given up in sight of everybody."""
    message = delivery.reply.message
    dead = bool(error) and delivery.attempts >= MOST_ATTEMPTS
    with transaction.atomic():
        BoardDelivery.objects.filter(pk=delivery.pk, state=State.WAITING).update(
            state=State.SENT if not error else State.DEAD if dead else State.WAITING,
            sent_at=None if error else now,
            next_at=now + retry_after(delivery.attempts),
            last_error=error[:300],
        )
        if error:
            log.warning("answer_not_sent", reply=delivery.pk, attempts=delivery.attempts, error=error)
        else:
            audit.record(
                "cms.board_sent",
                subject=message.subject,
                by=None,
                now=now,
                clause=clause_of(rules.DEADLINE, now),
                data={"reply": delivery.pk},
            )
        if dead:
            notices.notify(
                "cms.answer_not_sent",
                people_with(ANSWER, now),
                source="board_delivery",
                source_id=delivery.pk,
                step=min(delivery.attempts, 32_000),
                subject=message.subject,
                now=now,
                clause=clause_of(rules.DEADLINE, now),
            )
