"""Messages of visitors, for the tests of the board."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import standardwebhooks
from django.test import Client

from cms.models import BoardMessage, BoardSender
from cms.services import board, senders
from tests.cms.sites import NOON
from tests.people import person

FIELDS = {
    "name": "王芳",
    "phone": "13800138000",
    "email": "",
    "topic": "沙发尺寸",
    "text": "三人沙发能进电梯吗？",
}


def message(now: dt.datetime = NOON, **fields: str) -> BoardMessage:
    """One from our own form."""
    return board.receive(fields={**FIELDS, **fields}, sender=None, now=now).message


def sender(code: str = "www", now: dt.datetime = NOON) -> tuple[BoardSender, str]:
    return senders.add_sender(code=code, name="官网", by=person("wei_webmaster"), now=now)


def post(
    secret: str, body: Any, *, at: dt.datetime, code: str = "www", id: str = "msg_1", **headers: str
) -> Any:
    """Sent as a website would send it, signed with the reference implementation."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signature = standardwebhooks.Webhook(secret).sign(id, at, raw.decode("utf-8", "replace"))
    given = {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    return Client().post(
        f"/hooks/messages/{code}", raw, content_type="application/json", headers={**given, **headers}
    )


def answered(now: dt.datetime = NOON) -> BoardMessage:
    """A message with an answer of 李雷's."""
    found = message(now)
    board.answer(
        message_id=found.pk, text="可以，请告诉我们电梯尺寸。", way="phone", by=person("li_lei"), now=now
    )
    found.refresh_from_db()
    return found
