"""Reading the message board: what waits, one message opened, who may send, what the public sees."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.models import BoardDelivery, BoardEntry, BoardMessage, BoardReply, BoardSender
from cms.rules import board as rules
from cms.rules.words import Scanner
from cms.selectors import asked
from cms.selectors.said import timeline
from cms.selectors.words import Passage, scanner
from office import crypto
from office.approvals.models import Run
from office.approvals.models.run import LIVE
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.errors import NotFound

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from office.staff.models import Employee

PAGE = 50
SECRETS = "board-secret"  # the purpose of a key
State = BoardMessage.State
TABS: dict[str, tuple[StrOrPromise, tuple[str, ...]]] = {
    "waiting": (_("To be answered"), (State.WAITING,)),
    "answered": (_("Answered"), (State.ANSWERED,)),
    "closed": (_("Spam and abuse"), (State.SPAM, State.ABUSE)),
}


def key_of(message: BoardMessage) -> bytes | None:
    """The message's own key; None once it is erased. Raises crypto.Unreadable."""
    return None if message.wrapped is None else crypto.unwrap(message.kek, message.wrapped)


def place(message_id: int, what: str = "message") -> bytes:
    """What a sealed text is bound to."""
    return f"board {what} {message_id}".encode()


@dataclass(frozen=True, slots=True)
class Said:
    """What the visitor wrote; empty once erased."""

    name: str = ""
    phone: str = ""
    email: str = ""
    topic: str = ""
    text: str = ""
    erased: bool = False

    @property
    def beginning(self) -> str:
        """For lists: the topic, else the first words."""
        return self.topic or self.text[:60]


def opened(message: BoardMessage) -> Said:
    """The message in the clear. Who may read it is the caller's question."""
    key = key_of(message)
    if key is None or message.sealed is None:
        return Said(erased=True)
    return Said(**json.loads(crypto.open_sealed(key, message.sealed, place(message.pk))))


class Line(NamedTuple):
    """One message in a list, with its clock."""

    message: BoardMessage
    said: Said
    clock: Deadline | None


def listed(tab: str, *, after: int | None = None, limit: int = PAGE) -> list[Line]:
    """One page and one more: what waits by due time (the oldest first), the rest newest first; two queries."""
    rows = BoardMessage.objects.filter(state__in=TABS[tab][1]).select_related("sender", "settled_by")
    if after is not None:
        rows = rows.filter(Q(pk__gt=after) if tab == "waiting" else Q(pk__lt=after))
    found = list(rows.order_by("pk" if tab == "waiting" else "-pk")[: limit + 1])
    return [Line(message, opened(message), clock) for message, clock in _with_clocks(found)]


def _with_clocks(found: list[BoardMessage]) -> Iterable[tuple[BoardMessage, Deadline | None]]:
    clocks = {
        clock.subject_id: clock
        for clock in Deadline.objects.filter(
            subject_type="board_message", subject_id__in=[str(each.pk) for each in found], rule=rules.DEADLINE
        )
    }
    return [(each, clocks.get(str(each.pk))) for each in found]


def held_of(message: BoardMessage) -> BoardReply | None:
    """The answer that waits for a second person; none once another answer was given."""
    last = message.replies.exclude(kind=BoardReply.Kind.NOTE).select_related("by").order_by("-pk").first()
    return last if last is not None and last.kind == BoardReply.Kind.HELD else None


class Reply(NamedTuple):
    """One entry of a thread, opened, with the hits of the word lists in place; `text` is "" once the message is erased.
    `delivery`: how far a mail has come."""

    reply: BoardReply
    text: str
    way: StrOrPromise
    passage: Passage
    delivery: BoardDelivery | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Everything on a message's page. `acts`: what this person may do now."""

    message: BoardMessage
    said: Said
    replies: list[Reply]
    clocks: list[Deadline]
    entry: BoardEntry | None
    run: Run | None
    rows: list[dict[str, Any]]
    acts: tuple[str, ...]

    @property
    def held(self) -> BoardReply | None:
        """The answer that waits for a second person."""
        spoken = [each.reply for each in self.replies if each.reply.kind != BoardReply.Kind.NOTE]
        return spoken[-1] if spoken and spoken[-1].kind == BoardReply.Kind.HELD else None


