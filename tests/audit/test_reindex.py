"""rotate_keys --reindex: after a leak every keyed hash is made anew under a new index key, while the house works on."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from conftest import _admin_dsn
from office import crypto
from office.audit import index_key
from office.audit.management.commands import rotate_keys
from office.audit.models import Entry, IndexKey
from orders.intake.incoming import IncomingCustomer
from orders.models import CustomerIndex, CustomerKey, Order, RejectedRow, WebhookReceipt
from orders.selectors.customers import find_order_ids
from orders.services.booking.prepare import prepare
from orders.services.booking_fresh import book_fresh
from orders.services.erasure import erase_customer
from orders.services.receipts import body_of
from tests.architecture.test_files import CODE
from tests.orders.ledger.arrange import NOW, ZHANG, book, booked, incoming, shop
from tests.orders.ledger.test_erase_traces import refuse_message, refuse_rows
from tests.people import person

pytestmark = pytest.mark.django_db
#: Hashes that only the cache holds, for an hour, and the visits at the supplier's door, which end by themselves: whose
#: visit outlasts the old key shows a new code.
FOR_AN_HOUR = {"board-address", "door-address", "contracts.door_code", "contracts.door_visit"}
LI = IncomingCustomer("李四", "13900001111", "杭州", {})


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One process knows at once what it did itself."""
    crypto.forget_index_keys()
    monkeypatch.setattr(crypto, "INDEX_KEYS_TRUSTED", 0.0)
    monkeypatch.setattr(rotate_keys, "_MARGIN", 0.0)
    monkeypatch.setattr(rotate_keys.Command, "_ended", lambda self: None)  # shown by a test of its own
    yield
    crypto.forget_index_keys()


