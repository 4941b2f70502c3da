"""The verbs of the message board (W4): a message comes, is answered the same day, closed as spam, shown, forgotten.

What a visitor says is sealed under a key of that message before it is stored; the trail and notices carry its number
only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from cms.models import BoardEntry, BoardMessage, BoardReply, BoardSender, BoardWithdrawal
from cms.rules import board as rules
from cms.rules import content, personal
from cms.selectors import asked
from cms.selectors.board import held_of, key_of, may_show, place
from cms.selectors.words import scanner
from cms.services import letters
from cms.services.allowed import acting_for, clause_of, people_with, require, words
from office import crypto
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.enumerating import enumerated
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices import api as notices
from office.notices.models import Channel
from office.rulebook import api as rulebook
from office.staff.models import Employee

ANSWER = "cms.answer_board"
ENTRY = "cms.board_entry"
State, Kind = BoardMessage.State, BoardReply.Kind


class Received(NamedTuple):
    """The message, and whether it is new or the same one once more."""

    message: BoardMessage
    new: bool


def receive(
    *,
    fields: Mapping[str, Any],
    sender: BoardSender | None,
    external_id: str = "",
    body: bytes = b"",
    now: datetime,
) -> Received:
    """A message from our own form (`sender` None) or a signed one. The same signed message again adds nothing.

    Raises Invalid with every problem, Conflict (`known`) for another message under an id that is known."""
    found = rules.problems(fields, limit("longest", now))
    if found:
        raise Invalid(_("The message was not taken."), errors=found, code="invalid")
    digest = hashlib.sha256(body).digest() if sender else None
    with transaction.atomic():
        message_id = _next_id()
        kek, wrapped, sealed = _sealed(fields, message_id)
        with connection.cursor() as cursor:
            cursor.execute(
                _INSERT,
                [message_id, sender.pk if sender else None, external_id, digest, now, kek, wrapped, sealed],
            )
            new = cursor.fetchone() is not None
        if not new:
            return Received(_known(sender, external_id, digest), new=False)
        message = BoardMessage.objects.get(pk=message_id)
        deadlines.open(rules.DEADLINE, subject=message.subject, started_at=now, now=now)
        audit.record(
            "cms.board_receive",
            subject=message.subject,
            by=None,
            now=now,
            clause=clause_of(rules.DEADLINE, now),
            data={"from": sender.code if sender else "form"},
        )
        notices.notify(
            "cms.board_message",
            people_with(ANSWER, now),
            source="board_message",
            source_id=message.pk,
            subject=message.subject,
            now=now,
            clause=clause_of(rules.DEADLINE, now),
        )
        return Received(message, new=True)


_INSERT = """
INSERT INTO cms_boardmessage (id, sender_id, external_id, body_digest, state, received_at, kek, wrapped, sealed,
                              reason, version)
VALUES (%s, %s, %s, %s, 'waiting', %s, %s, %s, %s, '', 1)
ON CONFLICT (sender_id, external_id) WHERE sender_id IS NOT NULL DO NOTHING RETURNING id
"""


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('cms_boardmessage', 'id'))")
        return int(cursor.fetchone()[0])


def _sealed(fields: Mapping[str, Any], message_id: int) -> tuple[str, bytes, bytes]:
    said = {name: rules.cleaned(fields.get(name, "")) for name in (*rules.FIELDS, "text")}
    key = crypto.new_key()
    kek, wrapped = crypto.wrap(key)
    return kek, wrapped, crypto.seal(key, json.dumps(said, ensure_ascii=False).encode(), place(message_id))


def _known(sender: BoardSender | None, external_id: str, digest: bytes | None) -> BoardMessage:
    message = BoardMessage.objects.get(sender=sender, external_id=external_id)
    if message.body_digest is None or bytes(message.body_digest) != digest:
        raise Conflict(_("Another message came under this id before."), code="known")
    return message


def limit(name: str, now: datetime) -> int:
    """A number of the book's parameter `cms.board_limits`."""
    return rulebook.parameter_rule("cms.board_limits", at=now).integer(name)


