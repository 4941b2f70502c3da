"""Real payloads and vectors ($ECDEPT_TEST_DATA), and small ones that the tests bend."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
from typing import Any

from standardwebhooks import Webhook

from tests.real_data import DATA, real

NOW = dt.datetime(2026, 11, 23, 2, 30, tzinfo=dt.UTC)
API_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def load(name: str) -> Any:
    return json.loads(real("webhooks", name).read_text(encoding="utf-8"))


def hmac_vectors() -> list[dict[str, Any]]:
    """Shopify's, for `parametrize`; none where the real data is not there."""
    name = "shopify/hmac_vectors.json"
    found: list[dict[str, Any]] = load(name)["vectors"] if (DATA / "webhooks" / name).is_file() else []
    return found


def raw(name: str) -> bytes:
    return real("webhooks", name).read_bytes()


def naughty() -> list[str]:
    strings: list[str] = json.loads(real("blns", "blns.json").read_text(encoding="utf-8"))
    return strings


def to_bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def body_signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def standard_headers(
    body: bytes, *, secret: str = API_SECRET, message_id: str = "msg_1", now: dt.datetime = NOW
) -> dict[str, str]:
    """The headers of a well-signed API message; the body need not be text."""
    key = Webhook(secret)._whsecret
    stamp = str(int(now.timestamp()))
    signed = message_id.encode() + b"." + stamp.encode() + b"." + body
    signature = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signature}


def api_order(**changes: Any) -> dict[str, Any]:
    return {
        "shop": "API01",
        "number": "SO-1",
        "ordered_at": "2026-11-23T10:00:00+08:00",
        "total": "129.00",
        "customer": {"name": "张伟", "phone": "14000012345", "address": "浙江省杭州市西湖区香樟路1号"},
        "lines": [{"sku": "A-1", "title": "床头柜", "quantity": 2, "price": "64.50", "amount": "129.00"}],
        **changes,
    }


def woo_order(**changes: Any) -> dict[str, Any]:
    return {**load("woocommerce/orders_00.json"), **changes}


def shopify_order(**changes: Any) -> dict[str, Any]:
    return {**load("shopify/order.json")["order"], "cancelled_at": None, **changes}
