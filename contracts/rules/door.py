"""The words and numbers of the supplier's door. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping

#: 256 bits: nobody guesses a link.
TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"\d{6}")


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def is_token(text: str) -> bool:
    """Whether it could be one at all: what cannot is not looked up."""
    return bool(_TOKEN.fullmatch(text))


def digest_of(token: str) -> str:
    """What is kept of a token: it is random enough that no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def code_of(typed: str) -> str:
    """The six digits in what was typed, full-width ones and blanks included; "" for anything else."""
    plain = "".join(str(int(char)) if char.isdecimal() else char for char in typed if not char.isspace())
    return plain if _CODE.fullmatch(plain) else ""


def masked_phone(phone: str) -> str:
    """138****0000: enough for its owner to know which one, too little for anybody else."""
    digits = "".join(char for char in phone if char.isdecimal())
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 9 else f"****{digits[-2:]}"


def masked_mail(mail: str) -> str:
    """w***@example.com"""
    name, _at, host = mail.partition("@")
    return f"{name[:1]}***@{host}"


#: Fields that say which part of a paper a form is about, and no more.
NAMES_A_PART = frozenset({"made", "claim", "notice", "step", "seen"})
_NUMBER = "[1-9][0-9]{0,17}"
_ORDER = re.compile(
    rf"order/({_NUMBER})/(?:return|first-sample|ready|ship|(?:mend|claim|not-ready)/{_NUMBER})"
)
_COMPLAINT = re.compile(rf"complaint/({_NUMBER})/answer")


def is_of_the_page(name: str) -> bool:
    """Whether a field is the page's own and nothing that was typed."""
    return name == "csrfmiddlewaretoken" or name.startswith("draft-")


def paper_of_form(page: str) -> tuple[str, int]:
    """("order", 12) of "order/12/mend/7", where a form of that name saves itself; ("", 0) for any other."""
    for purpose, shape in (("order", _ORDER), ("complaint", _COMPLAINT)):
        found = shape.fullmatch(page)
        if found:
            return purpose, int(found[1])
    return "", 0


def form_of(page: str, fields: Mapping[str, str]) -> str:
    """ "mend/7" of a draft of "mend" that is about part 7, or of "mend/7"."""
    act, _between, part = page.partition("/")
    for name in ("made", "claim", "notice"):
        part = part or fields.get(name, "")
    return f"{act}/{part}" if part else act
