"""The backup of orders that people can read: a sheet, the lines behind it, the seals that prove them, by period (C7.4,
M5.4). Its customers stay sealed under their own keys, so a customer who is forgotten is forgotten here too; the file as
a whole is sealed to the backup key like any other, because what was bought, when and for how much is nobody's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from backups import container, hooks
from backups.errors import Failed
from backups.models import BackupRun
from office.audit import sealslog
from office.audit.models import Seal
from office.errors import Conflict
from office.tables.writing import workbook

KIND = "orders"
#: Rows of one sheet; a spreadsheet program has 1,048,576.
_SHEET = 1_000_000


def _periods(since: datetime | None) -> Sequence[hooks.Period]:
    found = hooks.orders()
    return found.since(since) if found is not None else []


def due(*, now: datetime) -> list[BackupRun]:
    """A run for each record of orders that has been made since the last one backed up."""
    of_orders = BackupRun.objects.filter(kind=BackupRun.Kind.ORDERS)
    last = of_orders.exclude(due_at=None).order_by("-due_at").values_list("due_at", flat=True).first()
    runs = []
    for period in _periods(last)[-1:] if last is None else _periods(last):
        run = BackupRun(
            kind=BackupRun.Kind.ORDERS,
            cause=BackupRun.Cause.SCHEDULE,
            clause=period.clause,
            asked_at=now,
            next_at=now,
        )
        _of(run, period)
        runs.append(run)
    return runs


def fill_in(run: BackupRun) -> None:
    """A run that was asked for takes the newest record of orders. Conflict when there is none."""
    found = _periods(None)
    if not found:
        raise Conflict(
            _("There is no record of orders yet; the schedule makes the first one."), code="no_record"
        )
    _of(run, found[-1])


def _of(run: BackupRun, period: hooks.Period) -> None:
    run.ref, run.due_at, run.period_start = period.ref, period.end, period.start


def id_of(run: BackupRun) -> str:
    """Of the file that this attempt writes."""
    return f"orders-{run.pk}-{run.attempts}"


def write(run: BackupRun, *, folder: Path, to: list[container.Recipient], now: datetime) -> container.Written:
    """One file with orders.xlsx, orders.jsonl and seals.jsonl of the run's period. Failed, OSError."""
    provider = hooks.orders()
    if provider is None or run.ref is None or run.due_at is None or run.period_start is None:
        raise Failed("There is no record of orders yet; the schedule makes the first one.", code="no_record")
    ref, start, end = run.ref, run.period_start, run.due_at
    counted = {"orders": 0}

    def lines() -> Iterator[bytes]:
        for row in provider.rows(ref):
            counted["orders"] += 1
            yield (json.dumps(row, ensure_ascii=False) + "\n").encode()

    def sheet() -> Iterator[bytes]:
        rows = (provider.sheet(row) for row in provider.rows(ref))
        head = provider.head()
        with workbook(_sheets(head, rows)) as file:
            while piece := file.read(1 << 18):
                yield piece

    def parts() -> Iterator[tuple[str, Iterator[bytes]]]:
        yield "orders.jsonl", lines()
        yield "orders.xlsx", sheet()
        yield "seals.jsonl", _seals(start, now)

    return container.write(
        folder / f"orders-{end:%Y%m%dT%H%M%S}-{run.pk}-{run.attempts}{container.SUFFIX}",
        backup_id=id_of(run),
        kind=KIND,
        made_at=end.isoformat(),
        to=to,
        parts=parts(),
        manifest=lambda: {
            "clause": run.clause,
            "period": [start.isoformat(), end.isoformat()],
            "counts": dict(counted),
        },
    )


def _sheets(head: Sequence[object], rows: Iterator[Sequence[object]]) -> Iterator[tuple[str, Any]]:
    number = 1
    first = next(rows, None)
    while first is not None or number == 1:
        some = islice(rows, _SHEET - 1)
        yield f"{_('Orders')} {number}", chain([list(head)], [first] if first is not None else [], some)
        number, first = number + 1, next(rows, None)


def _seals(start: datetime, now: datetime) -> Iterator[bytes]:
    """Every seal made since the period began: an order of the period is under one of them."""
    for seal in Seal.objects.filter(at__gte=start, at__lte=now).order_by("id").iterator(chunk_size=2000):
        yield (sealslog.line_of(seal) + "\n").encode()
