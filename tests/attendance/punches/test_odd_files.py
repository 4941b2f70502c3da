"""Imports and sources at their edges: two workers at once, a file that is gone, larger than a block, a broker that is
down, and each refusal."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from kombu.exceptions import OperationalError

from attendance.models import Punch, PunchBatch, RejectedPunch, UploadBlock
from attendance.selectors.sources import live_secrets
from attendance.services import batches, pushing, rejects, sources
from office.errors import Invalid, NotFound
from tests.attendance.punches.files import attlog, clock, sent
from tests.attendance.shifts import AFTER
from tests.orders.intake.test_xlsx_reading import bomb
from tests.people import person, signed_in
from tests.tables.files import zip_bytes

pytestmark = pytest.mark.django_db
TWO = attlog("A001 2026-11-04 08:25:00 0", "A001 2026-11-04 18:40:00 1")
LATER = AFTER + timedelta(hours=1)


def started(content: bytes = TWO, format: str = "") -> PunchBatch:
    return batches.start_batch(
        source_id=clock().pk,
        filename="a.dat",
        upload=SimpleUploadedFile("a.dat", content),
        by=person("du_hr"),
        now=AFTER,
        format=format,
    )


@contextmanager
def another_worker(batch: PunchBatch) -> Iterator[None]:
    """Somebody else's session that reads the batch."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"attendance.batch {batch.pk}"]
            )
        yield
        with other.cursor() as cursor:  # closing says goodbye and does not wait until the server has let go
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()


def test_a_batch_is_read_by_one_worker_at_a_time() -> None:
    person("li_lei")
    batch = started()
    with another_worker(batch):
        with pytest.raises(batches.Busy):
            batches.run_batch(batch_id=batch.pk, now=AFTER)
        assert batches.resume_batches(now=LATER) == 0
    assert batches.resume_batches(now=LATER) == 1
    assert Punch.objects.count() == 2


def test_a_finished_batch_is_not_read_again() -> None:
    person("li_lei")
    batch = sent(TWO)
    again = batches.run_batch(batch_id=batch.pk, now=LATER)
    assert (again.state, again.counts) == ("done", {"inserted": 2, "duplicates": 0, "rejected": 0})


def test_an_upload_is_kept_in_blocks_and_read_across_them(monkeypatch: pytest.MonkeyPatch) -> None:
    person("li_lei")
    monkeypatch.setattr(batches, "BLOCK", 16)
    whole = TWO + b"\n" * (-len(TWO) % 16)
    batch = started(whole)
    assert batch.blocks.count() == len(whole) // 16
    batches.run_batch(batch_id=batch.pk, now=AFTER)
    assert Punch.objects.count() == 2


def test_an_upload_that_is_gone_fails_its_batch() -> None:
    batch = started()
    batch.blocks.all().delete()
    failed = batches.run_batch(batch_id=batch.pk, now=AFTER)
    assert (failed.state, failed.error_code) == ("failed", "upload_gone")


def test_a_connection_that_broke_off_keeps_no_lock_to_give_back(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = sent(TWO)
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    assert batches.run_batch(batch_id=batch.pk, now=LATER).state == "done"
    monkeypatch.undo()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def test_what_cannot_be_read_at_all_is_refused_at_once() -> None:
    for content, code in (
        (b"", "empty"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"PK\x03\x04 cut off", "broken"),
    ):
        with pytest.raises(Invalid) as refused:
            started(content)
        assert refused.value.code == code
    assert not PunchBatch.objects.exists()
    with pytest.raises(Invalid) as refused:
        started(TWO, format="fax")
    assert refused.value.code == "format"


def test_a_file_that_is_said_to_be_of_a_clock_and_is_not_is_refused_at_once() -> None:
    for content, code in ((b"", "empty"), (b"number,at\nA001,2026-11-04 08:25\n", "no_attlog")):
        with pytest.raises(Invalid) as refused:
            started(content, format="attlog")
        assert refused.value.code == code
    assert started(TWO, format="attlog").state == "queued"


def test_a_first_look_takes_what_a_clock_has_garbled() -> None:
    """Bytes that are no text cost a line of attlog.dat, and never the file."""
    person("li_lei")
    assert sent(TWO + b"\xff\xfe\x80\x00\n").counts["inserted"] == 2


LINE = "工号,时间\nA001,2026-11-04 08:25\n".encode()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("punches.xlsx", bomb("xl/worksheets/sheet1.xml", 64), "far more than an export can hold"),
        ("punches.csv", LINE + b"A001,\x80\xff\xff\n", "neither UTF-8 nor GB18030"),
        ("punches.csv", b"\x89PNG\r\n\x1a\n", "not a table"),
        ("punches.xlsx", b"PK\x03\x04 cut off", "cannot be unpacked"),
        ("punches.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "old .xls workbook"),
        ("punches.7z", b"7z\xbc\xaf\x27\x1c", "packed file"),
        ("letter.docx", zip_bytes({"[Content_Types].xml": b"", "word/document.xml": b""}), "not an Excel workbook"),
        ("punches.zip", zip_bytes({"readme.md": b""}), "must hold one table"),
        ("punches.csv", b"", "empty"),
    ],
    ids=["a bomb", "no text", "a picture", "cut off", "old", "packed", "a letter", "no table in it", "empty"],
)  # fmt: skip
def test_the_page_refuses_at_once_what_a_first_look_shows_and_keeps_what_was_chosen(
    name: str, content: bytes, told: str
) -> None:
    source, client = clock(), signed_in("du_hr")
    mended = sent(attlog("17 2026-11-04 08:25:00 0"), source=source)
    client.cookies["django_language"] = "en"
    answer = client.post(
        "/attendance/punches/",
        {"source": source.pk, "file": SimpleUploadedFile(name, content), "mends": mended.pk},
    )
    page = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert told in page
    assert f'<option value="{source.pk}" selected>' in page
    assert f'name="mends" value="{mended.pk}"' in page
    assert PunchBatch.objects.count() == 1
    assert not UploadBlock.objects.exists()


