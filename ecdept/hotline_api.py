"""GET /api/v1/hotline: who has the hotline now (C9.3, M7.1), for the telephone switch: its secret is the bearer
token. Doors of machines know no session (ecdept.doors); who is signed in asks /attendance/hotline/now/ for the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from attendance.selectors import hotline
from attendance.selectors.keys import owner_of
from office.hooks.door import sent
from office.hooks.raw_body import refusal
from office.rulebook.api import NoBookInForce

router = Router()


class HolderOut(Schema):
    """`desk`: calls come to the desk, there is nobody to forward to. `name` and `phone` are null when nobody can be
    named."""

    desk: bool
    name: str | None
    phone: str | None
    by_roster: bool = Field(description="The published roster names the person; else the service supervisor.")
    until: dt.datetime | None = Field(description="When this changes, null if not known.")
    clause: str
    sentence: str


class Refusal(Schema):
    code: str
    message: str


_EXTRA: dict[str, Any] = {
    "parameters": [
        {
            "name": "Authorization",
            "in": "header",
            "required": True,
            "description": '"Bearer " and the secret of the switch\'s address.',
            "schema": {"type": "string"},
        }
    ]
}


@router.get(
    "/hotline",
    response={200: HolderOut, (401, 503): Refusal},
    openapi_extra=_EXTRA,
    operation_id="hotline",
    url_name="hotline",
)
def hotline_now(request: HttpRequest) -> HolderOut | HttpResponse:
    """Who has the hotline at this instant."""
    if not _known(request):
        return refusal(401, "unknown", "Send the secret of the switch's address as a bearer token.")
    try:
        found = hotline.holder(timezone.now())
    except NoBookInForce:
        return refusal(503, "no_book", "No rulebook is in force yet.")
    return HolderOut(**hotline.said(found))


def _known(request: HttpRequest) -> bool:
    scheme, _space, secret = sent(request, "authorization").partition(" ")
    if scheme != "Bearer" or not secret:
        return False
    key = owner_of(secret)
    return key is not None and key.employee_id is None
