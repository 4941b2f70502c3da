"""Files of punches: taken once, refused rows kept and mended, days marked; the command; the real file."""

from __future__ import annotations

import json
import tracemalloc
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from attendance.models import DeviceUser, Punch, PunchBatch, RejectedPunch, Unsettled
from attendance.services import batches, sources
from attendance.services.rejects import download_rejected
from attendance.services.settling import settle_marked
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.tables.marks import new_mark
from office.tables.table import Source
from tests.attendance.clock import DAY
from tests.attendance.punches.files import attlog, clock, sent, source_of
from tests.attendance.shifts import AFTER, publish
from tests.people import person
from tests.real_data import real

pytestmark = pytest.mark.django_db
TWO = attlog("A001 2026-11-04 08:25:00 0", "A001 2026-11-04 18:31:00 1")


def test_punches_of_a_file_are_taken_and_their_days_marked() -> None:
    li = person("li_lei")
    batch = sent(TWO)
    assert (batch.state, batch.format, batch.counts) == (
        "done",
        "attlog",
        {"inserted": 2, "duplicates": 0, "rejected": 0},
    )
    punch = Punch.objects.order_by("at")[0]
    assert (punch.employee_id, punch.direction, punch.device, punch.via) == (li.pk, "in", "1", "file")
    assert "08:25:00" in punch.raw
    assert list(Unsettled.objects.values_list("employee_id", "day")) == [(li.pk, DAY)]
    assert not batch.blocks.exists()


def test_the_same_punches_again_are_duplicates() -> None:
    person("li_lei")
    sent(TWO)
    assert sent(TWO + TWO).counts == {"inserted": 0, "duplicates": 4, "rejected": 0}
    assert Punch.objects.count() == 2


def test_the_upload_waits_sealed_until_it_is_read() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    person("li_lei")
    batch = batches.start_batch(
        source_id=clock().pk,
        filename="a.dat",
        upload=SimpleUploadedFile("a.dat", TWO),
        by=person("du_hr"),
        now=AFTER,
    )
    assert b"2026" not in b"".join(bytes(block.sealed) for block in batch.blocks.all())
    assert batches.resume_batches(now=AFTER) == 0  # it is young: its message is on the way
    assert batches.resume_batches(now=AFTER + (AFTER - batch.created_at) + timedelta(minutes=5)) == 1
    assert Punch.objects.count() == 2


def test_rows_that_name_nobody_known_are_kept_and_taken_when_somebody_says_who_it_is() -> None:
    li, hr = person("li_lei"), person("du_hr")
    batch = sent(
        attlog("17 2026-11-04 08:25:00 0", "18 2026-11-04 08:26:00 0"), source=clock(own_numbers=False)
    )
    assert batch.counts == {"inserted": 0, "duplicates": 0, "rejected": 2}
    row = RejectedPunch.objects.order_by("pk")[0]
    assert (row.code, row.number, row.cells[0]) == ("unknown_person", "17", "17")
    taken = sources.name_number(source_id=batch.source_id, number="17", employee_id=li.pk, by=hr, now=AFTER)
    batch.refresh_from_db()
    assert (taken, batch.counts) == (1, {"inserted": 1, "duplicates": 0, "rejected": 1})
    assert Punch.objects.get().employee_id == li.pk
    assert Unsettled.objects.filter(employee=li, day=DAY).exists()
    assert sent(attlog("17 2026-11-04 18:25:00 1")).inserted == 1
    sources.free_number(user_id=DeviceUser.objects.get().pk, by=hr, now=AFTER)
    assert sent(attlog("17 2026-11-04 19:25:00 1")).rejected == 1


def test_refused_rows_can_be_downloaded_mended_and_sent_again() -> None:
    person("li_lei")
    batch = sent(attlog("A001 2026-11-04 08:25:00 0") + b"     A001\t2026-11-04 99:31:00\t1\t1\t0\t0\n")
    assert batch.rejected == 1
    told = b"".join(
        download_rejected(batch=batch, mark=new_mark(None, AFTER), by=person("du_hr"), now=AFTER)
    ).decode()
    assert "2026-11-04 99:31:00" in told
    assert "日期时间" in told
    again = sent(told.replace("99:31", "18:31").encode(), "mended.csv")
    assert (again.format, again.counts) == ("generic", {"inserted": 1, "duplicates": 0, "rejected": 0})
    with pytest.raises(Forbidden):
        download_rejected(batch=batch, mark=new_mark(None, AFTER), by=person("li_lei"), now=AFTER)


def test_a_file_that_is_not_recognised_waits_for_its_columns() -> None:
    person("li_lei")
    hr = person("du_hr")
    batch = sent("谁,何时\nA001,2026-11-04 08:21\n".encode(), "x.csv")
    assert (batch.state, batch.error_code, batch.header) == ("failed", "unknown_header", ["谁", "何时"])
    with pytest.raises(Invalid):
        batches.map_batch(batch_id=batch.pk, columns={"number": "谁"}, by=hr, now=AFTER)
    with pytest.raises(Invalid):
        batches.map_batch(batch_id=batch.pk, columns={"number": "谁", "at": "别的"}, by=hr, now=AFTER)
    batches.map_batch(batch_id=batch.pk, columns={"number": "谁", "at": "何时"}, by=hr, now=AFTER)
    assert batches.run_batch(batch_id=batch.pk, now=AFTER).inserted == 1
    assert sent("谁,何时\nA001,2026-11-04 18:21\n".encode(), "y.csv").inserted == 1, "the source remembers"
    with pytest.raises(Conflict):
        batches.map_batch(batch_id=batch.pk, columns={"number": "谁", "at": "何时"}, by=hr, now=AFTER)


