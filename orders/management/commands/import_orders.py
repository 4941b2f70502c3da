"""import_orders FILE --shop CODE: an export of orders into the ledger."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NoReturn

from django.db import DatabaseError, transaction
from django.utils import timezone

from office.errors import Refused
from office.tables.opening import file_source
from office.tables.table import Source, UnusableFile
from office.terminal import TerminalCommand
from orders.intake.formats import FORMATS, LAYOUTS, MENDABLE, format_name
from orders.intake.formats.generic import read_mapping
from orders.intake.reading import Reading, read_file
from orders.models import Batch, Shop
from orders.selectors.intake import reason_text
from orders.selectors.shops import is_known
from orders.services.intake import break_off, counts, run_batch, save_mapping, start_batch
from orders.services.shops import checked_code, get_or_create_shop

SOME_REFUSED, UNUSABLE = 2, 1
ROWS_TOLD = 20
MAPPING_BYTES = 1 << 20


class Command(TerminalCommand):
    help = (
        "Books the orders of an export. Exit code 0: all inserted or duplicate; 2: some rejected or in conflict;"
        " 1: unusable, nothing booked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add(
            "file",
            type=Path,
            metavar="FILE",
            help="CSV, .xlsx, or a .zip of an order list and its detail list",
        )
        # Not `required`: argparse would end with 2, which here means "some rejected".
        add("--shop", default="", metavar="CODE", help="the shop's code; made if new")
        add("--format", default="", metavar="NAME", help=f"{', '.join(FORMATS)}; recognised when left out")
        add("--mapping", type=Path, metavar="FILE", help='TOML: [columns] number = "header" …')
        add("--detail", type=Path, metavar="FILE", help="the detail list of a Taobao order list")
        add("--historical", action="store_true", help="book without starting clocks")
        add("--json", action="store_true", dest="as_json", help="print the result as JSON")

    def unreadable(self, argv: list[str], why: str) -> NoReturn:
        told = f"The call cannot be read: {why}. import_orders FILE --shop CODE; --help lists the options."
        self._unusable(told, "usage", "--json" in argv)

    def handle(self, *args: Any, **options: Any) -> None:
        as_json: bool = options["as_json"]
        if not options["shop"].strip():
            self._unusable("Name the shop: --shop CODE. It is made if it is new.", "no_shop", as_json)
        try:
            batch = self._import(options)
        except (UnusableFile, Refused) as error:
            self._unusable(str(error.message), error.code, as_json)
        if batch.state == Batch.State.FAILED:
            self._unusable(batch.why, batch.error_code, as_json)
        self._tell_refused(batch)
        self._report(batch, as_json)
        if batch.state != Batch.State.DONE:
            self.stderr.write(batch.why)
            sys.exit(SOME_REFUSED)
        if batch.rejected or batch.conflicts:
            sys.exit(SOME_REFUSED)

    def _import(self, options: dict[str, Any]) -> Batch:
        now = timezone.now()
        source = file_source(options["file"])
        detail = file_source(options["detail"]) if options["detail"] else None
        mapping = _mapping(options["mapping"]) if options["mapping"] else None
        wanted = format_name(options["format"])
        code = checked_code(options["shop"])
        # A file that is unusable leaves no new shop behind: it is read whole before the shop is made.
        with _loaded(source, detail, wanted, mapping) if not is_known(code) else nullcontext() as reading:
            with transaction.atomic():
                platform = wanted if wanted in LAYOUTS else Shop.Platform.GENERIC
                shop = get_or_create_shop(code=code, by=None, now=now, platform=platform)
                batch = start_batch(
                    shop=shop,
                    filename=source.name,
                    size=source.size,
                    by=None,
                    now=now,
                    format=wanted,
                    historical=options["historical"],
                    mapping=mapping,
                )
            try:
                batch = run_batch(batch_id=batch.pk, now=now, source=source, detail=detail, reading=reading)
            except (DatabaseError, OSError):
                # What was committed stays booked and counted; the counts are printed.
                return break_off(batch_id=batch.pk, now=timezone.now())
        if mapping and batch.state == Batch.State.DONE:
            save_mapping(shop=shop, mapping=mapping, by=None, now=timezone.now())
        return batch

    def _report(self, batch: Batch, as_json: bool) -> None:
        result = counts(batch)
        if as_json:
            self.stdout.write(
                json.dumps({**result, "batch": batch.pk, "state": batch.state, "format": batch.format})
            )
        else:
            self.stdout.write(", ".join(f"{name} {count}" for name, count in result.items()))

    def _tell_refused(self, batch: Batch) -> None:
        """Where and why, on stderr; not what the row says, which is a customer's."""
        for row in batch.rejected_rows.order_by("pk")[:ROWS_TOLD]:
            place = " · ".join(part for part in (str(row.row), row.column) if part)
            self.stderr.write(f"{place}: {reason_text(row)}")

    def _unusable(self, message: str, code: str, as_json: bool) -> NoReturn:
        if as_json:
            nothing = {"inserted": 0, "duplicates": 0, "rejected": 0, "conflicts": 0}
            self.stdout.write(json.dumps({**nothing, "error": message, "code": code}, ensure_ascii=False))
        self.stderr.write(message)
        if code in MENDABLE:
            self.stderr.write(
                "Say what each column is, once for the shop: on the page Import, or with --mapping FILE"
                " (docs/import.md shows one)."
            )
        sys.exit(UNUSABLE)


def _loaded(source: Source, detail: Source | None, wanted: str, mapping: dict[str, str] | None) -> Reading:
    """The whole file, read as `run_batch` would read it for a new shop. Raises UnusableFile."""
    reading = read_file(
        source, detail=detail, format=wanted if mapping is None else "", mapping=mapping, saved={}
    )
    try:
        reading.load()
    except BaseException:
        reading.close()
        raise
    return reading


def _mapping(path: Path) -> dict[str, str]:
    with file_source(path).open() as held:
        return read_mapping(held.read(MAPPING_BYTES))
