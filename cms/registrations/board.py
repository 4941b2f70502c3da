"""The message board: verbs, its clock, notices, the approval of what the public reads, the rotation of keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.rules import board as rules
from cms.services import board, senders
from office import crypto
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff.models import Employee
from office.subjects import numbered, register_subject


def register() -> None:
    audit.register_verbs(
        {
            "cms.board_receive": _("Message received"),
            "cms.board_answer": _("Message answered"),
            "cms.board_hold": _("Answer held: a second person reads its words"),
            "cms.board_release": _("Held answer given by a second person"),
            "cms.board_sent": _("Answer sent by e-mail"),
            "cms.board_resend": _("Answer to be sent again"),
            "cms.board_note": _("Note for colleagues written"),
            "cms.board_close": _("Message closed without an answer"),
            "cms.board_reopen": _("Message waits again"),
            "cms.board_propose": _("Asked to show it to the public"),
            "cms.board_show": _("Shown to the public"),
            "cms.board_withdraw": _("Taken off the public board"),
            "cms.board_erase": _("Message forgotten: its time is over"),
            "cms.sender_add": _("Sender of messages added"),
            "cms.sender_secret": _("New secret of a sender"),
            "cms.sender_active": _("Sender switched on"),
            "cms.sender_off": _("Sender switched off"),
        }
    )
    deadlines.register_kind(rules.DEADLINE, title=_("answering the message"))
    notices.register_kind(
        "cms.board_message",
        title=_("New message on the board"),
        text=_("{label} waits for an answer today."),
    )
    notices.register_kind(
        "cms.answer_held",
        title=_("An answer waits for a second person"),
        text=_("{label}: {by} has written an answer with words that need a second approval."),
    )
    notices.register_kind(
        "cms.answer_not_sent",
        title=_("An answer was not sent"),
        text=_("{label}: the e-mail with the answer was given up. Call the visitor, or send it again."),
    )
    register_subject(
        "board_message",
        _("message"),
        lambda pk: reverse("cms:message", args=[pk]),
        numbered(_("Board message")),
    )
    register_subject("board_sender", _("sender of messages"), lambda _pk: reverse("cms:senders"))
    crypto.register_resealer("message board keys", board.rewrap_messages)
    crypto.register_resealer("message board secrets", senders.reseal_secrets)
    approvals.register_kind(
        approvals.Kind(
            code=board.ENTRY,
            name=_("Message shown to the public"),
            subject_type="board_message",
            fields=_fields,
            changes=_changes,
            apply=_apply,
            check=board.check_entry,
            again=board.entry_again,
            visible=_visible,
            ask=lambda subject_id: reverse("cms:message", args=[subject_id]),
        )
    )


def _apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    board.apply_entry(run=run, payload=payload, by=by, now=now)


def _fields(subject_id: str) -> Mapping[str, str]:
    """What the message says stands in the database: nothing of it can change under the request."""
    return {}


def _changes(run: approvals.Run) -> list[approvals.Change]:
    return [
        approvals.Change("question", _("Question"), "", str(run.payload["question"])),
        approvals.Change("answer", _("Answer"), "", str(run.payload["answer"])),
    ]


def _visible(person: Employee, subject_id: str) -> bool:
    return rulebook.may(person, "cms.board", timezone.now())
