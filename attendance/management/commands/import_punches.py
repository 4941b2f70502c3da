"""import_punches FILE --source CODE: an export of a time clock into the punches."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.utils import timezone

from attendance.intake.reading import FORMATS, format_name
from attendance.models import PunchBatch, PunchSource
from attendance.services.batches import run_batch, start_batch
from attendance.services.rejects import reason_of
from attendance.services.sources import add_source
from office.errors import Refused
from office.tables.opening import file_source
from office.tables.table import UnusableFile
from office.terminal import TerminalCommand

SOME_REFUSED, UNUSABLE = 2, 1
ROWS_TOLD = 20


class Command(TerminalCommand):
    help = "Takes the punches of a file. Exit code 0: all new or known; 2: some refused; 1: unusable, nothing taken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("file", type=Path, metavar="FILE", help="attlog.dat, CSV or .xlsx")
        add(
            "--source",
            default="",
            metavar="CODE",
            help="the source's code, made if new; the format's name when left out",
        )
        add("--format", default="", metavar="NAME", help=f"{', '.join(FORMATS)}; recognised when left out")
        add("--json", action="store_true", dest="as_json", help="print the result as JSON")

    def unreadable(self, argv: list[str], why: str) -> NoReturn:
        told = f"The call cannot be read: {why}. import_punches FILE --source CODE; --help lists the options."
        self._unusable(told, "usage", "--json" in argv)

    def handle(self, *args: Any, **options: Any) -> None:
        as_json: bool = options["as_json"]
        now = timezone.now()
        try:
            file = file_source(options["file"])
            wanted = format_name(options["format"])
            source = _source(options["source"].strip().lower() or wanted or "file", wanted)
            batch = start_batch(
                source_id=source.pk, filename=file.name, size=file.size, format=wanted, by=None, now=now
            )
            batch = run_batch(batch_id=batch.pk, now=now, source=file)
        except (UnusableFile, Refused) as error:
            self._unusable(str(error.message), error.code, as_json)
        if batch.state == PunchBatch.State.FAILED:
            self._unusable(batch.why, batch.error_code, as_json)
        for row in batch.refused.order_by("pk")[:ROWS_TOLD]:
            place = " · ".join(part for part in (str(row.row), row.column, row.number) if part)
            self.stderr.write(f"{place}: {reason_of(row)}")
        result = batch.counts
        if as_json:
            self.stdout.write(
                json.dumps({**result, "batch": batch.pk, "state": batch.state, "format": batch.format})
            )
        else:
            self.stdout.write(", ".join(f"{name} {count}" for name, count in result.items()))
        if batch.rejected:
            sys.exit(SOME_REFUSED)

    def _unusable(self, message: str, code: str, as_json: bool) -> NoReturn:
        if as_json:
            nothing = {"inserted": 0, "duplicates": 0, "rejected": 0}
            self.stdout.write(json.dumps({**nothing, "error": message, "code": code}, ensure_ascii=False))
        self.stderr.write(message)
        sys.exit(UNUSABLE)


def _source(code: str, wanted: str) -> PunchSource:
    """The source, made when it is new."""
    known = PunchSource.objects.filter(code=code).first()
    if known is not None:
        return known
    format = wanted or PunchSource.Format.GENERIC
    return add_source(code=code, name=code, format=format, own_numbers=True, by=None, now=timezone.now())
