"""E-mail to the person, through Django's mail settings."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext_noop

from office.notices.senders.message import Message, SendFailed

TIMEOUT = 10  # seconds


def send(config: Mapping[str, str], message: Message) -> None:
    """Message-ID is the idempotency id: a second copy after a crash is the same mail to a mail program."""
    if not message.to:
        raise SendFailed(gettext_noop("the person has no e-mail address"), only_this=True)
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    mail = EmailMessage(
        subject=" · ".join(filter(None, (message.title, message.said or message.label))),
        body=message.lines,
        to=[message.to],
        headers={"Message-ID": f"<{message.id}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    mail.connection = get_connection(timeout=TIMEOUT)
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise SendFailed(type(error).__name__, only_this=True) from None
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise SendFailed(type(error).__name__) from None
