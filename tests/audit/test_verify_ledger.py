"""verify_ledger finds what a superuser with sleeping triggers did, and names it (C7.5)."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from office.audit import sealslog
from office.audit.models import Entry, Incident, Seal
from office.audit.registry import Verifier, verifiers
from orders.models import Order, OrderEvent, OrderLine
from orders.services.events import record_event
from tests.audit.tamper import NOW, as_superuser, seal_now, verify
from tests.orders.ledger.arrange import book, incoming, line

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("C7.5")]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.ECDEPT_HOME = tmp_path
    as_superuser(
        "TRUNCATE audit_entry, audit_seal, audit_incident RESTART IDENTITY"
    )  # what the template holds
    return tmp_path


@pytest.fixture
def ledger() -> None:
    """Two seals: orders TB1 to TB3 under the first, TB4 to TB6 under the second."""
    book(*[incoming(f"TB{i}", lines=(line(), line("SKU-2", "钢笔", "1", None))) for i in (1, 2, 3)])
    seal_now()
    book(*[incoming(f"TB{i}", placed_at=None, paid=None) for i in (4, 5)], historical=True)
    book(incoming("TB6"))
    seal_now(NOW + dt.timedelta(minutes=1))


def test_an_untouched_ledger_is_ok(ledger: None) -> None:
    entries = Entry.objects.count()
    assert verify() == (0, f"ok: orders 6, entries {entries}, seals 2, unsealed 0\n")
    book(incoming("TB7"))
    assert verify() == (0, f"ok: orders 7, entries {entries + 1}, seals 2, unsealed 1\n")


def test_an_empty_ledger_is_ok() -> None:
    assert verify() == (0, "ok: orders 0, entries 0, seals 0, unsealed 0\n")


def test_another_ledger_does_not_change_the_line_that_programs_read(monkeypatch: pytest.MonkeyPatch) -> None:
    other = Verifier("elsewhere", lambda _cursor: 7, lambda _cursor: iter(()))
    monkeypatch.setitem(verifiers, "elsewhere", other)
    assert verify() == (0, "ok: orders 0, entries 0, seals 0, unsealed 0\n")
    assert json.loads(verify(as_json=True)[1])["elsewhere"] == 7


def test_json_has_the_counts_and_the_findings(ledger: None) -> None:
    code, text = verify(as_json=True)
    assert (code, json.loads(text)["ok"], json.loads(text)["orders"]) == (0, True, 6)
    as_superuser("UPDATE orders_order SET paid = 1 WHERE number = 'TB2'")
    code, text = verify(as_json=True)
    found = json.loads(text)
    assert (code, found["ok"], len(found["tampered"])) == (1, False, 1)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders_order SET total = 1 WHERE number = 'TB2'",
        "UPDATE orders_order SET total = NULL WHERE number = 'TB2'",
        "UPDATE orders_order SET received_at = received_at + interval '1 microsecond' WHERE number = 'TB2'",
        "UPDATE orders_order SET placed_at = NULL WHERE number = 'TB2'",
        "UPDATE orders_order SET historical = true WHERE number = 'TB2'",
        "UPDATE orders_order SET source = 'api' WHERE number = 'TB2'",
        "UPDATE orders_order SET sealed = sealed || '\\x00' WHERE number = 'TB2'",
        "UPDATE orders_order SET terms = sha256('x') WHERE number = 'TB2'",
        "UPDATE orders_order SET digest = sha256('x') WHERE number = 'TB2'",
        "UPDATE orders_order SET customer_key_id = 0 WHERE number = 'TB2'",
        "UPDATE orders_order SET batch_id = 7 WHERE number = 'TB2'",
        "UPDATE orders_orderline SET quantity = 3 WHERE position = 1 AND order_id ="
        " (SELECT id FROM orders_order WHERE number = 'TB2')",
        "UPDATE orders_orderline SET title = title || '!' WHERE position = 2 AND order_id ="
        " (SELECT id FROM orders_order WHERE number = 'TB2')",
        "UPDATE orders_orderline SET price = 0 WHERE position = 2 AND order_id ="
        " (SELECT id FROM orders_order WHERE number = 'TB2')",
        "DELETE FROM orders_orderline WHERE position = 2 AND order_id ="
        " (SELECT id FROM orders_order WHERE number = 'TB2')",
        "DELETE FROM orders_orderline WHERE order_id = (SELECT id FROM orders_order WHERE number = 'TB2')",
        "INSERT INTO orders_orderline (order_id, position, sku, title, quantity)"
        " SELECT id, 3, 'X', 'X', 1 FROM orders_order WHERE number = 'TB2'",
    ],
)
def test_a_changed_order_or_line_is_named(ledger: None, change: str) -> None:
    as_superuser(change)
    code, text = verify()
    order = Order.objects.get(number="TB2")
    assert (code, text) == (
        1,
        f"tampered: order TM01/TB2: it or its lines are not what audit entry {order.entry_id} says\n",
    )


def test_exchanged_lines_are_found(ledger: None) -> None:
    one, two = OrderLine.objects.filter(order__number="TB2").order_by("position").values_list("pk", flat=True)
    as_superuser(
        f"UPDATE orders_orderline SET position = 9 WHERE id = {one}",
        f"UPDATE orders_orderline SET position = 1 WHERE id = {two}",
        f"UPDATE orders_orderline SET position = 2 WHERE id = {one}",
    )
    assert verify()[1].startswith("tampered: order TM01/TB2: ")


def test_a_renumbered_order_is_found_under_its_new_number(ledger: None) -> None:
    as_superuser("UPDATE orders_order SET number = 'TB99' WHERE number = 'TB2'")
    assert verify()[1].startswith("tampered: order TM01/TB99: ")


def test_a_deleted_order_is_named_by_its_entry(ledger: None) -> None:
    entry = Order.objects.get(number="TB5").entry_id
    as_superuser(
        "DELETE FROM orders_orderline WHERE order_id = (SELECT id FROM orders_order WHERE number = 'TB5')",
        "DELETE FROM orders_order WHERE number = 'TB5'",
    )
    assert verify() == (1, f"tampered: order TM01/TB5: deleted, audit entry {entry} still stands\n")


FORGED = """
INSERT INTO orders_order (shop_id, number, received_at, currency, total, paid, source, historical, customer_key_id,
    sealed, terms, digest, entry_id)