def reindex(**options: int) -> str:
    out = StringIO()
    call_command("rotate_keys", reindex=True, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def begun() -> None:
    """Two keys are there, nothing is made anew yet."""
    index_key.announce(now=NOW)
    index_key.exchange(now=NOW)
    assert crypto.reindexing()


def hashes() -> set[bytes]:
    """Every keyed hash in the database."""
    found: set[bytes] = set()
    for row in CustomerIndex.objects.all():
        found |= {bytes(each) for each in (row.phone, row.last4, *row.grams) if each is not None}
    found |= {bytes(row.identity)[:16] for row in CustomerKey.objects.all() if row.identity is not None}
    for traces in (
        *RejectedRow.objects.values_list("traces", flat=True),
        *WebhookReceipt.objects.values_list("traces", flat=True),
    ):
        found |= {bytes(each) for each in traces or ()}
    return found | {bytes(row.body_digest) for row in WebhookReceipt.objects.all()}


def test_every_hash_is_made_anew_and_finds_what_it_found_before(tmp_path: Path) -> None:
    order, other = booked(), booked("TB1002", customer=LI)
    masked = booked("TB1003", customer=IncomingCustomer("王五", "138****5678", "", {}))
    booked("TB1004", customer=IncomingCustomer("", "", "", {}))
    refuse_rows(
        tmp_path, [["TB1001", "张三丰", "", "沙发", "x"], ["'TB77", "张三丰", ZHANG.phone, "沙发", "x"]]
    )
    message = refuse_message({"number": "X-1", "customer": {"phone": ZHANG.phone}})
    before, key = hashes(), bytes(IndexKey.objects.get().wrapped)
    out = reindex(step=2)
    assert "indexes of customers 3\nindexes of messages 1\nindexes of refused rows 2\n" in out
    assert out.endswith("every index is under a new index key; the old one is destroyed\n")
    assert hashes() & before == set()
    assert len(hashes()) == len(before)
    assert bytes(IndexKey.objects.get(purpose="index").wrapped) != key
    assert IndexKey.objects.count() == 1
    assert find_order_ids(ZHANG.phone) == [order.pk]
    assert find_order_ids("5678") == [masked.pk, order.pk]
    assert find_order_ids("三丰") == [order.pk]
    assert find_order_ids("李四") == [other.pk]
    assert book(incoming("TB1005"))[0].status == "inserted"
    assert Order.objects.get(number="TB1005").customer_key_id == order.customer_key_id
    verbs = ["audit.reindex_begun", "audit.reindexed"]
    assert list(Entry.objects.filter(verb__in=verbs).order_by("id").values_list("verb", flat=True)) == verbs
    erased = erase_customer(order_id=order.pk, reason="request", by=person("chen_manager"), now=NOW)
    assert (erased.rows, erased.bodies) == (2, 1)
    message.refresh_from_db()
    assert body_of(message) is None


def test_both_indexes_are_read_until_all_is_done() -> None:
    order = booked()
    begun()
    assert book(incoming("TB1002"))[0].status == "inserted"
    later = Order.objects.get(number="TB1002")
    assert later.customer_key_id == order.customer_key_id
    assert find_order_ids(ZHANG.phone) == [later.pk, order.pk]
    assert find_order_ids("5678") == [later.pk, order.pk]
    assert find_order_ids("张三丰") == [later.pk, order.pk]
    assert "indexes of customers 1\n" in reindex()  # the later one was made under the new key
    assert find_order_ids(ZHANG.phone) == [later.pk, order.pk]


def test_the_short_way_meets_the_customer_too() -> None:
    order = booked()
    begun()
    new = prepare(incoming("TB1002"))
    [booking] = book_fresh(shop=shop(), orders=[new], source="api", by=None, now=NOW)
    assert booking is not None
    assert Order.objects.get(number="TB1002").customer_key_id == order.customer_key_id


def test_a_message_is_known_again_under_either_key() -> None:
    refuse_message({"number": "X-1"}, "m1")
    begun()
    assert refuse_message({"number": "X-1"}, "m1").message_id == "m1"
    reindex()
    assert refuse_message({"number": "X-1"}, "m1").message_id == "m1"
    assert WebhookReceipt.objects.count() == 1


def test_an_erasure_halfway_reaches_what_is_under_either_key(tmp_path: Path) -> None:
    order = booked()
    refuse_rows(
        tmp_path, [["TB1001", "张三丰", "", "沙发", "x"], ["TB77", "张三丰", ZHANG.phone, "沙发", "x"]]
    )
    begun()
    refuse_message({"customer": {"phone": ZHANG.phone}})
    erased = erase_customer(order_id=order.pk, reason="request", by=person("chen_manager"), now=NOW)
    assert (erased.rows, erased.bodies) == (2, 1)


def test_a_run_that_was_stopped_goes_on_where_it_was() -> None:
    orders = [booked(f"TB{number}") for number in range(4)]
    begun()
    walk = index_key.walk(1)
    assert [next(walk) for _ in range(2)] == [("indexes of customers", 1)] * 2
    walk.close()
    assert IndexKey.objects.get(purpose="index-old").progress == {"indexes of customers": orders[1].pk}
    assert "indexes of customers 2\n" in reindex()
    assert find_order_ids(ZHANG.phone) == [order.pk for order in reversed(orders)]
    assert Entry.objects.filter(verb="audit.reindex_begun").count() == 1


def test_an_announced_key_is_taken_up() -> None:
    booked()
    index_key.announce(now=NOW)
    announced = bytes(IndexKey.objects.get(purpose="index-next").wrapped)
    before = hashes()
    booked("TB1002", customer=LI)  # still under the first key
    assert before < hashes()
    reindex()
    assert bytes(IndexKey.objects.get().wrapped) == announced


def test_two_customers_of_one_phone_do_not_stop_it() -> None:
    """A process that had not heard of the new key in time did not find the customer."""
    order = booked()
    begun()
    retired = crypto.other_mac("phone", ZHANG.phone.encode())
    later = booked("TB1002")
    kek, wrapped = crypto.wrap(crypto.new_key())
    twin = CustomerKey.objects.create(wrapped=wrapped, kek=kek, identity=retired, created_at=NOW)
    assert later.customer_key_id == order.customer_key_id
    reindex()
    twin.refresh_from_db()
    assert twin.identity is None
    kept = CustomerKey.objects.get(pk=order.customer_key_id).identity
    assert bytes(kept or b"") == crypto.mac("phone", ZHANG.phone.encode())


def test_what_is_erased_loses_its_hash() -> None:
    receipt = refuse_message({"number": "X-1", "customer": {"phone": ZHANG.phone}})
    WebhookReceipt.objects.update(wrapped_key=None, sealed_body=None, kek="", traces=None)
    reindex()
    receipt.refresh_from_db()
    assert bytes(receipt.body_digest) == b""
    refuse_message({"number": "X-1"})  # another body, and nothing left to tell by: the id must do
    assert WebhookReceipt.objects.count() == 1


@pytest.mark.parametrize("form", ["body-{}", "m1#{:.32}"])
def test_a_name_made_from_a_hash_gets_another(form: str) -> None:
    receipt = refuse_message({"number": "X-1"})
    WebhookReceipt.objects.update(message_id=form.format(bytes(receipt.body_digest).hex()))
    before = WebhookReceipt.objects.get().message_id
    reindex()
    after = WebhookReceipt.objects.get().message_id
    assert after != before
    assert after.startswith(form.split("{")[0])


def test_rows_of_an_erased_batch_are_left_without(tmp_path: Path) -> None:
    [row] = refuse_rows(tmp_path, [["TB77", "张三丰", ZHANG.phone, "沙发", "x"]])
    batch = row.batch
    batch.wrapped_key = None
    batch.save(update_fields=["wrapped_key"])
    reindex()
    row.refresh_from_db()
    assert row.traces == []


def test_a_missing_application_key_stops_it_and_nothing_is_lost(settings: Any) -> None:
    order = booked()
    CustomerKey.objects.update(kek="gone")
    crypto.resealers, kept = {}, crypto.resealers
    try:
        with pytest.raises(CommandError, match=r"'gone'.*under two keys until"):
            reindex()
    finally:
        crypto.resealers = kept
    assert crypto.reindexing()
    assert find_order_ids(ZHANG.phone) == [order.pk]


def test_two_runs_at_once_are_refused() -> None:
    other = psycopg2.connect(**_admin_dsn(connection.settings_dict["NAME"]))
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [index_key.LOCK])
            with pytest.raises(CommandError, match="Another run"):
                reindex()
            cursor.execute("SELECT pg_advisory_unlock(%s)", [index_key.LOCK])  # closing does not wait for it
    finally:
        other.close()


