"""send_outbox: at least once with one id, back-off, the dead-letter page's verbs, crashes between."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import connection

from office.audit.models import Entry
from office.errors import Conflict, NotFound
from office.notices import channels, outbox, tasks
from office.notices.models import Channel, OutboxMessage
from office.staff.models import Employee
from tests.notices.cast import NOW, channel, later, tell
from tests.notices.receiver import Receiver, listening
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as found:
        yield found


def robot(receiver: Receiver, *people: Employee, kind: str = "wecom", name: str = "") -> Channel:
    return channel(kind, *people, name=name or kind, config={"url": receiver.url})


def test_what_waits_is_handed_over_once(receiver: Receiver) -> None:
    one = person("li_lei")
    robot(receiver, one)
    tell(one)
    assert outbox.send_outbox(now=later(1)) == outbox.Sent(sent=1)
    assert outbox.send_outbox(now=later(2)).claimed == 0
    message = OutboxMessage.objects.get()
    assert (message.state, message.sent_at, message.attempts) == ("sent", later(1), 1)
    assert "TM01/0001" in receiver.requests[0].json["text"]["content"]


def test_a_refusal_backs_off_and_is_given_up_after_ten_tries(receiver: Receiver) -> None:
    one = person("li_lei")
    robot(receiver, one)
    tell(one)
    receiver.answer(200, {"errcode": 45009, "errmsg": "freq out of limit"})
    now = later(1)
    for number in range(1, outbox.MOST_ATTEMPTS + 1):
        assert outbox.send_outbox(now=now).claimed == 1
        message = OutboxMessage.objects.get()
        assert message.attempts == number
        assert outbox.send_outbox(now=now).claimed == 0
        now = message.next_at
    assert (message.state, message.last_error) == ("dead", "errcode 45009: freq out of limit")
    assert outbox.send_outbox(now=later(10**6)).claimed == 0
    assert len(receiver.requests) == outbox.MOST_ATTEMPTS


def test_a_dead_robot_does_not_hold_up_the_others(receiver: Receiver) -> None:
    one = person("li_lei")
    dead = channel("dingtalk", one, config={"url": "http://127.0.0.1:1/"})
    robot(receiver, one)
    for number in range(4):
        tell(one, number=number)
    assert outbox.send_outbox(now=later(1)) == outbox.Sent(sent=4, waiting=4)
    attempts = OutboxMessage.objects.filter(channel=dead).order_by("id").values_list("attempts", flat=True)
    assert list(attempts) == [1, 0, 0, 0]


def test_a_crash_after_sending_sends_again_with_the_same_id(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = person("li_lei")
    robot(receiver, one, kind="webhook")
    tell(one)

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_mark_sent", killed)
        with pytest.raises(KeyboardInterrupt):
            outbox.send_outbox(now=later(1))
    assert outbox.send_outbox(now=later(2)).claimed == 0  # still leased
    assert outbox.send_outbox(now=later(2) + outbox.LEASE).sent == 1
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_settings_that_cannot_be_read_are_a_failure_not_a_crash() -> None:
    one = person("li_lei")
    broken = channel("wecom", one, config={"url": "http://127.0.0.1:1/"})
    Channel.objects.filter(pk=broken.pk).update(sealed_config=b"garbage")
    tell(one)
    assert outbox.send_outbox(now=later(1)).waiting == 1
    assert "cannot be read" in OutboxMessage.objects.get().last_error


def test_an_unexpected_error_stays_with_its_message(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = person("li_lei")
    channel("wecom", one, config={})  # no address: the sender stumbles
    robot(receiver, one, kind="dingtalk")
    tell(one)
    assert outbox.send_outbox(now=later(1)) == outbox.Sent(sent=1, waiting=1)
    assert OutboxMessage.objects.get(state="waiting").last_error == "KeyError"


def test_the_reader_gets_his_own_language(receiver: Receiver) -> None:
    one = person("li_lei")
    one.language = "en"
    one.save(update_fields=["language"])
    robot(receiver, one, kind="webhook")
    tell(one, clause="C7.2")
    outbox.send_outbox(now=later(1))
    assert receiver.requests[0].json["data"]["clause"] == "Clause C7.2"


def test_retry_sends_a_dead_message_again_and_is_audited(receiver: Receiver) -> None:
    one, administrator = person("li_lei"), person("sun_admin")
    robot(receiver, one)
    tell(one)
    message = OutboxMessage.objects.get()
    with pytest.raises(Conflict):
        outbox.retry(message_id=message.pk, by=administrator, now=later(1))
    OutboxMessage.objects.update(state="dead", attempts=10)
    outbox.retry(message_id=message.pk, by=administrator, now=later(2))
    assert outbox.send_outbox(now=later(3)).sent == 1
    assert Entry.objects.filter(verb="notices.retry", actor_id=administrator.pk).count() == 1
    with pytest.raises(NotFound):
        outbox.retry(message_id=message.pk + 1, by=administrator, now=later(2))


def test_retry_all_of_a_channel(receiver: Receiver) -> None:
    one = person("li_lei")
    found = robot(receiver, one)
    for number in range(3):
        tell(one, number=number)
    OutboxMessage.objects.update(state="dead", attempts=10)
    assert outbox.retry_all(channel_id=found.pk, by=person("sun_admin"), now=later(1)) == 3
    assert outbox.retry_all(channel_id=found.pk, by=person("sun_admin"), now=later(1)) == 0
    assert outbox.send_outbox(now=later(2)).sent == 3


def test_switching_a_channel_off_gives_up_what_waits(receiver: Receiver) -> None:
    one = person("li_lei")
    found = robot(receiver, one)
    tell(one)
    channels.set_enabled(channel_id=found.pk, enabled=False, by=None, now=later(1))
    assert outbox.send_outbox(now=later(2)).claimed == 0
    assert OutboxMessage.objects.get().state == "dead"
    tell(one, number=2)
    assert OutboxMessage.objects.count() == 1


def test_the_task_sends_until_nothing_waits(receiver: Receiver) -> None:
    one = person("li_lei")
    robot(receiver, one)
    for number in range(outbox.CLAIM + 5):
        tell(one, number=number)
    tasks.send_outbox()
    assert OutboxMessage.objects.filter(state="sent").count() == outbox.CLAIM + 5


@pytest.mark.django_db(transaction=True)
def test_senders_at_once_hand_over_each_message_once(receiver: Receiver) -> None:
    one = person("li_lei")
    robot(receiver, one, kind="webhook")
    for number in range(40):
        tell(one, number=number)

    def run() -> None:
        try:
            while outbox.send_outbox(now=later(1), claim=3).claimed:
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    ids = Counter(request.headers["webhook-id"] for request in receiver.requests)
    assert len(ids) == 40
    assert set(ids.values()) == {1}
    assert OutboxMessage.objects.filter(state="sent").count() == 40


def test_the_back_off_is_bounded() -> None:
    waits = [outbox.retry_after(number).total_seconds() for number in range(1, 30)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (15, 3600)
    assert NOW + outbox.retry_after(1) > NOW
