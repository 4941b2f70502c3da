"""What a message is and what the public may read of it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

DEADLINE: Final = "work.message_board"
#: The way of an answer that leaves from here.
MAIL: Final = "email"
WAYS: Final = [
    (MAIL, _("By e-mail, sent from here")),
    ("phone", _("By phone")),
    ("own_mail", _("By e-mail, sent by myself")),
    ("board", _("On the public board")),
]
#: The fields of a message and how long each may be; the text's length is the book's.
FIELDS: Final[Mapping[str, int]] = {"name": 40, "phone": 40, "email": 120, "topic": 80}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"[\d+()\-\s.]{5,40}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def cleaned(value: object) -> str:
    """Text without control characters, NFC, without blanks around it; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    text = value.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", _CONTROL.sub("", text.replace("\r\n", "\n"))).strip()


def problems(fields: Mapping[str, Any], longest: int) -> list[dict[str, str]]:
    """Everything that keeps a message from being taken: {path, code, message}."""
    found = []

    def wrong(path: str, code: str, message: object) -> None:
        found.append({"path": path, "code": code, "message": str(message)})

    text = cleaned(fields.get("text"))
    for path, value in fields.items():
        if path in FIELDS or path == "text":
            if not isinstance(value, str):
                wrong(path, "type", _("This has to be a text."))
            elif len(cleaned(value)) > (most := FIELDS.get(path, longest)):
                wrong(path, "too_long", _("At most %(n)d characters.") % {"n": most})
    if not text:
        wrong("text", "required", _("Please write what you want to say."))
    phone, email = cleaned(fields.get("phone")), cleaned(fields.get("email"))
    if not phone and not email:
        wrong("phone", "required", _("Please leave a phone number or an e-mail address for the answer."))
    if phone and not _PHONE.fullmatch(phone):
        wrong("phone", "phone", _("This does not look like a phone number."))
    if email and not _EMAIL.fullmatch(email):
        wrong("email", "email", _("This does not look like an e-mail address."))
    return found