def test_a_new_key_waits_until_everybody_has_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(crypto, "INDEX_KEYS_TRUSTED", 5.0)
    monkeypatch.setattr("office.audit.management.commands.rotate_keys.time.sleep", slept.append)
    reindex()
    assert len(slept) == 2
    assert all(4 < seconds <= 5 for seconds in slept)


@pytest.mark.django_db(transaction=True)
def test_the_old_key_goes_only_after_transactions_that_may_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(rotate_keys, "PATIENCE", 0.0)
    other = psycopg2.connect(**_admin_dsn(connection.settings_dict["NAME"]))
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            with pytest.raises(CommandError, match="A transaction has been open"):
                rotate_keys.Command()._ended()
    finally:
        other.close()
    monkeypatch.setattr(rotate_keys, "PATIENCE", 30.0)  # other tests' transactions end
    rotate_keys.Command()._ended()


def test_a_process_asks_again_and_keeps_what_has_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = crypto.mac("phone", b"1")
    index = crypto._index
    assert crypto.mac("phone", b"1") == one
    assert crypto._index is index
    assert crypto.macs("phone", b"1") == [one]
    begun()
    assert crypto.macs("phone", b"1") == [crypto.mac("phone", b"1"), one]


def test_every_purpose_of_a_keyed_hash_has_who_makes_it_anew() -> None:
    root, used = Path(django_settings.BASE_DIR), set()
    for package in CODE:
        for path in (root / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in {"mac", "macs", "mac_of_few", "other_mac", "mac_key"}
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "crypto"
                ):
                    purpose = node.args[0]
                    assert isinstance(purpose, ast.Constant), f"{path}:{node.lineno}: say the purpose itself"
                    used.add(purpose.value)
    known = {purpose for each in crypto.reindexers.values() for purpose in each.purposes}
    assert used - FOR_AN_HOUR == known


def test_an_erased_customer_has_no_hashes_to_make_anew() -> None:
    order, other = booked(), booked("TB1002", customer=LI)
    erase_customer(order_id=order.pk, reason="request", by=person("chen_manager"), now=NOW)
    assert "indexes of customers 1\n" in reindex()
    assert find_order_ids("李四") == [other.pk]
    assert not CustomerIndex.objects.filter(order_id=order.pk).exists()


def test_what_was_written_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    begun()
    [row] = refuse_rows(tmp_path, [["TB77", "张三丰", ZHANG.phone, "沙发", "x"]])
    refuse_message({"number": "X-1"})
    before = hashes()
    assert "indexes of messages 0\nindexes of refused rows 0\n" in reindex()
    assert hashes() == before
    assert row.traces
