"""A message comes: by the form or signed; what it says is sealed; forged, repeated and broken ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.models import BoardMessage
from cms.selectors.board import opened
from cms.services import senders
from office.audit.models import Entry
from office.deadlines import api as deadlines
from office.notices.models import Notice
from tests import own_cache
from tests.cms.messages import FIELDS, message, post, sender
from tests.cms.sites import NOON
from tests.people import person

pytestmark = pytest.mark.django_db
ASK = "/board/ask/"


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    own_cache.forget()


@pytest.mark.clause("W4")
def test_the_clock_ends_with_the_day_and_who_answers_is_told() -> None:
    agent = person("li_lei")
    found = message()
    clock = deadlines.running(found.subject, "work.message_board")
    assert clock is not None
    assert (clock.clause, clock.due_at) == ("W4", dt.datetime(2026, 11, 25, 16, 0, tzinfo=dt.UTC))
    assert Notice.objects.filter(kind="cms.board_message", recipient=agent).exists()


@pytest.mark.clause("C13.5")
def test_what_was_said_lies_sealed_and_is_in_no_trail_and_no_notice() -> None:
    found = message()
    assert opened(found).text == FIELDS["text"]
    tables = ("cms_boardmessage", "audit_entry", "notices_notice", "deadlines_deadline")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ''), '') FROM {table} t")
            stored = str(cursor.fetchone()[0])
            for value in ("王芳", "13800138000", "电梯", "沙发", "王芳".encode().hex(), b"13800138000".hex()):
                assert value not in stored, (table, value)
    assert Entry.objects.filter(verb="cms.board_receive").count() == 1


def test_a_visitor_writes_and_is_thanked() -> None:
    client = Client()
    assert client.get(ASK).status_code == 200
    answer = client.post(ASK, FIELDS)
    assert (answer.status_code, answer["Location"]) == (302, "/board/?thanks=1")
    assert BoardMessage.objects.get().sender is None


def test_the_form_needs_its_token() -> None:
    answer = Client(enforce_csrf_checks=True).post(ASK, FIELDS)
    assert answer.status_code == 403
    assert not BoardMessage.objects.exists()


def test_a_machine_that_fills_in_the_trap_is_thanked_and_forgotten() -> None:
    answer = Client().post(ASK, {**FIELDS, "website": "http://spam.example"})
    assert answer.status_code == 302
    assert not BoardMessage.objects.exists()


def test_the_sixth_message_of_an_hour_waits_and_keeps_what_was_typed() -> None:
    client = Client()
    for number in range(5):
        assert client.post(ASK, {**FIELDS, "text": f"第 {number} 条"}).status_code == 302
    refused = client.post(ASK, {**FIELDS, "text": "第六条留言"})
    assert refused.status_code == 429
    assert "第六条留言" in refused.content.decode()
    assert BoardMessage.objects.count() == 5
    assert Client(REMOTE_ADDR="203.0.113.9").post(ASK, FIELDS).status_code == 302


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"text": " "}, "text"),
        ({"phone": "", "email": ""}, "phone"),
        ({"phone": "打电话"}, "phone"),
        ({"phone": "", "email": "nobody"}, "email"),
        ({"name": "x" * 41}, "name"),
        ({"text": "x" * 2001}, "text"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(given: dict[str, str], path: str) -> None:
    answer = Client().post(ASK, {**FIELDS, **given})
    assert answer.status_code == 422
    assert path in answer.context["form"].errors
    now = timezone.now()
    _sender, secret = sender(now=now)
    signed = post(secret, {**FIELDS, **given}, at=now)
    assert signed.status_code == 422
    assert path in {error["path"] for error in signed.json()["errors"]}


def test_a_signed_message_is_taken_once() -> None:
    now = timezone.now()
    _sender, secret = sender(now=now)
    first = post(secret, FIELDS, at=now)
    again = post(secret, FIELDS, at=now)
    assert (first.status_code, first.json()["status"]) == (201, "taken")
    assert (again.status_code, again.json()) == (200, {"id": first.json()["id"], "status": "duplicate"})
    other = post(secret, {**FIELDS, "text": "别的"}, at=now)
    assert (other.status_code, other.json()["code"]) == (409, "known")
    assert post(secret, FIELDS, at=now, id="msg_2").status_code == 201


def test_forged_messages_are_refused_and_nothing_is_written() -> None:
    now = timezone.now()
    _sender, secret = sender(now=now)
    forged = [
        post(senders.new_secret(), FIELDS, at=now),
        post(secret, FIELDS, at=now - dt.timedelta(seconds=301)),
        post(secret, FIELDS, at=now + dt.timedelta(seconds=302)),
        post(secret, FIELDS, at=now, code="nobody"),
        post(secret, FIELDS, at=now, **{"webhook-signature": ""}),
        post(secret, FIELDS, at=now, **{"webhook-signature": "v1,AAAA v1a,x"}),
        post(secret, FIELDS, at=now, **{"webhook-id": "msg_other"}),
        Client().post("/hooks/messages/www", b"{}", content_type="application/json"),
    ]
    assert {answer.status_code for answer in forged} == {401}
    assert not BoardMessage.objects.exists()


def test_an_old_secret_counts_for_a_day_beside_the_new_one() -> None:
    now = timezone.now()
    found, old = sender(now=now - dt.timedelta(hours=23))
    new = senders.renew_secret(
        sender_id=found.pk, by=person("wei_webmaster"), now=now - dt.timedelta(hours=23)
    )
    assert post(old, FIELDS, at=now).status_code == 201
    assert post(new, FIELDS, at=now, id="msg_2").status_code == 201
    newest = senders.renew_secret(sender_id=found.pk, by=person("wei_webmaster"), now=now)
    assert post(old, FIELDS, at=now, id="msg_3").status_code == 401
    assert post(newest, FIELDS, at=now, id="msg_4").status_code == 201


def test_a_sender_that_is_switched_off_is_nobody() -> None:
    now = timezone.now()
    found, secret = sender(now=now)
    senders.set_sender_active(sender_id=found.pk, active=False, by=person("wei_webmaster"), now=now)
    assert post(secret, FIELDS, at=now).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 100_000, b'"x"'])
def test_a_signed_body_that_is_no_object_is_refused_readably(body: bytes) -> None:
    now = timezone.now()
    _sender, secret = sender(now=now)
    assert post(secret, body, at=now).status_code in (401, 422)


@pytest.mark.parametrize("value", [None, 7, ["x"], {"a": 1}, "\x00\ud800", "Ω\u202e", "<script>"])
def test_no_value_makes_a_fault(value: Any) -> None:
    now = timezone.now()
    _sender, secret = sender(now=now)
    for name in FIELDS:
        assert post(secret, {**FIELDS, name: value}, at=now, id=f"m-{name}").status_code in (201, 422)


def test_a_too_large_body_is_refused() -> None:
    now = timezone.now()
    _sender, secret = sender(now=now)
    assert post(secret, b"x" * 1_000_001, at=now).status_code == 413
    assert Client().get("/hooks/messages/www").status_code == 405


def test_the_public_board_is_open_and_empty_at_first() -> None:
    page = Client().get(reverse("board:entries"), {"before": "x"})
    assert page.status_code == 200
    assert message(NOON) is not None
    assert "王芳" not in page.content.decode()