def answer(
    *, message_id: int, text: str, way: str, by: Employee, now: datetime, seen: int | None = None
) -> BoardReply:
    """What the visitor is told, and how; by mail it leaves from here. The first answer stops the day's clock.

    An answer with words that need a second approval is held (`kind`) until a second person gives it (C6.4). Raises
    Forbidden, NotFound, Conflict, Invalid."""
    text = words(text, path="text", longest=2000, missing=_("Write the answer."))
    if way not in dict(rules.WAYS):
        raise _wrong("way", "choice", _("Choose how the answer was given."))
    second = check_words(text, "text")
    with transaction.atomic():
        message = _locked(message_id, by, now, seen=seen)
        _require_state(message, State.WAITING, State.ANSWERED)
        channel = letters.mail_channel(message) if way == rules.MAIL else None
        if second:
            reply = _reply(message, Kind.HELD, text, by, now, way=way)
            _write(message)
            _record("cms.board_hold", message, by, now, way=way)
            _ask_second(reply, by, now)
            return reply
        reply = _reply(message, Kind.ANSWER, text, by, now, way=way)
        _given(reply, channel, by, now)
        _record("cms.board_answer", message, by, now, way=way)
        return reply


def release(*, message_id: int, by: Employee, now: datetime, seen: int | None = None) -> BoardReply:
    """A second person has read the answer that is held, and gives it, word for word (C6.4).

    Raises Forbidden (the writer himself), NotFound, Conflict (`not_held`), Invalid (it can no longer leave, or its
    words stop it by now)."""
    with transaction.atomic():
        message = _locked(message_id, by, now, seen=seen)
        held = held_of(message)
        key = key_of(message)
        if held is None or key is None:
            raise Conflict(_("No answer waits for a second person."), code="not_held")
        if held.by_id == by.pk:
            raise Forbidden(
                _("Nobody agrees to his own answer: a second person does."), clause="C6.4", code="own_text"
            )
        check_words(crypto.open_sealed(key, held.sealed, place(message.pk, "reply")).decode(), "text")
        channel = letters.mail_channel(message) if held.way == rules.MAIL else None
        reply = BoardReply.objects.create(
            message=message, kind=Kind.ANSWER, way=held.way, sealed=held.sealed, releases=held, by=by, at=now
        )
        _given(reply, channel, by, now)
        _record("cms.board_release", message, by, now, way=held.way)
        return reply


def _given(reply: BoardReply, channel: Channel | None, by: Employee, now: datetime) -> None:
    """What an answer does to its message."""
    message = reply.message
    if channel is not None:
        letters.post(reply, channel, now)
    if message.state == State.WAITING:
        message.state = State.ANSWERED
        deadlines.meet(rules.DEADLINE, subject=message.subject, at=now)
    _settle(message, by, now)


def _ask_second(reply: BoardReply, by: Employee, now: datetime) -> None:
    notices.notify(
        "cms.answer_held",
        people_with(ANSWER, now) - {by.pk},
        source="board_held",
        source_id=reply.pk,
        subject=reply.message.subject,
        now=now,
        clause="C6.4",
        params={"by": by.name},
    )


def note(*, message_id: int, text: str, by: Employee, now: datetime) -> BoardReply:
    """A word among colleagues; the visitor never sees it. Raises Forbidden, NotFound, Conflict, Invalid."""
    text = words(text, path="text", longest=2000, missing=_("Write the note."))
    with transaction.atomic():
        message = _locked(message_id, by, now)
        reply = _reply(message, Kind.NOTE, text, by, now)
        _record("cms.board_note", message, by, now)
        return reply


def close(
    *, message_id: int, kind: str, reason: str, by: Employee, now: datetime, seen: int | None = None
) -> BoardMessage:
    """Spam or abuse, with the reason; it counts as handled. Raises Forbidden, NotFound, Conflict, Invalid."""
    reason = words(reason, path="reason", longest=300, missing=_("Say why it gets no answer."))
    if kind not in (State.SPAM, State.ABUSE):
        raise _wrong("kind", "choice", _("Choose spam or abuse."))
    with transaction.atomic():
        message = _locked(message_id, by, now, seen=seen)
        _require_state(message, State.WAITING)
        message.state, message.reason = kind, reason
        deadlines.meet(rules.DEADLINE, subject=message.subject, at=now)
        _settle(message, by, now)
        _record("cms.board_close", message, by, now, kind=kind, reason=reason)
        return message


def reopen(*, message_id: int, by: Employee, now: datetime, seen: int | None = None) -> BoardMessage:
    """It was no spam after all: it waits again, with a new clock. Raises Forbidden, NotFound, Conflict."""
    with transaction.atomic():
        message = _locked(message_id, by, now, seen=seen)
        _require_state(message, State.SPAM, State.ABUSE)
        message.state, message.reason = State.WAITING, ""
        message.settled_at, message.settled_by, message.erase_at = None, None, None
        _write(message, "state", "reason", "settled_at", "settled_by", "erase_at")
        deadlines.open(rules.DEADLINE, subject=message.subject, started_at=now, now=now)
        _record("cms.board_reopen", message, by, now)
        return message


