"""Each way out against a real receiver: what is sent, how it is signed, and which answers count as taken."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import smtplib
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from standardwebhooks import Webhook

from office.notices.senders import Message, SendFailed, send
from tests.notices.receiver import Receiver, listening

AT = dt.datetime.now(dt.UTC).replace(microsecond=0)
MESSAGE = Message(
    id="5f0c3d3e-9f3c-4a54-a6a5-97c1a1a0f1aa",
    title="超时",
    text="TM01/0001：首次联系客户已超时",
    clause="条款 C7.2",
    label="TM01/0001",
    said="天猫旗舰店 0001",
    url="https://desk.example.com/orders/1/",
    urgent=True,
    kind="deadline.breached:orders.contact",
    at=AT,
    to="wang@example.com",
)
TEXT = "【超时】TM01/0001：首次联系客户已超时\n条款 C7.2\nhttps://desk.example.com/orders/1/"
ROBOTS = ["dingtalk", "wecom", "feishu"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


def test_dingtalk_is_signed_in_the_address(receiver: Receiver) -> None:
    send("dingtalk", {"url": receiver.url, "secret": "SEC1"}, MESSAGE)
    (request,) = receiver.requests
    query = parse_qs(urlsplit(request.path).query)
    assert query["access_token"] == ["secret-token"]
    (stamp,) = query["timestamp"]
    assert stamp == str(int(AT.timestamp() * 1000))
    wanted = base64.b64encode(hmac.new(b"SEC1", f"{stamp}\nSEC1".encode(), hashlib.sha256).digest()).decode()
    assert query["sign"] == [wanted]
    assert request.json == {"msgtype": "text", "text": {"content": TEXT}}


def test_wecom_sends_text(receiver: Receiver) -> None:
    send("wecom", {"url": receiver.url}, MESSAGE)
    assert receiver.requests[0].json == {"msgtype": "text", "text": {"content": TEXT}}


def test_feishu_is_signed_in_the_body(receiver: Receiver) -> None:
    receiver.answer(body={"StatusCode": 0, "StatusMessage": "success"})
    send("feishu", {"url": receiver.url, "secret": "S"}, MESSAGE)
    body = receiver.requests[0].json
    stamp = str(int(AT.timestamp()))
    wanted = base64.b64encode(hmac.new(f"{stamp}\nS".encode(), b"", hashlib.sha256).digest()).decode()
    assert (body["timestamp"], body["sign"], body["content"]) == (stamp, wanted, {"text": TEXT})


def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    send("dingtalk", {"url": receiver.url}, MESSAGE)
    receiver.answer(body={"code": 0})
    send("feishu", {"url": receiver.url}, MESSAGE)
    assert "sign" not in receiver.requests[0].path
    assert "sign" not in receiver.requests[1].json


def test_a_webhook_verifies_by_the_standard_and_carries_the_idempotency_id(receiver: Receiver) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    receiver.answer(204)
    # The verifier has a clock of its own and refuses what is older than five minutes.
    send("webhook", {"url": receiver.url, "secret": secret}, replace(MESSAGE, at=dt.datetime.now(dt.UTC)))
    (request,) = receiver.requests
    assert request.headers["webhook-id"] == MESSAGE.id
    body = Webhook(secret).verify(request.body, request.headers)
    assert body["type"] == "deadline.breached"
    assert body["data"]["label"] == "TM01/0001"


def test_a_webhook_without_a_secret_still_has_its_id(receiver: Receiver) -> None:
    receiver.answer(200)
    send("webhook", {"url": receiver.url}, MESSAGE)
    assert "webhook-signature" not in receiver.requests[0].headers
    assert receiver.requests[0].headers["webhook-id"] == MESSAGE.id


@pytest.mark.parametrize(
    ("kind", "answer", "reason"),
    [
        ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, "errcode 310000: sign not match"),
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, "errcode 93000"),
        ("feishu", {"code": 19021, "msg": "sign match fail"}, "code 19021: sign match fail"),
        ("feishu", {"StatusCode": 9499, "StatusMessage": "Bad Request"}, "StatusCode 9499"),
        ("wecom", {"ok": True}, "no errcode"),
    ],
)
def test_http_200_with_an_error_in_the_body_is_a_failure(
    receiver: Receiver, kind: str, answer: dict, reason: str
) -> None:
    receiver.answer(200, answer)
    with pytest.raises(SendFailed, match=reason):
        send(kind, {"url": receiver.url}, MESSAGE)


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize("body", [b"", b"<html>ok</html>", b"[0]", b"\xff\xfe"])
def test_an_answer_that_is_not_a_json_object_is_a_failure(receiver: Receiver, kind: str, body: bytes) -> None:
    receiver.answer(200, body)
    with pytest.raises(SendFailed, match="JSON"):
        send(kind, {"url": receiver.url}, MESSAGE)


@pytest.mark.parametrize("kind", [*ROBOTS, "webhook"])
@pytest.mark.parametrize("status", [301, 307, 400, 404, 410, 429, 500, 503])
def test_any_other_status_is_a_failure_and_redirects_are_not_followed(
    receiver: Receiver, kind: str, status: int
) -> None:
    receiver.answer(status, b'{"errcode":0,"code":0}', {"Location": receiver.url})
    with pytest.raises(SendFailed, match=f"HTTP {status}"):
        send(kind, {"url": receiver.url}, MESSAGE)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("kind", [*ROBOTS, "webhook"])
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x?access_token=secret-token",
        "http://[::bad/secret-token",
        "nonsense://secret-token",
    ],
)
def test_an_unreachable_or_broken_address_fails_without_being_quoted(kind: str, url: str) -> None:
    with pytest.raises(SendFailed) as failure:
        send(kind, {"url": url, "secret": ""}, MESSAGE)
    assert "secret-token" not in str(failure.value)
    assert failure.value.__cause__ is None


def test_an_endless_answer_is_cut(receiver: Receiver) -> None:
    receiver.answer(200, b"x" * 300_000)
    with pytest.raises(SendFailed, match="JSON"):
        send("wecom", {"url": receiver.url}, MESSAGE)


def test_a_secret_that_is_not_base64_is_a_failure(receiver: Receiver) -> None:
    for secret in ("whsec_", "*", "é"):
        with pytest.raises(SendFailed):
            send("webhook", {"url": receiver.url, "secret": secret}, MESSAGE)


def test_a_very_long_text_is_cut_at_a_character(receiver: Receiver) -> None:
    long = Message(**{**{name: getattr(MESSAGE, name) for name in MESSAGE.__slots__}, "text": "长" * 3000})
    send("wecom", {"url": receiver.url}, long)
    content = receiver.requests[0].json["text"]["content"]
    assert content.endswith("…")
    assert len(content.encode()) <= 2048


def test_mail_carries_the_id_as_its_message_id() -> None:
    send("email", {}, MESSAGE)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject, letter.body) == (["wang@example.com"], "超时 · 天猫旗舰店 0001", TEXT)
    assert MESSAGE.id in letter.extra_headers["Message-ID"]


def test_mail_that_the_server_refuses_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise smtplib.SMTPServerDisconnected("secret-token")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    with pytest.raises(SendFailed, match="SMTPServerDisconnected") as failure:
        send("email", {}, MESSAGE)
    assert "secret-token" not in str(failure.value)
    assert failure.value.only_this is False


def test_mail_to_nobody_or_to_a_refused_address_blames_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Message(**{**{name: getattr(MESSAGE, name) for name in MESSAGE.__slots__}, "to": ""})
    with pytest.raises(SendFailed) as failure:
        send("email", {}, nobody)
    assert failure.value.only_this is True

    def refuse(*arguments: object) -> None:
        raise smtplib.SMTPRecipientsRefused({})

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    with pytest.raises(SendFailed) as failure:
        send("email", {}, MESSAGE)
    assert failure.value.only_this is True


def test_an_answer_that_drips_for_too_long_is_given_up(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("office.notices.senders.http.LONGEST", -1.0)
    with pytest.raises(SendFailed, match="too long"):
        send("wecom", {"url": receiver.url}, MESSAGE)