def test_columns_that_nobody_knows_are_no_reason_to_refuse_at_once() -> None:
    source = clock()
    answer = signed_in("du_hr").post(
        "/attendance/punches/",
        {
            "source": source.pk,
            "file": SimpleUploadedFile("x.csv", "谁,何时\nA001,2026-11-04 08:21\n".encode()),
        },
    )
    assert answer.status_code == 302
    assert PunchBatch.objects.get().state == "queued"
    with pytest.raises(NotFound):
        batches.map_batch(batch_id=987654, columns={"number": "a", "at": "b"}, by=person("du_hr"), now=AFTER)


@pytest.mark.parametrize("broken", [None, OperationalError("down"), OSError("down")])
def test_a_broker_that_is_down_refuses_nothing(
    broken: Exception | None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    asked: list[tuple[str, list[int]]] = []

    def send_task(name: str, *, args: list[int], retry: bool) -> None:
        asked.append((name, args))
        if broken is not None:
            raise broken

    monkeypatch.setattr("attendance.services.queue.current_app.send_task", send_task)
    with django_capture_on_commit_callbacks(execute=True):
        batch = started()
    assert asked == [("attendance.run_batch", [batch.pk])]
    assert PunchBatch.objects.get().state == "queued", "the sweep finds it"


def test_another_fault_of_the_database_is_no_repeated_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> int:
        raise IntegrityError("another constraint")

    monkeypatch.setattr(pushing, "write_punches", fail)
    raw = b'{"punches": [{"user": "A001", "at": "2026-11-04 08:25:00"}]}'
    with pytest.raises(IntegrityError):
        pushing.receive(source=clock(), message_id="m1", raw=raw, now=AFTER)
    assert not PunchBatch.objects.exists()


def test_a_reason_whose_words_lack_a_part_is_told_all_the_same() -> None:
    row = RejectedPunch(message="At most %(n)d characters.", params={})
    assert "%(n)d" in rejects.reason_of(row)


@pytest.mark.parametrize(
    ("given", "path"), [({"format": "fax"}, "format"), ({"code": "!"}, "code"), ({"name": " "}, "name")]
)
def test_a_source_that_cannot_be(given: dict[str, str], path: str) -> None:
    whole = {"code": "gate", "name": "后门", "format": "attlog", **given}
    with pytest.raises(Invalid) as refused:
        sources.add_source(**whole, own_numbers=True, by=person("du_hr"), now=AFTER)
    assert refused.value.errors[0]["path"] == path


def test_columns_that_were_named_can_be_forgotten() -> None:
    source = clock()
    type(source).objects.filter(pk=source.pk).update(mapping={"number": "谁", "at": "何时"})
    changed = sources.change_source(
        source_id=source.pk, name="前台", own_numbers=True, active=True, forget_mapping=True, by=person("du_hr"),
        now=AFTER,
    )  # fmt: skip
    assert changed.mapping == {}


def test_a_number_needs_a_source_a_text_and_a_person() -> None:
    hr, li_lei = person("du_hr"), person("li_lei")

    def name(number: str = "7", source_id: int = clock().pk, employee_id: int = li_lei.pk) -> None:
        sources.name_number(source_id=source_id, number=number, employee_id=employee_id, by=hr, now=AFTER)

    for number in ("", "x" * 61, "a\x00b"):
        with pytest.raises(Invalid):
            name(number)
    with pytest.raises(Invalid):
        name(employee_id=987654)
    with pytest.raises(NotFound):
        name(source_id=987654)
    with pytest.raises(NotFound):
        sources.free_number(user_id=987654, by=hr, now=AFTER)


def test_a_rotation_seals_the_secrets_of_sources_anew(settings: Any) -> None:
    secrets = {}
    for code in ("door", "gate"):
        source = clock(code)
        secrets[code] = sources.renew_secret(source_id=source.pk, by=person("du_hr"), now=AFTER)
    settings.ECDEPT_KEYS = f"new:{base64.b64encode(b'n' * 32).decode()},{settings.ECDEPT_KEYS}"
    assert [sources.reseal_secrets(1), sources.reseal_secrets(5), sources.reseal_secrets(5)] == [1, 1, 0]
    for code, secret in secrets.items():
        source = clock(code)
        source.refresh_from_db()
        assert live_secrets(source, AFTER) == (secret,)
