"""The API of our own: POST /api/v1/orders, signed by Standard Webhooks, described in /api/v1/openapi.json.

The body is verified as bytes before it is trusted as JSON, so the operation reads it raw; the schema in OpenAPI is the
very model that validates it (orders.intake.api_order).
"""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from typing import Any, Literal

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Schema
from pydantic import Field

from ecdept.hotline_api import router as hotline
from office.audit import api as audit
from office.hooks.door import machine_door, sent, unsigned
from office.hooks.raw_body import BodyRefused, read_body, refusal
from office.hooks.signatures import standard_fits, timestamp_fits
from office.subjects import Subject
from orders.intake import api_order
from orders.intake.payloads import BadPayload, Notification, strict_json
from orders.models import Order, Shop
from orders.selectors.doors import HOOK_PLATFORMS, Doors, ShopsChanged, doors, doors_now
from orders.selectors.shops import live_secrets
from orders.services.receipts import Answer, ReusedId, arriving, receive
from orders.subjects import subject_of

log = structlog.get_logger(__name__)

api = NinjaAPI(
    title="ecdept",
    version="1",
    description="Orders in, signed by Standard Webhooks 1.0. How to sign, and what each answer means: docs/api.md.",
    docs_url=None,
    urls_namespace="api",
)


api.add_router("", hotline)


class Taken(Schema):
    """The order is in the ledger, from this message or (duplicate) from an earlier one with the same terms."""

    id: int
    status: Literal["inserted", "duplicate"]


class InConflict(Schema):
    """The number is known with other terms. The order in the ledger stays; a supervisor is told."""

    id: int
    status: Literal["conflict"]
    code: Literal["conflict"]
    message: str


class Refusal(Schema):
    code: str
    message: str


class ProblemOut(Schema):
    path: str = Field(description='JSON path, such as "lines[0].quantity"; "" is the whole body.')
    code: str = Field(description="required, type, number, range, places, too_long, characters, date, …")
    message: str


class Problems(Schema):
    """Everything that is wrong with the body, at once."""

    errors: list[ProblemOut]


def _body_schema() -> dict[str, Any]:
    return api_order.OrderIn.model_json_schema(ref_template="#/components/schemas/{model}")


def _definitions() -> dict[str, Any]:
    return dict(_body_schema().get("$defs", {}))


def _inline(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with its $refs put in place: an operation's own body has nowhere else to keep them."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inline(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
        return {key: _inline(value, definitions) for key, value in schema.items() if key != "$defs"}
    if isinstance(schema, list):
        return [_inline(item, definitions) for item in schema]
    return schema


def _header(name: str, description: str, pattern: str) -> dict[str, Any]:
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


_EXTRA: dict[str, Any] = {
    "parameters": [
        _header(
            "webhook-id",
            "Your id for this message; the same again does nothing: 200, duplicate.",
            "^[!-~]{1,120}$",
        ),
        _header("webhook-timestamp", "Unix seconds, at most 300 away from now.", "^[0-9]{1,12}$"),
        _header(
            "webhook-signature",
            'Space-separated "v1," + base64(HMAC-SHA256(key, id.timestamp.body)).',
            "^v1,.+$",
        ),
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _inline(_body_schema(), _definitions())}},
    },
}

_RESPONSES: dict[Any, Any] = {
    201: Taken,
    200: Taken,
    (400, 401, 408, 411, 413, 503): Refusal,
    409: InConflict,
    422: Problems,
}