SELECT shop_id, 'FORGED', received_at, currency, total, paid, source, historical, customer_key_id,
    sealed, terms, digest, {}
FROM orders_order WHERE number = 'TB1'
"""


def test_an_order_put_in_by_hand_has_no_entry(ledger: None) -> None:
    as_superuser(FORGED.format("999999"))
    assert verify() == (1, "tampered: order TM01/FORGED: no audit entry made it\n")


def test_an_order_put_in_by_hand_cannot_lean_on_a_strangers_entry(ledger: None) -> None:
    unused = (
        Entry.objects.exclude(pk__in=Order.objects.values("entry_id")).values_list("pk", flat=True).first()
    )
    if unused is None:
        as_superuser("UPDATE orders_order SET entry_id = -1 WHERE number = 'TB3'")
        unused = (
            Entry.objects.exclude(pk__in=Order.objects.values("entry_id")).values_list("pk", flat=True).get()
        )
    as_superuser(FORGED.format(unused))
    assert f"tampered: order TM01/FORGED: its audit entry {unused} is about something else\n" in verify()[1]


def test_even_the_application_cannot_forge_an_order_unseen() -> None:
    book(incoming("TB1"))
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(FORGED.format("999999"))
    assert verify() == (1, "tampered: order TM01/FORGED: no audit entry made it\n")


def test_lines_without_an_order_are_found(ledger: None) -> None:
    as_superuser(
        "INSERT INTO orders_orderline (order_id, position, sku, title, quantity) VALUES (777, 1, 'X', 'X', 1)"
    )
    assert verify() == (1, "tampered: order #777: lines of an order that is not there\n")


@pytest.mark.parametrize(
    "change",
    [
        "actor_name = '别人'",
        "at = at + interval '1 second'",
        "verb = 'orders.accept'",
        "subject_label = 'TM01/OTHER'",
        "actor_id = 3",
        "clause = 'C1'",
        "canonical = canonical || '\\x20'",
        "canonical = set_byte(canonical, 0, 50)",
        "digest = sha256('x')",
    ],
)
def test_a_changed_entry_is_named_by_its_order(ledger: None, change: str) -> None:
    entry = Order.objects.get(number="TB2").entry_id
    as_superuser(f"UPDATE audit_entry SET {change} WHERE id = {entry}")
    code, text = verify()
    assert code == 1
    label = "TM01/OTHER" if "OTHER" in change else "TM01/TB2"
    assert f"tampered: order {label}: its audit entry {entry} was changed\n" in text


def test_an_entry_changed_together_with_its_digest_breaks_its_seal(ledger: None) -> None:
    entry = Order.objects.get(number="TB2").entry_id
    as_superuser(
        f"UPDATE audit_entry SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'csv', 'api'), 'UTF8')"
        f" WHERE id = {entry}",
        f"UPDATE audit_entry SET digest = sha256(canonical) WHERE id = {entry}",
    )
    assert verify() == (1, "tampered: seal 1: an entry under it was changed, exchanged or moved\n")


def test_a_deleted_entry_breaks_its_seal_and_leaves_its_order_bare(ledger: None) -> None:
    entry = Order.objects.get(number="TB2").entry_id
    as_superuser(f"DELETE FROM audit_entry WHERE id = {entry}")
    code, text = verify()
    assert code == 1
    assert "tampered: order TM01/TB2: no audit entry made it\n" in text
    assert "tampered: seal 1: it covers 4 entries, 3 are there\n" in text


def test_an_order_deleted_with_its_entry_breaks_the_seal(ledger: None) -> None:
    as_superuser(
        "DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM orders_order WHERE number = 'TB2')",
        "DELETE FROM orders_orderline WHERE order_id = (SELECT id FROM orders_order WHERE number = 'TB2')",
        "DELETE FROM orders_order WHERE number = 'TB2'",
    )
    assert verify() == (1, "tampered: seal 1: it covers 4 entries, 3 are there\n")


def test_an_entry_put_in_afterwards_breaks_the_seal(ledger: None) -> None:
    as_superuser(
        "INSERT INTO audit_entry (at, verb, subject_type, subject_id, subject_label, actor_name, acting_for, clause,"
        " canonical, digest, tx) SELECT at, verb, subject_type, subject_id, subject_label, actor_name, acting_for,"
        " clause, canonical, digest, tx FROM audit_entry ORDER BY id LIMIT 1"
    )
    assert "tampered: seal 1: it covers 4 entries, 5 are there\n" in verify()[1]


def test_two_entries_with_exchanged_contents_break_the_seal(ledger: None) -> None:
    one, two = Order.objects.filter(number__in=["TB1", "TB2"]).values_list("entry_id", flat=True)
    columns = "at, verb, subject_type, subject_id, subject_label, actor_id, actor_name, canonical, digest"
    as_superuser(
        f"UPDATE audit_entry a SET ({columns}) = (SELECT {columns} FROM audit_entry b"
        f" WHERE b.id = {one} + {two} - a.id) WHERE a.id IN ({one}, {two})"
    )
    code, text = verify()
    assert code == 1
    assert "tampered: seal 1: an entry under it was changed, exchanged or moved\n" in text
    assert f"tampered: order TM01/TB1: its audit entry {one} is about something else\n" in text


def test_two_entries_with_exchanged_ids_break_the_seal(ledger: None) -> None:
    one, two = Order.objects.filter(number__in=["TB1", "TB2"]).values_list("entry_id", flat=True)
    as_superuser(
        f"UPDATE audit_entry SET id = -1 WHERE id = {one}",
        f"UPDATE audit_entry SET id = {one} WHERE id = {two}",
        f"UPDATE audit_entry SET id = {two} WHERE id = -1",
    )
    assert "tampered: seal 1: an entry under it was changed, exchanged or moved\n" in verify()[1]


def test_an_entry_moved_to_another_transaction_is_found(ledger: None) -> None:
    as_superuser("UPDATE audit_entry SET tx = '1' WHERE id = (SELECT max(id) FROM audit_entry)")
    text = verify()[1]
    assert "tampered: seal 1: it covers 4 entries, 5 are there\n" in text
    assert "tampered: seal 2: " in text


def test_an_entry_hidden_in_the_future_is_found(ledger: None) -> None:
    entry = Order.objects.get(number="TB6").entry_id
    as_superuser(f"UPDATE audit_entry SET tx = '999999999999' WHERE id = {entry}")
    assert (
        f"tampered: order TM01/TB6: its audit entry {entry} stands where no seal can cover it\n"
        in verify()[1]
    )


@pytest.mark.parametrize(
    "change",
    [
        "root = sha256('x')",
        "entries = entries + 1",
        "at = at + interval '1 second'",
        "last_id = 99",
        "era = 2",
    ],
)
def test_a_changed_seal_is_named(ledger: None, change: str) -> None:
    as_superuser(f"UPDATE audit_seal SET {change} WHERE id = 1")
    code, text = verify()
    assert code == 1
    assert "tampered: seal 1: it was changed\n" in text


def test_a_seal_made_anew_does_not_fit_the_chain(ledger: None) -> None:
    as_superuser(
        "UPDATE audit_seal SET root = sha256('x') WHERE id = 1",
        "UPDATE audit_seal SET digest = sha256(previous || root || convert_to(concat_ws(E'\\x1f', '1', id, era,"
        " system_identifier, h::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), entries,"
        " last_id), 'UTF8')) WHERE id = 1",
    )
    code, text = verify()
    assert code == 1
    assert "tampered: seal 1: an entry under it was changed, exchanged or moved\n" in text
    assert "tampered: seal 2: it does not follow the seal before it\n" in text


def test_a_deleted_seal_in_the_middle_breaks_the_chain(ledger: None) -> None:
    as_superuser("DELETE FROM audit_seal WHERE id = 1")
    assert "tampered: seal 2: it does not follow the seal before it\n" in verify()[1]


def test_a_cut_tail_shows_against_the_anchor(ledger: None, home: Path, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.log"
    shutil.copy(sealslog.path(), anchor)
    assert verify(anchor=anchor)[0] == 0
    as_superuser(
        "CREATE TEMP TABLE tail AS SELECT entry_id, id FROM orders_order WHERE number IN ('TB4', 'TB5', 'TB6')",
        "DELETE FROM orders_orderline WHERE order_id IN (SELECT id FROM tail)",
        "DELETE FROM orders_order WHERE id IN (SELECT id FROM tail)",
        "DELETE FROM audit_entry WHERE id > (SELECT min(entry_id) - 1 FROM tail)",
        "DELETE FROM audit_seal WHERE id = 2",
    )
    assert verify()[0] == 0
    assert verify(anchor=anchor) == (1, "tampered: seal 2: in the anchor, but cut off here\n")


def test_after_a_restore_the_ledger_is_ok_and_the_old_log_names_what_is_gone(
    ledger: None, home: Path, tmp_path: Path
) -> None:
    """What docs/operations.md says to expect; here the backup was made before TB4 came."""
    as_superuser(
        "CREATE TEMP TABLE tail AS SELECT entry_id, id FROM orders_order WHERE number IN ('TB4', 'TB5', 'TB6')",
        "DELETE FROM orders_orderline WHERE order_id IN (SELECT id FROM tail)",
        "DELETE FROM orders_order WHERE id IN (SELECT id FROM tail)",
        "DELETE FROM audit_entry WHERE id > (SELECT min(entry_id) - 1 FROM tail)",
        "DELETE FROM audit_seal WHERE id = 2",
        "ALTER SEQUENCE audit_seal_id_seq RESTART WITH 2",
    )
    before = sealslog.path().read_text()
    book(incoming("TB7"))
    seal_now(NOW + dt.timedelta(minutes=5))
    # By hand, without setting the log aside: an incident, and the log stays as it was.
    assert Incident.objects.filter(kind="seals_log").count() == 1
    assert sealslog.path().read_text() == before
    kept = sealslog.path().rename(tmp_path / "seals-before.log")
    book(incoming("TB8"))
    seal_now(NOW + dt.timedelta(minutes=6))
    assert [one.seal for one in sealslog.read(sealslog.path())] == [1, 2, 3]
    assert verify(anchor=sealslog.path())[0] == 0
    assert verify(anchor=kept) == (1, "tampered: seal 2: it is not the one in the anchor\n")


def test_a_history_written_anew_shows_against_the_anchor(ledger: None, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.log"
    shutil.copy(sealslog.path(), anchor)
    as_superuser("DELETE FROM audit_seal", "ALTER SEQUENCE audit_seal_id_seq RESTART")
    sealslog.path().unlink()
    seal_now(NOW + dt.timedelta(minutes=5))
    assert verify()[0] == 0
    code, text = verify(anchor=anchor)
    assert code == 1
    assert "tampered: seal 1: it is not the one in the anchor\n" in text


def test_an_anchor_that_cannot_be_read_says_so(ledger: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"missing.log cannot be read: No such file") as refused:
        call_command("verify_ledger", anchor=tmp_path / "missing.log")
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match="Is a directory"):
        call_command("verify_ledger", anchor=tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"hello\n", "line 1 is none of its lines"),
        (b"hello", "names no seal"),
        (b"", "names no seal"),
        (b"\x00" * 100_000, "line 1 is none of its lines"),
        (b"\xff\xfe\n", "line 1 is none of its lines"),
        (b'{"seal": 1e999, "digest": ""}\n', "line 1 is none of its lines"),
        (b'{"seal": 1000000000000000000000, "digest": ""}\n', "line 1 is none of its lines"),
        (b"[" * 4000 + b"\n", "line 1 is none of its lines"),
    ],
)
def test_what_is_no_copy_of_the_log_is_no_anchor(content: bytes, why: str, tmp_path: Path) -> None:
    """Taken for one, it would prove the ledger against nothing."""
    bad = tmp_path / "bad.log"
    bad.write_bytes(content)
    with pytest.raises(CommandError, match=why) as refused:
        call_command("verify_ledger", anchor=bad)
    assert refused.value.returncode == 1
    assert str(bad) in str(refused.value)


def test_a_line_in_the_middle_that_is_none_is_named(ledger: None, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.log"
    anchor.write_bytes(sealslog.path().read_bytes() + b"{}\n")
    out = StringIO()
    with pytest.raises(CommandError, match="line 3 is none of its lines"):
        call_command("verify_ledger", anchor=anchor, json=True, stdout=out)
    told = json.loads(out.getvalue())
    assert (told["ok"], told["code"]) == (False, "anchor")


def test_a_number_with_line_breaks_stays_on_one_line(ledger: None) -> None:
    book(incoming("A\nB\x1fC"))
    assert verify()[0] == 0
    as_superuser("UPDATE orders_order SET total = 1 WHERE number LIKE 'A%'")
    code, text = verify()
    assert (code, text.count("\n")) == (1, 1)
    assert Seal.objects.count() == 2


def with_events() -> tuple[int, int]:
    """Two events beside TB1, sealed; the id of the first and of its entry."""
    order = Order.objects.select_related("shop").get(number="TB1")
    for text in ("已付款", "已发货"):
        record_event(order=order, kind="shop", source="csv", content={"状态": text}, by=None, now=NOW)
    seal_now(NOW + dt.timedelta(minutes=2))
    entry = Entry.objects.filter(verb="orders.event").earliest("id")
    return OrderEvent.objects.earliest("id").pk, entry.pk


def test_events_that_nobody_touched_are_ok(ledger: None) -> None:
    with_events()
    assert verify()[0] == 0


@pytest.mark.parametrize(
    "change", ["sealed = sealed || '\\x00'", "order_id = (SELECT id FROM orders_order WHERE number = 'TB2')"]
)
def test_a_changed_event_is_named_by_its_order(ledger: None, change: str) -> None:
    event, entry = with_events()
    as_superuser(f"UPDATE orders_orderevent SET {change} WHERE id = {event}")
    said = f"tampered: order TM01/TB1: its event {event} is not what audit entry {entry} says\n"
    assert verify() == (1, said)


def test_a_deleted_event_is_named_by_its_entry(ledger: None) -> None:
    event, entry = with_events()
    as_superuser(f"DELETE FROM orders_orderevent WHERE id = {event}")
    said = f"tampered: order TM01/TB1: an event beside it was deleted, audit entry {entry} still stands\n"
    assert verify() == (1, said)


def test_an_event_put_in_by_hand_has_no_entry(ledger: None) -> None:
    event, _entry = with_events()
    as_superuser(
        "INSERT INTO orders_orderevent (id, order_id, kind, source, recorded_at, fingerprint, sealed)"
        f" SELECT 900, order_id, kind, source, recorded_at, '\\x00', sealed FROM orders_orderevent WHERE id = {event}"
    )
    assert verify() == (1, "tampered: order TM01/TB1: no audit entry made its event 900\n")


@pytest.mark.parametrize(
    "change", ["UPDATE orders_orderevent SET sealed = sealed || '\\x00'", "DELETE FROM orders_orderevent"]
)
def test_what_came_with_an_order_is_held_by_the_order_s_own_entry(change: str) -> None:
    book(incoming("TB9", facts={"备注": "放门口"}))
    seal_now()
    assert verify()[0] == 0
    as_superuser(change)
    status, said = verify()
    assert status == 1
    assert "tampered: order TM01/TB9: the event that came with it is not the one of audit entry" in said