def message_page(pk: int, permissions: Collection[str], reader: Employee | None = None) -> MessagePage:
    """Raises NotFound."""
    message = BoardMessage.objects.select_related("sender", "settled_by").filter(pk=pk).first()
    if message is None:
        raise NotFound(_("There is no such message."))
    key = key_of(message)
    ways = dict(rules.WAYS)
    replies, search = [], scanner()
    for reply in message.replies.select_related("by", "delivery", "releases__by").order_by("pk"):
        text = "" if key is None else crypto.open_sealed(key, reply.sealed, place(pk, "reply")).decode()
        delivery = getattr(reply, "delivery", None)
        replies.append(Reply(reply, text, ways.get(reply.way, ""), marked_text(text, search), delivery))
    entry = message.entries.select_related("withdrawal", "takedown__case").order_by("-pk").first()
    run = Run.objects.filter(subject_type="board_message", subject_id=str(pk)).order_by("-pk").first()
    page = MessagePage(
        message,
        opened(message),
        replies,
        deadlines.of(message.subject),
        entry,
        run,
        timeline(message.subject),
        (),
    )
    if "cms.answer_board" not in permissions:
        return page
    more: tuple[str, ...] = ()
    if page.held is not None and page.held.by != reader:
        more = ("release",)
    if any(each.delivery and each.delivery.state == BoardDelivery.State.DEAD for each in replies):
        more = ("resend", *more)
    again = run is not None and reader is not None and asked.again(run, reader)
    return replace(page, acts=(*more, *_acts(message, entry, None if again else run)))


def marked_text(text: str, search: Scanner) -> Passage:
    """What the word lists find in a text, in place."""
    return Passage("text", text, tuple(search.scan(text)))


def is_shown(entry: BoardEntry | None) -> bool:
    """Whether the public reads it now."""
    return entry is not None and not hasattr(entry, "withdrawal") and not hasattr(entry, "takedown")


def may_show(message: BoardMessage) -> bool:
    """Whether it may be asked to show it: never shown before, or taken down without ground each time (C6.7)."""
    return not message.entries.exclude(takedown__case__unfounded=True).exists()


def _acts(message: BoardMessage, entry: BoardEntry | None, run: Run | None) -> tuple[str, ...]:
    if message.erased_at is not None:
        return ("withdraw",) if is_shown(entry) else ()
    if message.state == State.WAITING:
        return ("answer", "note", "close")
    if message.state != State.ANSWERED:
        return ("reopen",)
    if is_shown(entry):
        return ("answer", "note", "withdraw")
    if not may_show(message):
        return ("answer", "note")
    on_its_way = run is not None and run.state in LIVE
    return ("answer", "note") if on_its_way else ("answer", "note", "publish")


def public_entries(*, before: int | None = None, limit: int = 20) -> list[BoardEntry]:
    """What anybody may read, newest first; one page and one more."""
    rows = BoardEntry.objects.filter(withdrawal=None, takedown=None)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[: limit + 1])


# ---------------------------------------------------------------- who may send


class Secret(NamedTuple):
    """One signing secret; an older one counts until `until`."""

    text: str
    since: dt.datetime
    until: dt.datetime | None

    def counts(self, now: dt.datetime) -> bool:
        return self.until is None or now < self.until


@lru_cache(maxsize=64)
def _secrets(sealed: bytes) -> tuple[Secret, ...]:
    """Keyed by the ciphertext just read: a changed secret never meets a stale answer."""
    return tuple(
        Secret(
            one["text"],
            dt.datetime.fromisoformat(one["since"]),
            dt.datetime.fromisoformat(one["until"]) if one["until"] else None,
        )
        for one in json.loads(crypto.open_app(SECRETS, sealed))
    )


def secrets_of(sender: BoardSender) -> tuple[Secret, ...]:
    """Newest first."""
    return _secrets(bytes(sender.sealed_secrets))


def live_secrets(sender: BoardSender, now: dt.datetime) -> tuple[str, ...]:
    """Those that open the door now."""
    return tuple(secret.text for secret in secrets_of(sender) if secret.counts(now))


def sender_of(code: str) -> BoardSender | None:
    """An active sender, or None."""
    return BoardSender.objects.filter(code=code, active=True).first()
