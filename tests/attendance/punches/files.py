"""Files of punches and sources, for tests."""

from __future__ import annotations

import io
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from attendance.intake.reading import open_punches
from attendance.intake.rows import BadRow, PunchRow
from attendance.models import PunchBatch, PunchSource
from attendance.services.batches import run_batch, start_batch
from attendance.services.sources import add_source
from office.tables.table import Source
from tests.attendance.shifts import AFTER
from tests.people import person


def source_of(content: bytes, name: str = "attlog.dat") -> Source:
    return Source(name, len(content), lambda: io.BytesIO(content))


def read(content: bytes, now: datetime = AFTER, **more: str) -> list[PunchRow | BadRow]:
    return list(open_punches(source_of(content), **more).rows(now))  # type: ignore[arg-type]


def clock(code: str = "door", format: str = "attlog", *, own_numbers: bool = True) -> PunchSource:
    known = PunchSource.objects.filter(code=code).first()
    return known or add_source(
        code=code, name="前台考勤机", format=format, own_numbers=own_numbers, by=person("du_hr"), now=AFTER
    )


def sent(content: bytes, name: str = "attlog.dat", *, source: PunchSource | None = None) -> PunchBatch:
    """The file as HR sends it, read by the worker."""
    batch = start_batch(
        source_id=(source or clock()).pk,
        filename=name,
        upload=SimpleUploadedFile(name, content),
        by=person("du_hr"),
        now=AFTER,
    )
    return run_batch(batch_id=batch.pk, now=AFTER)


def attlog(*lines: str) -> bytes:
    """Lines "A001 2026-11-04 08:25:00 0"."""
    found = []
    for line in lines:
        user, day, clock_time, *state = line.split(" ")
        found.append(f"{user:>9}\t{day} {clock_time}\t1\t{(state or ['0'])[0]}\t0\t0")
    return ("\n".join(found) + "\n").encode()
