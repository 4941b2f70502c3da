"""Asking for an order the way a webhook does."""

from __future__ import annotations

import datetime as dt
from typing import Any

from orders.intake import api_order
from orders.intake.payloads import Notification, strict_json
from orders.models import Shop
from orders.services.receipts import Answer, receive
from tests.orders.hooks.samples import NOW, to_bytes
from tests.orders.hooks.samples import api_order as sample


def take(
    shop: Shop, message_id: str, *, now: dt.datetime = NOW, mark: str | None = None, **changes: Any
) -> Answer:
    raw = to_bytes(sample(**changes))

    def read() -> Notification:
        order = api_order.read(strict_json(raw), currency="CNY", raw=raw.decode())
        return Notification("order", order=order, number=order.number)

    return receive(
        shop=shop, source="api", topic="orders", message_id=message_id, raw=raw, read=read, by=None, now=now,
        id_is_signed=False, mark=mark,
    )  # fmt: skip
