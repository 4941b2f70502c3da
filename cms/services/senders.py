"""Websites that hand over messages by machine: their signing secrets, with an overlap for a change."""

from __future__ import annotations

import base64
import json
import re
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.models import BoardSender
from cms.selectors.board import SECRETS, Secret, secrets_of
from cms.services.allowed import clause_of, require, words
from office import crypto
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.hooks.signatures import PREFIX
from office.staff.models import Employee

KEEP = "cms.board_senders"
#: How long the old secret counts beside a new one.
OVERLAP = timedelta(hours=24)
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,29}")


def add_sender(*, code: str, name: str, by: Employee, now: datetime) -> tuple[BoardSender, str]:
    """The sender and its secret, which is shown once. Raises Forbidden, Invalid, Conflict (`taken`)."""
    require(by, KEEP, now)
    code = code.strip()
    name = words(name, path="name", longest=60, missing=_("A sender needs a name."))
    if not _CODE.fullmatch(code):
        message = _("A code has 2 to 30 small letters, digits, dashes or underscores.")
        raise Invalid(message, errors=[{"path": "code", "code": "characters", "message": str(message)}])
    text = new_secret()
    with transaction.atomic():
        if BoardSender.objects.filter(code=code).exists():
            raise Conflict(_("There is a sender with this code already."), code="taken")
        sender = BoardSender.objects.create(
            code=code, name=name, sealed_secrets=_sealed([Secret(text, now, None)]), created_at=now
        )
        _record("cms.sender_add", sender, by, now)
    return sender, text


def renew_secret(*, sender_id: int, by: Employee, now: datetime) -> str:
    """A new secret, shown once; the one before counts for 24 more hours. Raises Forbidden, NotFound."""
    require(by, KEEP, now)
    text = new_secret()
    with transaction.atomic():
        sender = _locked(sender_id)
        before = secrets_of(sender)[:1]
        kept = [Secret(text, now, None), *(one._replace(until=now + OVERLAP) for one in before)]
        sender.sealed_secrets = _sealed(kept)
        sender.save(update_fields=["sealed_secrets"])
        _record("cms.sender_secret", sender, by, now)
    return text


def set_sender_active(*, sender_id: int, active: bool, by: Employee, now: datetime) -> BoardSender:
    """Switched off, its door answers as if there were no such sender. Raises Forbidden, NotFound."""
    require(by, KEEP, now)
    with transaction.atomic():
        sender = _locked(sender_id)
        sender.active = active
        sender.save(update_fields=["active"])
        _record("cms.sender_active" if active else "cms.sender_off", sender, by, now)
        return sender


def new_secret() -> str:
    """32 random bytes, as Standard Webhooks writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def reseal_secrets(limit: int) -> int:
    """A step of a key rotation."""
    done = 0
    with transaction.atomic():
        for sender in BoardSender.objects.select_for_update().order_by("pk"):
            blob = crypto.reseal_app(SECRETS, sender.sealed_secrets)
            if blob is not None and done < limit:
                sender.sealed_secrets = blob
                sender.save(update_fields=["sealed_secrets"])
                done += 1
    return done


def _sealed(kept: list[Secret]) -> bytes:
    rows = [
        {
            "text": one.text,
            "since": one.since.isoformat(),
            "until": one.until.isoformat() if one.until else None,
        }
        for one in kept
    ]
    return crypto.seal_app(SECRETS, json.dumps(rows).encode())


def _locked(sender_id: int) -> BoardSender:
    sender = BoardSender.objects.select_for_update().filter(pk=sender_id).first()
    if sender is None:
        raise NotFound(_("There is no such sender."))
    return sender


def _record(verb: str, sender: BoardSender, by: Employee, now: datetime) -> None:
    audit.record(
        verb, subject=sender.subject, by=by, now=now, clause=clause_of(KEEP, now), data={"code": sender.code}
    )
