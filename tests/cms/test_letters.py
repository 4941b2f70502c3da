"""Answers that leave by mail (W4): what waits holds no word and no address; what became of it stands in the thread."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse

from cms.models import BoardDelivery, BoardMessage
from cms.services import board, letters
from cms.tasks.board import send_answers
from office import crypto
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.channels import create_channel
from office.notices.models import Channel, Notice
from office.notices.outbox import MOST_ATTEMPTS
from tests.cms.messages import message
from tests.cms.sites import MINUTE, NOON
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
ADDRESS, WORDS = "wang.fang@visitor.example", "可以，请看门宽"


@pytest.fixture
def channel(db: None) -> Channel:
    return create_channel(
        name="邮件", kind="email", config={}, urgent_only=False, positions=[], people=[], by=None, now=NOON
    )


def by_mail(**fields: str) -> tuple[BoardMessage, BoardDelivery]:
    found = message(NOON, **{"email": ADDRESS, **fields})
    reply = board.answer(message_id=found.pk, text=WORDS, way="email", by=person("li_lei"), now=NOON + MINUTE)
    return found, reply.delivery


@pytest.mark.clause("W4", "C13.5")
def test_an_answer_leaves_by_mail_and_what_waits_says_nothing(channel: Channel) -> None:
    found, delivery = by_mail()
    with connection.cursor() as cursor:
        cursor.execute("SELECT d::text FROM cms_boarddelivery d")
        row = cursor.fetchone()[0]
    assert ADDRESS not in row
    assert WORDS not in row
    assert letters.send_waiting(now=NOON + 2 * MINUTE) == 1
    [sent] = mail.outbox
    assert (sent.to, WORDS in sent.body) == ([ADDRESS], True)
    assert str(delivery.idempotency_id) in sent.extra_headers["Message-ID"]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.sent_at) == ("sent", NOON + 2 * MINUTE)
    assert letters.send_waiting(now=NOON + 60 * MINUTE) == 0
    entry = Entry.objects.get(verb="cms.board_sent")
    assert ADDRESS not in str(entry.__dict__)
    page = signed_in("li_lei").get(reverse("cms:message", args=[found.pk])).content.decode()
    assert "已发送" in page


def test_without_an_address_or_a_channel_it_is_refused_and_nothing_is_answered(channel: Channel) -> None:
    with pytest.raises(Invalid) as refused:
        by_mail(email="")
    assert refused.value.errors[0]["path"] == "way"
    Channel.objects.update(enabled=False)
    with pytest.raises(Invalid):
        by_mail()
    assert not BoardDelivery.objects.exists()
    assert set(BoardMessage.objects.values_list("state", flat=True)) == {"waiting"}


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(*_args: Any, **_more: Any) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)


def test_a_dead_mail_server_is_tried_again_then_given_up_in_sight(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, delivery = by_mail()
    with monkeypatch.context() as patch:
        failing(patch, smtplib.SMTPServerDisconnected(f"secret {ADDRESS}"))
        now = NOON + 2 * MINUTE
        for _attempt in range(MOST_ATTEMPTS):
            assert letters.send_waiting(now=now) == 0
            delivery.refresh_from_db()
            now = delivery.next_at
    assert (delivery.state, delivery.last_error) == ("dead", "SMTPServerDisconnected")
    assert Notice.objects.filter(kind="cms.answer_not_sent", recipient=person("li_lei")).exists()
    client = signed_in("li_lei")
    where = reverse("cms:message_act", args=[found.pk, "resend"])
    assert where in client.get(reverse("cms:message", args=[found.pk])).content.decode()
    assert client.post(where).status_code == 302
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)


def test_only_what_was_given_up_is_sent_again_and_by_who_answers(channel: Channel) -> None:
    found, _delivery = by_mail()
    with pytest.raises(Conflict):
        letters.send_again(message_id=found.pk, by=person("li_lei"), now=NOON)
    with pytest.raises(Forbidden):
        letters.send_again(message_id=found.pk, by=person("lin_editor"), now=NOON)
    with pytest.raises(NotFound):
        letters.send_again(message_id=987654, by=person("li_lei"), now=NOON)


def test_a_message_forgotten_meanwhile_is_not_sent(channel: Channel) -> None:
    _found, delivery = by_mail()
    BoardMessage.objects.update(kek="", wrapped=None, sealed=None, erased_at=NOON + MINUTE)
    assert letters.send_waiting(now=NOON + 2 * MINUTE) == 0
    delivery.refresh_from_db()
    assert "forgotten" in delivery.last_error
    assert mail.outbox == []


def test_settings_whose_key_is_gone_are_a_failure_not_a_crash(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    _found, delivery = by_mail()

    def gone(_channel: Channel) -> dict[str, str]:
        raise crypto.Unreadable("gone")

    monkeypatch.setattr("cms.services.letters.config_of", gone)
    assert letters.send_waiting(now=NOON + 2 * MINUTE) == 0
    delivery.refresh_from_db()
    assert "cannot be read" in delivery.last_error


def test_the_task_sends_what_waits(channel: Channel) -> None:
    by_mail()
    send_answers()
    assert len(mail.outbox) == 1