def propose_entry(
    *, message_id: int, question: str, reply: str, by: Employee, now: datetime, seen: int | None = None
) -> approvals.Run:
    """Ask that question and answer be shown to the public, in words that name nobody (W4, C6.1); some words put it on
    the longer chain (C6.4).

    Returned to him, it is asked again. Raises Forbidden, NotFound, Conflict (`state`, `running`, `shown`), Invalid."""
    payload = {"message": message_id, "question": rules.cleaned(question), "answer": rules.cleaned(reply)}
    second = entry_words(payload)
    with transaction.atomic():
        message = _locked(message_id, by, now, seen=seen)
        _require_state(message, State.ANSWERED)
        if not may_show(message):
            raise Conflict(_("This message has been shown already."), code="shown")
        run = _asked(message, payload, [content.WORDS] if second else [], by, now)
        _record("cms.board_propose", message, by, now, run=run.pk)
        return run


def _asked(
    message: BoardMessage, payload: Mapping[str, Any], flags: list[str], by: Employee, now: datetime
) -> approvals.Run:
    """Asked for, or asked again where it came back to him: by another chain it is another request."""
    found = approvals.runs_about(message.subject, by, now)
    returned = next((run for run in found if run.kind == ENTRY and asked.again(run, by)), None)
    if returned is not None and sorted(returned.flags) == flags:
        return approvals.resubmit(run_id=returned.pk, payload=payload, by=by, now=now)
    if returned is not None:
        approvals.withdraw(run_id=returned.pk, by=by, now=now, reason=str(_("Asked again with other marks.")))
    return approvals.submit(kind=ENTRY, subject=message.subject, payload=payload, by=by, now=now, flags=flags)


