"""Batches: sealed while they wait, resumed after a kill with exact counts, mapped, mended, erased."""

from __future__ import annotations

import datetime as dt
import io
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from kombu.exceptions import OperationalError

from office import crypto
from office.audit.models import Entry
from office.errors import Conflict, Invalid, NotFound
from office.staff.models import Employee
from office.tables.marks import new_mark
from office.tables.table import UnusableFile
from orders.models import Batch, Order, RejectedRow
from orders.selectors.intake import mapping_proposal, refused_page
from orders.services import intake
from orders.services.booking import book_orders
from orders.services.intake import batches, rejects, running, uploads
from orders.services.shops import get_or_create_shop
from orders.tasks.intake import run_batch
from tests.orders.intake.files import TAOBAO, TAOBAO_DETAIL, read
from tests.people import person
from tests.tables.files import csv_bytes

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 10, 30, tzinfo=dt.UTC)
HEADER = ["number", "customer", "phone", "line_title", "line_quantity"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Any:
    with override_settings(ECDEPT_HOME=tmp_path):
        yield tmp_path


@pytest.fixture
def clerk() -> Employee:
    return person("wu_clerk")


def sealed(content: bytes, name: str = "orders.csv") -> uploads.SealedUpload:
    handler = uploads.SealingUploadHandler()
    handler.new_file("file", name, "text/csv", len(content))
    stream = io.BytesIO(content)
    while piece := stream.read(handler.chunk_size // 3):
        handler.receive_data_chunk(piece, 0)
    upload = handler.file_complete(len(content))
    assert upload is not None
    return upload


def started(content: bytes, by: Employee | None = None, **choices: Any) -> Batch:
    shop = get_or_create_shop(code="TM01", by=None, now=NOW)
    return intake.start_batch(
        shop=shop, filename="orders.csv", by=by, now=NOW, upload=sealed(content), **choices
    )


def orders_file(count: int, *extra: list[str]) -> bytes:
    return csv_bytes([HEADER, *[[f"N{n}", "王小明", "", f"锅{n}", "1"] for n in range(count)], *extra])


def test_an_upload_waits_sealed_and_is_gone_when_it_was_read(clerk: Employee, home: Path) -> None:
    content = orders_file(3)
    batch = started(content, by=clerk)
    [held] = (home / "uploads").iterdir()
    assert held.stat().st_mode & 0o077 == 0
    assert "王小明".encode() not in held.read_bytes()
    batch = intake.run_batch(batch_id=batch.pk, now=NOW)
    assert (batch.state, batch.progress, batch.inserted) == ("done", 100, 3)
    uploads.remove(held.name)  # on commit, which a test transaction does not reach
    assert Entry.objects.filter(verb="orders.batch_done", subject_id=str(batch.pk)).count() == 1


def test_a_sealed_upload_can_be_read_from_any_place_and_not_be_tampered_with(home: Path) -> None:
    content = bytes(range(256)) * 20_000
    upload = sealed(content)
    source = uploads.stored_source(upload.key, upload.stored_as, name="x", size=len(content))
    with source.open() as stream:
        assert stream.read() == content
        stream.seek(uploads.BLOCK - 5)
        assert stream.read(10) == content[uploads.BLOCK - 5 : uploads.BLOCK + 5]
        stream.seek(-3, io.SEEK_END)
        assert stream.read(10) == content[-3:]
    path = home / "uploads" / upload.stored_as
    blob = bytearray(path.read_bytes())
    blob[uploads.BLOCK + 100] ^= 1
    path.write_bytes(blob)
    with pytest.raises(UnusableFile), source.open() as stream:
        stream.read()
    path.write_bytes(blob[:-1])
    with pytest.raises(UnusableFile):
        uploads.stored_source(upload.key, upload.stored_as, name="x", size=len(content))


def test_a_run_that_was_killed_goes_on_behind_what_it_committed(
    clerk: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK_ORDERS", 2)
    batch = started(orders_file(7, ["bad", "", "", "x", "none"]), by=clerk)
    booked = book_orders
    calls = 0

    def killed(**arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return booked(**arguments)

    monkeypatch.setattr(running, "book_orders", killed)
    with pytest.raises(KeyboardInterrupt):
        intake.run_batch(batch_id=batch.pk, now=NOW)
    batch.refresh_from_db()
    assert (batch.state, batch.inserted, batch.orders_done) == ("running", 4, 4)

    assert intake.resume_batches(now=NOW) == [batch.pk]
    batch = intake.run_batch(batch_id=batch.pk, now=NOW)
    assert (batch.state, batch.inserted, batch.duplicates, batch.rejected) == ("done", 7, 0, 1)
    assert Order.objects.count() == 7
    assert RejectedRow.objects.count() == 1
    again = intake.run_batch(batch_id=batch.pk, now=NOW)
    assert again.inserted == 7


def test_a_batch_that_another_process_runs_is_left_to_it() -> None:
    batch = started(orders_file(1))
    with closing(connection.copy()) as elsewhere:
        elsewhere.cursor().execute(
            "SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"orders.batch {batch.pk}"]
        )
        with pytest.raises(intake.Busy):
            intake.run_batch(batch_id=batch.pk, now=NOW)
        run_batch(batch.pk)  # the task: a second message has no effect
        assert intake.resume_batches(now=NOW + dt.timedelta(minutes=1)) == []
        elsewhere.cursor().execute("SELECT pg_advisory_unlock_all()")
    assert intake.run_batch(batch_id=batch.pk, now=NOW).inserted == 1


def test_a_batch_whose_message_was_lost_is_sent_again_and_a_fresh_one_is_left_alone() -> None:
    batch = started(orders_file(1))
    assert intake.resume_batches(now=NOW) == []
    assert intake.resume_batches(now=NOW + dt.timedelta(minutes=1)) == [batch.pk]


def test_a_batch_that_dies_again_and_again_is_given_up_until_a_person_asks(clerk: Employee) -> None:
    batch = started(orders_file(1), by=clerk)
    Batch.objects.filter(pk=batch.pk).update(state="running", attempts=running.ATTEMPTS)
    assert intake.resume_batches(now=NOW) == []
    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == ("broken", "broken_off")
    intake.retry_batch(batch_id=batch.pk, by=clerk, now=NOW)
    assert intake.run_batch(batch_id=batch.pk, now=NOW).inserted == 1
    with pytest.raises(Conflict):
        intake.retry_batch(batch_id=batch.pk, by=clerk, now=NOW)


def test_a_command_that_died_is_broken_off_with_its_counts() -> None:
    shop = get_or_create_shop(code="TM01", by=None, now=NOW)
    batch = intake.start_batch(shop=shop, filename="x.csv", by=None, now=NOW, size=5)
    Batch.objects.filter(pk=batch.pk).update(state="running", inserted=2000, orders_done=2000)
    intake.resume_batches(now=NOW + dt.timedelta(minutes=1))
    batch.refresh_from_db()
    assert (batch.state, batch.inserted) == ("broken", 2000)
    with pytest.raises(Conflict):
        intake.retry_batch(batch_id=batch.pk, by=None, now=NOW)


def test_uploads_without_a_batch_are_swept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orphan = sealed(b"x")
    batch = started(orders_file(1))
    monkeypatch.setattr(uploads, "age", lambda name, now: 7200.0)
    intake.resume_batches(now=NOW)
    assert [path.name for path in (home / "uploads").iterdir()] == [batch.stored_as]
    assert orphan.stored_as != batch.stored_as


def test_an_unrecognised_file_waits_until_its_columns_are_named(clerk: Employee) -> None:
    content = csv_bytes([["单据", "东西", "几个", "备注"], ["7", "锅", "2", "轻放"]], encoding="gb18030")
    batch = intake.run_batch(batch_id=started(content, by=clerk).pk, now=NOW)
    assert (batch.state, batch.error_code, batch.header) == (
        "failed",
        "unknown_header",
        ["单据", "东西", "几个", "备注"],
    )
    assert [row.header for row in mapping_proposal(batch)] == batch.header
    columns = {"number": "单据", "line_title": "东西", "line_quantity": "几个"}
    for wrong in ({"number": "单据"}, {**columns, "total": "没有"}, {**columns, "colour": "备注"}):
        with pytest.raises(Invalid):
            intake.map_batch(batch_id=batch.pk, columns=wrong, by=clerk, now=NOW)
    intake.map_batch(batch_id=batch.pk, columns=columns, by=clerk, now=NOW)
    batch = intake.run_batch(batch_id=batch.pk, now=NOW)
    assert (batch.state, batch.inserted, batch.shop.mapping) == ("done", 1, columns)
    with pytest.raises(Conflict):
        intake.map_batch(batch_id=batch.pk, columns=columns, by=clerk, now=NOW)
    # The next file of the shop needs no answer.
    assert intake.run_batch(batch_id=started(content).pk, now=NOW).duplicates == 1


def test_refused_rows_are_sealed_and_can_be_downloaded_mended_and_sent_again(clerk: Employee) -> None:
    evil = ["E1", "=HYPERLINK(1)", "'13800000001", "锅", "很多"]
    batch = intake.run_batch(batch_id=started(orders_file(1, evil), by=clerk).pk, now=NOW)
    row = RejectedRow.objects.get()
    assert b"HYPERLINK" not in bytes(row.sealed)
    text = "".join(intake.download_rejected(batch=batch, mark=new_mark(None, NOW), by=clerk, now=NOW))
    assert Entry.objects.filter(verb="orders.rejected_downloaded").count() == 1
    assert "'=HYPERLINK(1)" in text
    assert "line_quantity" in text
    mended = text.replace("很多", "3").encode()
    again = intake.run_batch(batch_id=started(mended, by=clerk, mends_id=batch.pk).pk, now=NOW)
    assert (again.inserted, again.rejected) == (1, 0)
    [order], _bad = read(mended)
    assert (order.customer.name, order.customer.phone, order.facts) == ("=HYPERLINK(1)", "13800000001", {})


def test_erasing_a_batch_forgets_its_rows_and_keeps_its_counts(clerk: Employee) -> None:
    batch = intake.run_batch(batch_id=started(orders_file(1, ["E", "", "", "", ""]), by=clerk).pk, now=NOW)
    assert batch.erase_at == NOW + dt.timedelta(days=90)
    [row], more = refused_page(batch)
    assert more is None
    assert row.cells
    intake.erase_batch(batch=batch, now=NOW + dt.timedelta(days=90))
    batch.refresh_from_db()
    assert (batch.rejected, batch.wrapped_key) == (1, None)
    [row], _more = refused_page(batch)
    assert row.cells is None
    assert row.reason
    with pytest.raises(Conflict):
        intake.download_rejected(batch=batch, mark=new_mark(None, NOW), by=clerk, now=NOW)


def test_an_upload_that_lost_its_key_is_unusable_and_nothing_is_booked() -> None:
    batch = started(orders_file(1))
    uploads.remove(batch.stored_as)
    batch = intake.run_batch(batch_id=batch.pk, now=NOW)
    assert (batch.state, batch.error_code) == ("failed", "upload_gone")


def test_a_refused_start_leaves_no_file_behind(home: Path) -> None:
    with pytest.raises(Invalid):
        started(orders_file(1), format="nonsense")
    with pytest.raises(Invalid):
        started(b"")
    assert not list((home / "uploads").iterdir())


def test_the_batch_key_opens_only_its_own_rows(clerk: Employee) -> None:
    content = orders_file(0, ["E", "", "", "", ""])
    first = intake.run_batch(batch_id=started(content, by=clerk).pk, now=NOW)
    second = intake.run_batch(batch_id=started(content, by=clerk).pk, now=NOW)
    RejectedRow.objects.filter(batch=second).update(batch=first)
    with pytest.raises(crypto.Unreadable):
        refused_page(first)
    assert batches.batch_key(first) != batches.batch_key(second)


def test_a_plain_uploaded_file_is_not_taken_for_a_sealed_one() -> None:
    assert not isinstance(SimpleUploadedFile("x.csv", b"1"), uploads.SealedUpload)


def test_what_was_erased_is_not_downloaded_and_is_erased_once(clerk: Employee) -> None:
    batch = started(orders_file(1), by=clerk)
    batches.erase_batch(batch=batch, now=NOW)
    batches.erase_batch(batch=batch, now=NOW)
    batch.refresh_from_db()
    assert (batch.state, Entry.objects.filter(verb="orders.batch_erased").count()) == ("broken", 1)
    with pytest.raises(Conflict) as refused:
        list(intake.download_rejected(batch=batch, mark=new_mark(None, NOW), by=clerk, now=NOW))
    assert refused.value.code == "batch_erased"


def test_a_book_without_a_retention_of_its_own_keeps_refused_rows_for_ninety_days(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("office.rulebook.api.book", lambda _at: SimpleNamespace(rules={}))
    assert batches.raw_days(NOW) == 90


def test_the_same_mapping_again_is_not_an_act() -> None:
    shop = get_or_create_shop(code="TM01", by=None, now=NOW)
    for _time in range(2):
        intake.save_mapping(shop=shop, mapping={"number": "单号"}, by=None, now=NOW)
    assert Entry.objects.filter(verb="orders.mapping_saved").count() == 1


def test_a_broker_that_is_down_refuses_no_upload(
    clerk: Employee, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    tried: list[str] = []

    def down(name: str, **_arguments: Any) -> None:
        tried.append(name)
        raise OperationalError("no broker")

    monkeypatch.setattr(current_app, "send_task", down)
    with django_capture_on_commit_callbacks(execute=True):
        batch = started(orders_file(1), by=clerk)
    assert tried == ["orders.run_batch"]
    assert intake.resume_batches(now=NOW + dt.timedelta(minutes=1)) == [batch.pk]


def test_many_refused_rows_are_downloaded_in_pieces(clerk: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejects, "CHUNK", 100)
    batch = started(csv_bytes([HEADER, *[[f"N{n}", "王", "", "锅", "许多"] for n in range(9)]]), by=clerk)
    batch = intake.run_batch(batch_id=batch.pk, now=NOW)
    pieces = list(intake.download_rejected(batch=batch, mark=new_mark(None, NOW), by=clerk, now=NOW))
    assert len(pieces) > 2
    assert [f"N{n}," in "".join(pieces) for n in range(9)] == [True] * 9


def test_a_command_that_cannot_go_on_is_broken_off_and_a_finished_batch_is_not(clerk: Employee) -> None:
    batch = started(orders_file(1), by=clerk)
    assert intake.break_off(batch_id=batch.pk, now=NOW).state == "broken"
    done = started(orders_file(2), by=clerk)
    intake.run_batch(batch_id=done.pk, now=NOW)
    assert intake.break_off(batch_id=done.pk, now=NOW).state == "done"


def test_a_batch_that_was_finished_while_the_sweep_looked_is_left_alone(
    clerk: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = started(orders_file(1), by=clerk)

    def finished_meanwhile(batch_id: int) -> Batch:
        Batch.objects.filter(pk=batch_id).update(state=Batch.State.DONE)
        return batches.locked_batch(batch_id)

    monkeypatch.setattr(running, "locked_batch", finished_meanwhile)
    assert intake.resume_batches(now=NOW + dt.timedelta(minutes=1)) == []
    batch.refresh_from_db()
    assert batch.state == "done"


def test_an_upload_that_breaks_off_leaves_nothing_on_disk(home: Path) -> None:
    handler = uploads.SealingUploadHandler()
    assert handler.file_complete(0) is None, "no file was begun"
    handler.receive_data_chunk(b"before any file", 0)
    handler.upload_interrupted()
    handler.new_file("file", "orders.csv", "text/csv", 10)
    handler.receive_data_chunk(b"half of it", 0)
    handler.upload_interrupted()
    assert uploads.stored_names() == []
    assert uploads.age("gone.sealed", 0.0) == 0.0


def test_a_list_and_its_detail_list_are_read_from_their_uploads(clerk: Employee) -> None:
    """Both came with one request, and so lie under one key."""
    values = {"订单编号": "T-1", "收货人姓名": "王小明", "总金额": "10.00", "宝贝总数量": "1"}
    lines = {"订单编号": "T-1", "标题": "锅", "购买数量": "1", "价格": "10.00", "商家编码": "SKU-1"}
    handler = uploads.SealingUploadHandler()
    held = []
    for field, header, row in (("file", TAOBAO, values), ("detail", TAOBAO_DETAIL, lines)):
        content = csv_bytes([header, [row.get(name, "") for name in header]])
        handler.new_file(field, f"{field}.csv", "text/csv", len(content))
        handler.receive_data_chunk(content, 0)
        held.append(handler.file_complete(len(content)))
    shop = get_or_create_shop(code="TM01", by=None, now=NOW)
    batch = intake.start_batch(
        shop=shop, filename="list.csv", by=clerk, now=NOW, upload=held[0], detail=held[1]
    )
    batch = intake.run_batch(batch_id=batch.pk, now=NOW)
    assert (batch.state, batch.format, batch.inserted) == ("done", "taobao", 1), batch.why
    assert Order.objects.get().lines.get().sku == "SKU-1"


def test_an_import_that_there_is_not_has_no_columns() -> None:
    with pytest.raises(NotFound):
        intake.map_batch(batch_id=10**9, columns={"number": "a"}, by=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_runner_whose_connection_is_gone_has_no_lock_to_give_back() -> None:
    with running._only_runner(10**9):
        connection.close()
    with running._only_runner(10**9):
        pass
