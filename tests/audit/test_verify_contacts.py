"""verify_ledger finds a contact record that is not what was entered: by it alone the ten minutes were kept (C7.2)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from office.audit import api as audit
from office.audit.models import Entry
from orders.models import ContactRecord
from orders.services.desk import record_contact
from orders.subjects import subject_of
from tests.audit.tamper import NOW, as_superuser, seal_now, verify
from tests.orders.desk.arrange import accepted, on_duty

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("C7.2", "C7.5")]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.ECDEPT_HOME = tmp_path
    as_superuser(
        "TRUNCATE audit_entry, audit_seal, audit_incident RESTART IDENTITY"
    )  # what the template holds
    return tmp_path


def contacts() -> tuple[Entry, Entry]:
    """The entries of an order that was not reached and then reached, with a note; sealed."""
    agent = on_duty("li_lei")
    progress = accepted(agent, number="CT1")
    for minutes, tried in (
        (4, {"outcome": "not_reached", "channel": "phone", "next_try_at": NOW + dt.timedelta(minutes=30)}),
        (8, {"outcome": "reached", "channel": "chat", "confirmed": ["goods", "phone"], "note": "下午送"}),
    ):
        record_contact(order_id=progress.pk, by=agent, now=NOW + dt.timedelta(minutes=minutes), **tried)
    seal_now(NOW + dt.timedelta(minutes=9))
    assert verify()[0] == 0
    first, second = Entry.objects.filter(verb="orders.contact").order_by("id")
    return first, second


@pytest.mark.parametrize(
    "change",
    [
        "at = at - interval '3 minutes'",
        "outcome = 'not_reached', next_try_at = at",
        "channel = 'sms'",
        "amount_confirmed = true",
        "by_id = by_id + 1",
        "sealed_note = NULL",
        "next_try_at = at",
        "order_id = order_id + 1",
    ],
)
def test_a_changed_contact_is_named_by_its_order(change: str) -> None:
    _first, entry = contacts()
    record = ContactRecord.objects.latest("id")
    as_superuser(f"UPDATE orders_contactrecord SET {change} WHERE id = {record.pk}")
    said = (
        f"tampered: order TM01/CT1: its contact record {record.pk} is not what audit entry {entry.pk} says\n"
    )
    assert verify() == (1, said)


def test_a_contact_deleted_or_put_in_is_named_by_its_order() -> None:
    entry, _second = contacts()
    record = ContactRecord.objects.earliest("id")
    as_superuser(
        "INSERT INTO orders_contactrecord (id, order_id, by_id, at, channel, outcome, goods_confirmed,"
        " amount_confirmed, address_confirmed, phone_confirmed)"
        " SELECT 900, order_id, by_id, at, 'sms', 'reached', true, true, true, true"
        f" FROM orders_contactrecord WHERE id = {record.pk}",
        f"DELETE FROM orders_contactrecord WHERE id = {record.pk}",
    )
    assert verify() == (
        1,
        f"tampered: order TM01/CT1: a contact record was deleted, audit entry {entry.pk} still stands\n"
        "tampered: order TM01/CT1: no audit entry made its contact record 900\n",
    )


def test_a_contact_of_an_older_version_needs_an_entry_of_its_order() -> None:
    """Entries that do not name their record: they say the same order, channel and outcome."""
    agent = on_duty("li_lei")
    progress = accepted(agent, number="CT2")
    audit.record(
        "orders.contact",
        subject=subject_of(progress.order),
        by=agent,
        now=NOW,
        data={"channel": "phone", "outcome": "reached", "contact_at": NOW.isoformat(), "confirmed": []},
    )
    as_superuser(
        "INSERT INTO orders_contactrecord (order_id, by_id, at, channel, outcome, goods_confirmed, amount_confirmed,"
        f" address_confirmed, phone_confirmed) VALUES ({progress.pk}, {agent.pk}, now(), 'phone', 'reached', false,"
        " false, false, false)"
    )
    seal_now()
    assert verify()[0] == 0
    as_superuser("UPDATE orders_contactrecord SET channel = 'chat'")
    record = ContactRecord.objects.get()
    assert verify() == (
        1, f"tampered: order TM01/CT2: no audit entry made its contact record {record.pk}\n"
    )  # fmt: skip
