"""Group robots of DingTalk, WeCom and Feishu. All three answer HTTP 200 when they refuse: the body's code decides."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from office.notices.senders import http
from office.notices.senders.message import Message, SendFailed

#: WeCom takes 2,048 bytes of text, the others more.
LONGEST_TEXT = 2_000


def send_dingtalk(config: Mapping[str, str], message: Message) -> None:
    """Signed with HMAC-SHA-256 over "milliseconds\\nsecret" in the address; errcode 0 is taken."""
    url = config["url"]
    if config.get("secret"):
        stamp = str(int(message.at.timestamp() * 1000))
        url = _with_query(
            url, timestamp=stamp, sign=_signed(config["secret"], f"{stamp}\n{config['secret']}")
        )
    _take(
        http.post(url, _json({"msgtype": "text", "text": {"content": _text(message)}})), "errcode", "errmsg"
    )


def send_wecom(config: Mapping[str, str], message: Message) -> None:
    """The key in the address is the secret; errcode 0 is taken."""
    body = {"msgtype": "text", "text": {"content": _text(message)}}
    _take(http.post(config["url"], _json(body)), "errcode", "errmsg")


def send_feishu(config: Mapping[str, str], message: Message) -> None:
    """Signed with HMAC-SHA-256 of nothing under the key "seconds\\nsecret"; code (or StatusCode) 0 is taken."""
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": _text(message)}}
    if config.get("secret"):
        stamp = str(int(message.at.timestamp()))
        body |= {"timestamp": stamp, "sign": _signed(f"{stamp}\n{config['secret']}", "")}
    _take(http.post(config["url"], _json(body)), "code", "msg", "StatusCode", "StatusMessage")


def _take(body: bytes, *names: str) -> None:
    """names: pairs of code and message fields; the first code that is there decides."""
    answer = http.answered(body)
    for code_name, text_name in zip(names[::2], names[1::2], strict=True):
        if code_name in answer:
            if answer[code_name] in (0, "0"):
                return
            raise SendFailed(
                f"{code_name} {str(answer[code_name])[:20]}: {str(answer.get(text_name, ''))[:120]}"
            )
    raise SendFailed(f"the answer has no {names[0]}")


def _text(message: Message) -> str:
    encoded = message.lines.encode()
    return (
        message.lines
        if len(encoded) <= LONGEST_TEXT
        else encoded[:LONGEST_TEXT].decode(errors="ignore") + "…"
    )


def _signed(key: str, data: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), data.encode(), hashlib.sha256).digest()).decode()


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _with_query(url: str, **more: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *more.items()])))
