"""A stored notice as a message in its reader's language."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from office.notices import kinds
from office.notices.models import Notice, OutboxMessage
from office.notices.senders import Message
from office.subjects import subject_said, subject_url


def text_of(notice: Notice) -> str:
    """The sentence, in the active language."""
    return kinds.text_of(notice.kind, label=label_of(notice), clause=notice.clause, params=notice.params)


def label_of(notice: Notice) -> str:
    """What the subject is called, as people read it."""
    return subject_said(notice.subject_type, notice.label)


def beside_label(notice: Notice) -> str:
    """The sentence below a heading that already names the subject: "SITE/8: it was due …" is "It was due …"."""
    text, label = text_of(notice), label_of(notice)
    rest = text.removeprefix(label)
    if not label or not rest.startswith((":", "\uff1a")):
        return text
    rest = rest[1:].lstrip()
    return rest[:1].upper() + rest[1:]


def compose(outgoing: OutboxMessage, now: datetime) -> Message:
    """In the recipient's language, with an absolute link. `outgoing` comes with its notice and recipient."""
    notice = outgoing.notice
    with translation.override(notice.recipient.language):
        path = subject_url(notice.subject_type, notice.subject_id)
        return Message(
            id=str(outgoing.idempotency_id),
            title=kinds.title_of(notice.kind),
            text=text_of(notice),
            clause=gettext("Clause {clause}").format(clause=notice.clause) if notice.clause else "",
            label=notice.label,
            said=label_of(notice),
            url=urljoin(settings.SITE_URL, path) if path else "",
            urgent=notice.urgent,
            kind=notice.kind,
            at=now,
            to=notice.recipient.email,
        )
