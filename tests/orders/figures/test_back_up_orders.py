"""C7.4 (weekly) and M5.4 (daily at 18:00): orders are backed up and recorded."""

import datetime as dt
import gzip
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from office import crypto
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, NotFound
from office.notices.models import Notice
from office.rulebook import api as rulebook
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import OrderRecord
from orders.services import record as record_module
from orders.services.booking import book_orders
from orders.services.record import back_up_orders, confirm_record, folder, read_record
from orders.services.shops import get_or_create_shop
from tests.people import person

pytestmark = pytest.mark.django_db

SHANGHAI = dt.timezone(dt.timedelta(hours=8))
#: A Monday.
START = dt.datetime(2026, 11, 16, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, settings: Any) -> None:
    settings.ECDEPT_HOME = tmp_path


def book(*numbers: str, at: dt.datetime) -> None:
    shop = get_or_create_shop(code="TM01", by=None, now=at)
    orders = [
        IncomingOrder(
            number=number,
            lines=(IncomingLine(sku="A-1", title="橡木餐椅", quantity=Decimal(2), amount=Decimal("598.00")),),
            customer=IncomingCustomer(name="王小明", phone="13800001234", address="杭州市西湖区文三路 1 号"),
            total=Decimal("598.00"),
        )
        for number in numbers
    ]
    book_orders(shop=shop, orders=orders, source="manual", by=None, now=at)


def made(now: dt.datetime) -> OrderRecord:
    """The record that is due at `now`."""
    record = back_up_orders(by=None, now=now)
    assert record is not None
    return record


def week_later() -> dt.datetime:
    return START + dt.timedelta(days=8)


@pytest.mark.clause("C7.4")
def test_the_record_holds_every_order_of_the_period_and_no_customer() -> None:
    clerk = person("wu_clerk")
    assert back_up_orders(by=None, now=START) is not None  # the period before, empty
    book("1001", "1002", at=START)
    record = made(week_later())
    rows = list(read_record(record))
    assert [row["number"] for row in rows] == ["1001", "1002"]
    assert rows[0]["lines"] == [["A-1", "橡木餐椅", "2.000", None, "598.00"]]
    assert (record.orders, record.lines, record.clause) == (2, 2, "C7.4")
    assert "王小明" not in str(rows)
    assert "13800001234" not in str(rows)
    assert "橡木餐椅".encode() not in (folder() / record.filename).read_bytes()
    assert Notice.objects.filter(recipient=clerk, kind="orders.record_made", source_id=record.pk).count() == 1


def test_nothing_is_due_twice() -> None:
    assert back_up_orders(by=None, now=START) is not None
    assert back_up_orders(by=None, now=START + dt.timedelta(minutes=5)) is None
    assert OrderRecord.objects.count() == 1


def test_a_missed_run_is_caught_up_and_leaves_no_hole() -> None:
    first = made(START)
    book("1001", at=START)
    third = made(START + dt.timedelta(days=22))
    assert third.period_start == first.period_end
    assert third.orders == 1


def test_an_altered_file_does_not_read() -> None:
    book("1001", at=START)
    record = made(week_later())
    path = folder() / record.filename
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(crypto.Unreadable):
        list(read_record(record))


def test_a_file_cut_short_does_not_read() -> None:
    book("1001", at=START)
    record = made(week_later())
    path = folder() / record.filename
    path.write_bytes(b"")
    with pytest.raises(crypto.Unreadable):
        list(read_record(record))


@pytest.mark.clause("C7.4")
def test_a_clerk_confirms_once_and_it_is_in_the_trail() -> None:
    clerk = person("wu_clerk")
    record = made(START)
    confirm_record(record_id=record.pk, by=clerk, now=START)
    record.refresh_from_db()
    assert (record.confirmed_by, record.confirmed_at) == (clerk, START)
    assert Entry.objects.filter(verb="orders.record_confirmed", actor_id=clerk.pk).count() == 1
    with pytest.raises(Conflict):
        confirm_record(record_id=record.pk, by=clerk, now=START)


def test_only_the_back_office_confirms() -> None:
    record = made(START)
    with pytest.raises(Forbidden):
        confirm_record(record_id=record.pk, by=person("li_lei"), now=START)


def test_a_file_that_does_not_read_back_is_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk took it and gives something else back: refused, and the next run tries again."""
    seal = crypto.seal
    monkeypatch.setattr(crypto, "seal", lambda key, block, aad=b"": seal(key, block[:-1], aad))
    with pytest.raises((OSError, EOFError)):
        back_up_orders(by=None, now=START)
    assert not OrderRecord.objects.exists()


def test_a_file_that_reads_back_as_something_else_is_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    book("L1", at=START - dt.timedelta(days=1))
    read = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda self, size=-1: read(self, size)[1:])
    with pytest.raises(OSError, match="does not read back"):
        back_up_orders(by=None, now=START)
    assert not OrderRecord.objects.exists()


@pytest.mark.clause("C7.4")
def test_a_long_period_is_sealed_in_many_frames_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_module, "FRAME", 64)
    assert back_up_orders(by=None, now=START) is not None
    book(*(f"L{number}" for number in range(20)), at=START)
    assert len(list(read_record(made(week_later())))) == 20


def test_a_record_that_there_is_not_is_confirmed_by_nobody() -> None:
    with pytest.raises(NotFound):
        confirm_record(record_id=10**9, by=person("wu_clerk"), now=START)


@pytest.mark.django_db(transaction=True)
def test_a_run_beside_another_leaves_it_alone() -> None:
    rulebook.activate_book(code="site", starts_at=START, by=None, now=START)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('orders.record'))")
            assert back_up_orders(by=None, now=START) is None
            # A connection that is closed lets go only when its server process has noticed.
            cursor.execute("SELECT pg_advisory_unlock(hashtext('orders.record'))")
    finally:
        other.close()
    assert back_up_orders(by=None, now=START) is not None


def test_a_record_that_ends_with_a_whole_frame_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_module, "FRAME", 4)
    key, held = crypto.new_key(), io.BytesIO()
    sealer = record_module._Sealer(held, key)
    sealer.write(b"12345678")
    written = held.tell()
    sealer.finish()
    assert held.tell() == written
    held.seek(0)
    frames = record_module._Frames(held, key)
    assert [frames.read(8), frames.read(8), frames.read(8)] == [b"1234", b"5678", b""]
