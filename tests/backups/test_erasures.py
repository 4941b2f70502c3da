"""The list of erasures: complete up to an instant, of one history, and never half a line."""

from __future__ import annotations

import datetime as dt

import pytest

from backups.errors import Failed
from backups.services import erasures
from orders.intake.incoming import IncomingCustomer
from orders.models import CustomerKey
from orders.services.erasure import erase_customer
from tests.backups.rows import DAY, NOW
from tests.orders.ledger.arrange import booked
from tests.people import person

pytestmark = pytest.mark.django_db


def test_it_says_who_was_forgotten_without_saying_who() -> None:
    order = booked()
    assert erasures.publish(now=NOW) == 0
    erase_customer(
        order_id=order.pk, reason="request", by=person("chen_manager"), now=NOW, note="张三丰 来电"
    )
    assert erasures.publish(now=NOW + dt.timedelta(minutes=1)) == 1
    assert erasures.publish(now=NOW + dt.timedelta(minutes=2)) == 1
    found = erasures.read(erasures.path(), erasures.history())
    [one] = found.erasures
    assert (one.kind, one.id, one.reason) == ("customer", order.customer_key_id, "request")
    assert found.as_of == NOW + dt.timedelta(minutes=1)
    assert "张三丰" not in erasures.path().read_text()


@pytest.mark.parametrize(("reason", "note"), [("not_restored", ""), ("other", "restored without the keys")])
def test_a_restore_without_the_keys_forgets_nobody_else_later(reason: str, note: str) -> None:
    """Whose key was not restored may come back with another restore; whoever was forgotten by somebody may not."""
    lost, gone = booked(), booked("TB2", customer=IncomingCustomer("李四", "13900001111", "北京", {}))
    erase_customer(
        order_id=gone.pk, reason="other", by=person("chen_manager"), now=NOW, note="restored without the keys"
    )
    CustomerKey.objects.filter(pk=lost.customer_key_id).update(
        wrapped=None, kek="", identity=None, erased_at=NOW, erased_reason=reason, erased_note=note
    )
    assert erasures.publish(now=NOW) == 1
    [one] = erasures.read(erasures.path(), erasures.history()).erasures
    assert one.id == gone.customer_key_id


def test_it_says_once_a_day_that_it_is_complete_and_when_asked() -> None:
    for minutes, lines in ((0, 1), (1, 1), (1441, 2)):
        erasures.publish(now=NOW + dt.timedelta(minutes=minutes))
        assert len(erasures.path().read_text().splitlines()) == lines
    erasures.publish(now=NOW + 2 * DAY, force=True)
    assert erasures.read(erasures.path(), erasures.history()).as_of == NOW + 2 * DAY


def test_of_another_history_it_says_nothing() -> None:
    erasures.publish(now=NOW)
    assert erasures.read(erasures.path(), "another").as_of is None


def test_half_a_line_is_no_line() -> None:
    erasures.publish(now=NOW)
    with erasures.path().open("a") as file:
        file.write('{"of": "x", "ki')
    assert erasures.read(erasures.path(), erasures.history()).as_of == NOW
    erasures.publish(now=NOW + 2 * DAY)
    assert erasures.read(erasures.path(), erasures.history()).as_of == NOW + 2 * DAY


@pytest.mark.parametrize(
    "line",
    [
        "x",
        "[]",
        '{"of": "h", "kind": "customer"}',
        '{"as_of": "x", "of": "h"}',
        "3",
        '{"as_of": "2026-11-26T10:00:00", "of": "h"}',
        "[" * 100_000,
        '{"of": "h", "kind": "customer", "id": 1, "at": "2026-11-26T10:00:00"}',
    ],
)
def test_what_is_no_list_is_refused_with_its_line(line: str) -> None:
    erasures.path().write_text(line + "\n")
    with pytest.raises(Failed, match="line 1"):
        erasures.read(erasures.path(), "h")


def test_a_list_that_is_missing_or_older_than_the_dump_is_refused() -> None:
    manifest = {"made_at": NOW.isoformat(), "erasures": 1}
    none = erasures.read(erasures.path(), "h")
    with pytest.raises(Failed, match="knows nothing"):
        erasures.check(none, manifest, erasures.path())
    complete = erasures.Erased(as_of=NOW + DAY)
    with pytest.raises(Failed, match="older than the backup"):  # it lacks one that the dump knew
        erasures.check(complete, manifest, erasures.path())
    erasures.check(complete, manifest | {"erasures": 0}, erasures.path())
