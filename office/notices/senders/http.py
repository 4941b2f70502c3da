"""One POST of JSON: bounded in time and size, never redirected, never quoting the address in an error."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import requests
from django.utils.translation import gettext_noop

from office.notices.senders.message import SendFailed

CONNECT_TIMEOUT, READ_TIMEOUT, LONGEST = 3.0, 7.0, 10.0  # seconds
LARGEST_ANSWER = 64 * 1024


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """The answer's body (its first 64 KiB) of a 2xx; SendFailed otherwise, after at most about ten seconds."""
    began = time.monotonic()
    try:
        with requests.post(
            url,
            data=body,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "ecdept",
                **(headers or {}),
            },
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            allow_redirects=False,
            stream=True,
        ) as answer:
            if not 200 <= answer.status_code < 300:
                raise SendFailed(f"HTTP {answer.status_code}")
            received = b""
            for chunk in answer.iter_content(4096):
                received += chunk
                if len(received) >= LARGEST_ANSWER:
                    break
                if time.monotonic() - began > LONGEST:
                    raise SendFailed(gettext_noop("the answer took too long"))
            return received[:LARGEST_ANSWER]
    except requests.RequestException as error:
        raise SendFailed(type(error).__name__) from None


def answered(body: bytes) -> dict[str, Any]:
    """The JSON object of a robot's answer; SendFailed when it is none."""
    try:
        found = json.loads(body)
    except ValueError:
        raise SendFailed(gettext_noop("the answer is not JSON")) from None
    if not isinstance(found, dict):
        raise SendFailed(gettext_noop("the answer is not a JSON object"))
    return found
