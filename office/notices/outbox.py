"""Sending: claim a few, hand each over outside any transaction, keep what came of it.

At least once: a process that dies between handing over and noting it leaves the message to the next one, with the same
idempotency id. A claim is a lease on next_at, so nothing waits for a dead process longer than that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from office import crypto
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.notices import channels, senders, words
from office.notices.models import OutboxMessage
from office.staff.models import Employee
from office.subjects import Subject

log = structlog.get_logger(__name__)

#: Longer than any one hand-over takes, times the messages of a claim.
LEASE = timedelta(minutes=5)
CLAIM = 20
MOST_ATTEMPTS = 10
_FIRST_RETRY = timedelta(seconds=15)
_LONGEST_RETRY = timedelta(hours=1)

_CLAIM = """
UPDATE notices_outboxmessage SET next_at = %(lease)s, attempts = attempts + 1
WHERE id = ANY (ARRAY(
    SELECT id FROM notices_outboxmessage WHERE state = 'waiting' AND next_at <= %(now)s
    ORDER BY next_at LIMIT %(claim)s FOR UPDATE SKIP LOCKED
))
RETURNING id
"""


@dataclass(slots=True)
class Sent:
    """What one round did: handed over, to be tried again, given up."""

    sent: int = 0
    waiting: int = 0
    dead: int = 0

    @property
    def claimed(self) -> int:
        return self.sent + self.waiting + self.dead


def retry_after(attempts: int) -> timedelta:
    """How long a message waits after its n-th try (from 1): 15 s doubling up to an hour."""
    doublings = min(attempts - 1, 20)
    return min(_FIRST_RETRY * (1 << doublings), _LONGEST_RETRY)


def send_outbox(*, now: datetime, claim: int = CLAIM) -> Sent:
    """One round: claim up to `claim` waiting messages and hand them over.

    A channel that fails is left alone for the rest of the round, so one dead robot does not hold up the others.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "lease": now + LEASE, "claim": claim})
        ids = [row[0] for row in cursor.fetchall()]
    done = Sent()
    failing: set[int] = set()
    for message in _loaded(ids):
        if message.channel_id in failing:
            OutboxMessage.objects.filter(pk=message.pk, state=OutboxMessage.State.WAITING).update(
                attempts=F("attempts") - 1, next_at=now + retry_after(1)
            )
            done.waiting += 1
            continue
        error, only_this = _hand_over(message, now)
        if not error:
            _mark_sent(message, now)
            done.sent += 1
            continue
        if not only_this:
            failing.add(message.channel_id)
        if _keep_failure(message, error, now):
            done.dead += 1
        else:
            done.waiting += 1
    return done


def _loaded(ids: Iterable[int]) -> Iterable[OutboxMessage]:
    return (
        OutboxMessage.objects.filter(pk__in=list(ids))
        .select_related("channel", "notice__recipient")
        .order_by("id")
    )


def _hand_over(message: OutboxMessage, now: datetime) -> tuple[str, bool]:
    """("", …) when taken, else why not, short and without secrets, and whether only this message is at fault."""
    try:
        senders.send(message.channel.kind, channels.config_of(message.channel), words.compose(message, now))
    except senders.SendFailed as error:
        return str(error), error.only_this
    except crypto.Unreadable:
        return gettext_noop("the channel's settings cannot be read: their key is not configured"), False
    except Exception as error:
        log.exception("outbox_message_failed", message=message.pk, channel=message.channel_id)
        return type(error).__name__, True
    return "", False


def _mark_sent(message: OutboxMessage, now: datetime) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(
        state=OutboxMessage.State.SENT, sent_at=now, last_error=""
    )


def _keep_failure(message: OutboxMessage, error: str, now: datetime) -> bool:
    """Whether that was the last try."""
    dead = message.attempts >= MOST_ATTEMPTS
    log.warning("outbox_not_taken", channel=message.channel_id, attempts=message.attempts, error=error)
    OutboxMessage.objects.filter(pk=message.pk, state=OutboxMessage.State.WAITING).update(
        state=OutboxMessage.State.DEAD if dead else OutboxMessage.State.WAITING,
        next_at=now + retry_after(message.attempts),
        last_error=error[:300],
    )
    return dead


def retry(*, message_id: int, by: Employee | None, now: datetime) -> OutboxMessage:
    """Try a message again that was given up. Raises NotFound, Conflict."""
    with transaction.atomic():
        message = (
            OutboxMessage.objects.select_for_update(of=("self",))
            .select_related("notice", "channel")
            .filter(pk=message_id)
            .first()
        )
        if message is None:
            raise NotFound(_("There is no such message."))
        if message.state != OutboxMessage.State.DEAD:
            raise Conflict(_("Only a message that was given up can be sent again."), code="not_dead")
        message.state, message.attempts, message.next_at = OutboxMessage.State.WAITING, 0, now
        message.save(update_fields=["state", "attempts", "next_at"])
        audit.record(
            "notices.retry",
            subject=Subject("channel", str(message.channel_id), message.channel.name),
            by=by,
            now=now,
            data={"message": message.pk, "kind": message.notice.kind},
        )
        return message


def retry_all(*, channel_id: int, by: Employee | None, now: datetime) -> int:
    """Every message of one channel that was given up, e.g. after its robot was replaced. Answers how many."""
    with transaction.atomic():
        channel = channels.locked(channel_id)
        count = OutboxMessage.objects.filter(channel=channel, state=OutboxMessage.State.DEAD).update(
            state=OutboxMessage.State.WAITING, attempts=0, next_at=now
        )
        if count:
            audit.record(
                "notices.retry",
                subject=Subject("channel", str(channel.pk), channel.name),
                by=by,
                now=now,
                data={"messages": count},
            )
        return count