class _Body:
    """The bytes as they came, and what they say: read once, believed only when the signature fits."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._json: Any = None
        self._bad: BadPayload | None = None
        try:
            self._json = strict_json(raw)
        except BadPayload as bad:
            self._bad = bad

    def json(self) -> Any:
        """Raises BadPayload."""
        if self._bad is not None:
            raise self._bad
        return self._json

    def text(self) -> str:
        """As utf-8-sig would decode it, but in C."""
        return self.raw.decode().removeprefix("\ufeff")

    def loosely(self) -> Any:
        """What can be made of it, None for nothing: a body that is refused may still say whose it is."""
        if self._bad is None:
            return self._json
        try:
            return json.loads(self.raw)
        except (ValueError, RecursionError):
            return None


def _claimed_code(body: Any) -> str | None:
    """The shop that the body names. Not checked further before the signature fits."""
    code = body.get("shop") if isinstance(body, dict) else None
    return code if isinstance(code, str) else None


def _signer(known: Doors, request: HttpRequest, body: _Body, now: dt.datetime) -> Shop | None:
    """The shop that signed the message: the one the body names, or for a body that names none the one whose secret
    fits, so that an honest sender of a broken body learns what is wrong with it. Until the signature fits, nothing in
    the body is believed: it only picks the secrets to try."""
    message_id = sent(request, "webhook-id")
    timestamp = sent(request, "webhook-timestamp")
    signature = sent(request, "webhook-signature")
    if not message_id or not signature or not timestamp_fits(timestamp, now):
        return None
    code = _claimed_code(body.loosely())
    if code is not None:
        shop = known.by_code(code)
        candidates = [shop] if shop is not None and shop.platform not in HOOK_PLATFORMS else []
    else:
        candidates = known.api()
    fitting = [
        candidate
        for candidate in candidates
        if standard_fits(
            live_secrets(candidate, now),
            body.raw,
            message_id=message_id,
            timestamp=timestamp,
            signature=signature,
            now=now,
        )
    ]
    return fitting[0] if len(fitting) == 1 else None


def _read(shop: Shop, body: _Body) -> Notification:
    order = api_order.read(body.json(), currency=shop.currency, raw=body.text())
    return Notification("order", order=order, number=order.number)


def _said(status: int, said: dict[str, Any]) -> HttpResponse:
    return HttpResponse(json.dumps(said).encode(), status=status, content_type="application/json")


def _problems(*problems: dict[str, str]) -> HttpResponse:
    return _said(422, {"errors": list(problems)})


@api.post("/orders", response=_RESPONSES, openapi_extra=_EXTRA, operation_id="add_order", url_name="orders")
def add_order(request: HttpRequest) -> HttpResponseBase:
    """Book one order. 201 inserted, 200 the same order again, 409 the same number with other terms."""
    return _add_order(request)


def urls() -> tuple[list[URLPattern | URLResolver], str, str]:
    """ninja's addresses. The one that takes orders is answered without it: ninja makes a response of its own for each
    request first, which costs more than checking the signature."""
    patterns, app, namespace = api.urls
    return [path("orders", _orders, name="orders"), *patterns], app, namespace


@csrf_exempt
def _orders(request: HttpRequest) -> HttpResponseBase:
    """A change asked for here names its order in the body. Unsigned it is only a wrong method."""
    return _refuse_change(request, None) if request.method in _CHANGING else _add_order(request)


@machine_door
def _add_order(request: HttpRequest) -> HttpResponseBase:
    raw = read_body(request)
    with arriving():
        return _taken(request, _Body(raw), timezone.now())


def _taken(request: HttpRequest, body: _Body, now: dt.datetime) -> HttpResponseBase:
    for known in doors():
        shop = _signer(known, request, body, now)
        if shop is not None:
            with suppress(ShopsChanged):
                return _book(shop, sent(request, "webhook-id"), body, now, known.mark)
    return unsigned("api")


def _book(shop: Shop, message_id: str, body: _Body, now: dt.datetime, mark: str | None) -> HttpResponseBase:
    """Raises ShopsChanged."""
    if len(message_id) > 120 or not message_id.isprintable() or not message_id.isascii():
        return _problems(
            {"path": "webhook-id", "code": "characters", "message": "At most 120 visible ASCII characters."}
        )
    try:
        answer = receive(
            shop=shop,
            source="api",
            topic="orders",
            message_id=message_id,
            raw=body.raw,
            read=lambda: _read(shop, body),
            by=None,
            now=now,
            id_is_signed=True,
            mark=mark,
        )
    except ReusedId as reused:
        return _problems(
            {
                "path": "webhook-id",
                "code": reused.code,
                "message": "This id was used for another body before.",
            }
        )
    return _answered(answer)


_CHANGING = ("PUT", "PATCH", "DELETE")


@api.api_operation(list(_CHANGING), "/orders/{path:number}", include_in_schema=False, url_name="order_is_law")
def change_order(request: HttpRequest, number: str) -> HttpResponseBase:
    """Nobody changes or deletes an order (C7.5): whoever signed the attempt is recorded with it."""
    return _refuse_change(request, number)


def _refuse_change(request: HttpRequest, number: str | None) -> HttpResponseBase:
    now = timezone.now()
    try:
        body = _Body(read_body(request))
    except BodyRefused as refused:
        return refused.response
    shop = _signer(doors_now(), request, body, now)
    if shop is None:
        return unsigned("api") if number is not None else _add_order(request)
    if number is None:
        said = body.loosely()
        named = said.get("number") if isinstance(said, dict) else None
        number = named if isinstance(named, str) else ""
    known = Order.objects.filter(shop=shop, number=number).first() if "\0" not in number else None
    audit.incident(
        "law",
        subject=subject_of(known) if known else Subject("order", "", f"{shop.code}/{number}"),
        now=now,
        by=audit.Somebody(None, f"api: {shop.code}"),
        detail=f"{request.method} through the API was refused",
        channel="api",
    )
    response = refusal(405, "law", "An order is neither changed nor deleted. Send what is new as a new fact.")
    response["Allow"] = "POST"
    return response


def _answered(answer: Answer) -> HttpResponseBase:
    if answer.outcome == "rejected":
        return _problems(*(problem._asdict() for problem in answer.problems))
    said: dict[str, Any] = {"id": answer.order_id, "status": answer.outcome}
    if answer.outcome == "conflict":
        said |= {
            "code": "conflict",
            "message": "This number is known with other terms. The order in the ledger stays.",
        }
        return _said(409, said)
    return _said(201 if answer.outcome == "inserted" else 200, said)