def check_entry(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for texts that cannot be shown to the public."""
    entry_words(payload)


def entry_words(payload: Mapping[str, Any]) -> list[str]:
    """The words that need a second approval. Raises Invalid for texts that cannot be shown to the public."""
    second: list[str] = []
    for path, longest in (("question", 1000), ("answer", 2000)):
        text = words(
            str(payload.get(path, "")), path=path, longest=longest, missing=_("Both texts are needed.")
        )
        second += check_words(text, path)
        if personal.leads_to_somebody(text):
            raise _wrong(
                path, "personal", _("A phone number or an e-mail address does not belong on a public page.")
            )
    return second


def check_words(text: str, path: str) -> list[str]:
    """The words in it that need a second approval. Raises Invalid for a text that holds words which stop it (C6.4 to
    C6.6)."""
    hits = list(scanner().scan(text))
    found = sorted({hit.found for hit in hits if hit.severity == "block"})
    if found:
        message = _("This text cannot be used: it holds {words}.").format(words=enumerated(found[:8]))
        raise _wrong(path, "words", message)
    return sorted({hit.found for hit in hits if hit.severity == "second"})


def apply_entry(
    *, run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> None:
    """What was agreed is shown. Raises Invalid, Conflict (`chain_differs`) when the word lists say otherwise by now."""
    _require_chain(run, payload)
    entry = BoardEntry.objects.create(
        message_id=payload["message"], question=payload["question"], answer=payload["answer"], run=run, at=now
    )
    audit.record(
        "cms.board_show",
        subject=entry.message.subject,
        by=by,
        now=now,
        clause=clause_of(ENTRY, now),
        data={"entry": entry.pk, "run": run.pk},
    )


def entry_again(run: approvals.Run, by: Employee, now: datetime, comment: str) -> approvals.Run:
    """The same texts once more after a return, by the word lists as they are now (`Kind.again`). Raises as
    `apply_entry`."""
    _require_chain(run, run.payload)
    return approvals.resubmit(run_id=run.pk, payload=run.payload, by=by, now=now, comment=comment)


def _require_chain(run: approvals.Run, payload: Mapping[str, Any]) -> None:
    second = entry_words(payload)
    if second and content.WORDS not in run.flags:
        raise Conflict(
            _(
                "Since this was handed in, the word lists ask for the longer chain because of {words}. Ask anew."
            ).format(words=enumerated(second[:8])),
            code="chain_differs",
        )


def withdraw_entry(*, message_id: int, reason: str, by: Employee, now: datetime) -> BoardWithdrawal:
    """No longer shown, from now on. Raises Forbidden, NotFound, Conflict, Invalid."""
    reason = words(reason, path="reason", longest=300, missing=_("Say why it is taken off the board."))
    with transaction.atomic():
        message = _locked(message_id, by, now, erased=True)
        entry = message.entries.filter(withdrawal=None, takedown=None).first()
        if entry is None:
            raise Conflict(_("Nothing of this message is shown."), code="not_shown")
        withdrawal = BoardWithdrawal.objects.create(entry=entry, reason=reason, by=by, at=now)
        _record("cms.board_withdraw", message, by, now, reason=reason)
        return withdrawal


def erase_expired(*, now: datetime, limit: int = 500) -> int:
    """Destroy the keys of settled messages whose time is over; answers how many. What the public reads stays: it names
    nobody."""
    with transaction.atomic():
        due = list(
            BoardMessage.objects.select_for_update(skip_locked=True)
            .filter(erased_at=None, erase_at__lte=now)
            .order_by("pk")[:limit]
        )
        for message in due:
            message.kek, message.wrapped, message.sealed, message.erased_at = "", None, None, now
            _write(message, "kek", "wrapped", "sealed", "erased_at")
            approvals.forget_drafts(kind=ENTRY, subject_id=str(message.pk))
            audit.record(
                "cms.board_erase",
                subject=message.subject,
                by=None,
                now=now,
                clause=clause_of("retention.board_days", now),
            )
        return len(due)


def rewrap_messages(limit: int) -> int:
    """A step of a key rotation: message keys under the newest key of the application."""
    with transaction.atomic():
        rows = list(
            BoardMessage.objects.select_for_update()
            .filter(wrapped__isnull=False)
            .exclude(kek=crypto.newest_key_id())
            .order_by("pk")[:limit]
        )
        for row in rows:
            row.kek, row.wrapped = crypto.rewrap(row.kek, bytes(row.wrapped or b""))
            row.save(update_fields=["kek", "wrapped"])
        return len(rows)


# ---------------------------------------------------------------- steps that verbs share


def _locked(
    message_id: int, by: Employee, now: datetime, *, seen: int | None = None, erased: bool = False
) -> BoardMessage:
    require(by, ANSWER, now)
    message = BoardMessage.objects.select_for_update().filter(pk=message_id).first()
    if message is None:
        raise NotFound(_("There is no such message."))
    if seen is not None and seen != message.version:
        raise _moved_on(message)
    if message.erased_at is not None and not erased:
        raise Conflict(_("The time of this message is over; nothing more is kept about it."), code="erased")
    return message


def _require_state(message: BoardMessage, *allowed: str) -> None:
    if message.state not in allowed:
        raise _moved_on(message)


def _moved_on(message: BoardMessage) -> Conflict:
    return Conflict(
        _("This message has moved on: “%(state)s”.") % {"state": message.get_state_display()}, code="state"
    )


def _reply(
    message: BoardMessage, kind: str, text: str, by: Employee, now: datetime, *, way: str = ""
) -> BoardReply:
    key = key_of(message)
    assert key is not None  # noqa: S101 - what is not erased has its key: the database says so
    return BoardReply.objects.create(
        message=message,
        kind=kind,
        way=way,
        sealed=crypto.seal(key, text.encode("utf-8", "replace"), place(message.pk, "reply")),
        by=by,
        at=now,
    )


def _settle(message: BoardMessage, by: Employee, now: datetime) -> None:
    days = rulebook.limit_rule("retention.board_days", at=now).count
    message.settled_at, message.settled_by = now, by
    message.erase_at = now + timedelta(days=days)
    _write(message, "state", "reason", "settled_at", "settled_by", "erase_at")


def _write(message: BoardMessage, *fields: str) -> None:
    message.version += 1
    message.save(update_fields=[*fields, "version"])


def _record(verb: str, message: BoardMessage, by: Employee, now: datetime, **data: Any) -> None:
    audit.record(
        verb,
        subject=message.subject,
        by=by,
        now=now,
        clause=clause_of(rules.DEADLINE, now),
        acting_for=acting_for(by, ANSWER, now),
        data=data,
    )


def _wrong(path: str, code: str, message: object) -> Invalid:
    return Invalid(message, errors=[{"path": path, "code": code, "message": str(message)}])