def test_a_run_that_broke_off_goes_on_behind_what_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    person("li_lei")
    monkeypatch.setattr(batches, "CHUNK", 1)
    content = attlog(*(f"A001 2026-11-04 08:{minute:02d}:00 0" for minute in range(5)))
    batch = batches.start_batch(source_id=clock().pk, filename="a", size=len(content), by=None, now=AFTER)
    taken = batches._take
    calls: list[int] = []

    def breaks(*args: object) -> None:
        if len(calls) == 2:
            raise OSError("gone")
        calls.append(1)
        taken(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(batches, "_take", breaks)
    with pytest.raises(OSError):
        batches.run_batch(batch_id=batch.pk, now=AFTER, source=source_of(content))
    monkeypatch.setattr(batches, "_take", taken)
    done = batches.run_batch(batch_id=batch.pk, now=AFTER, source=source_of(content))
    assert (done.rows_done, done.counts) == (5, {"inserted": 5, "duplicates": 0, "rejected": 0})


def test_who_may_not_import_is_refused_and_what_cannot_be_said_is_told() -> None:
    source = clock()
    with pytest.raises(Forbidden):
        batches.start_batch(source_id=source.pk, filename="a", by=person("li_lei"), now=AFTER)
    with pytest.raises(Invalid):
        batches.start_batch(source_id=source.pk, filename="a", by=None, format="fax", now=AFTER)
    with pytest.raises(NotFound):
        batches.start_batch(source_id=987_654, filename="a", by=None, now=AFTER)


def test_what_is_refused_is_erased_when_its_time_is_over() -> None:
    batch = sent(attlog("17 2026-11-04 08:25:00 0"))
    assert batches.erase_batches(now=batch.erase_at - timedelta(days=1)) == 0
    assert batches.erase_batches(now=batch.erase_at) == 1
    batch.refresh_from_db()
    assert (RejectedPunch.objects.count(), batch.rejected, batch.erased_at) == (0, 1, batch.erase_at)
    with pytest.raises(Conflict):
        download_rejected(batch=batch, mark=new_mark(None, AFTER), by=person("du_hr"), now=AFTER)


def test_a_punch_of_the_night_marks_the_shift_it_ends() -> None:
    li = person("li_lei")
    publish(li, "L")
    settle_marked(now=AFTER)
    sent(attlog("A001 2026-11-05 00:10:00 1"))
    assert set(Unsettled.objects.values_list("day", flat=True)) == {DAY, DAY.replace(day=5)}


def told_by(*args: str) -> tuple[int, dict[str, object], str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("import_punches", *args, "--json", stdout=out, stderr=err)
        code = 0
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, json.loads(out.getvalue()), err.getvalue()


def test_the_command_takes_the_real_file_within_its_memory() -> None:
    path = real("attlog", "clockwork_1_attlog.dat")
    hr = person("du_hr")
    source = clock("old", own_numbers=False)
    for number, who in ((42, "li_lei"), (11, "han_meimei"), (27, "wu_clerk")):
        sources.name_number(
            source_id=source.pk, number=str(number), employee_id=person(who).pk, by=hr, now=AFTER
        )
    tracemalloc.start()
    code, told, err = told_by(str(path), "--source", "old", "--format", "attlog")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code == 2
    assert (told["inserted"], told["duplicates"]) == (732, 0)
    assert told["inserted"] + told["duplicates"] + told["rejected"] == 11_902  # type: ignore[operator]
    assert err.count("\n") == 20
    assert peak < 100 << 20


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "a.dat"
    file.write_bytes(TWO)
    person("li_lei")
    assert told_by(str(file))[0] == 0
    assert PunchBatch.objects.get().source.code == "file"
    assert told_by(str(tmp_path / "none"))[1]["code"] == "no_file"
    assert told_by(str(file), "--format", "fax")[0] == 1
    (tmp_path / "empty").write_bytes(b"")
    assert told_by(str(tmp_path / "empty"))[1]["code"] == "empty"


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines alone are more than the bound: they are read as they come."""
    from attendance.intake.attlog import read_attlog

    line = attlog("5 2026-11-04 08:25:00")

    class Endless:
        left = 40_000

        def readline(self, most: int = -1) -> bytes:
            self.left -= 1
            return line if self.left > 0 else b""

        def __enter__(self) -> Endless:
            return self

        def __exit__(self, *gone: object) -> None:
            return None

    tracemalloc.start()
    rows = 0
    for _row in read_attlog(Source("x", 1, Endless), AFTER):  # type: ignore[arg-type]
        rows += 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 39_999
    assert peak < 1 << 20
