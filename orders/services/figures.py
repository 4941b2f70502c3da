"""Exporting figures: permissioned by the view, logged here, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from office.audit import api as audit
from office.staff.models import Employee
from office.subjects import Subject
from office.tables.marks import new_mark
from office.tables.writing import Cell, workbook
from orders.models import Shop
from orders.selectors import figures
from orders.selectors.watch import watch_gaps


def export_figures(*, period: figures.Period, scope: figures.Scope, by: Employee, now: datetime) -> BinaryIO:
    """An XLSX workbook: arrivals, both distributions, kept and late per rule and person, watch gaps (C13.5: logged).

    Texts are written as texts, so a name that begins with `=` is no formula. The first sheet says who took it and when.
    """
    content = figures.summary(period, now, scope)
    shop = Shop.objects.get(pk=scope.shop_id) if scope.shop_id is not None else None
    about: list[list[Cell]] = [
        [_("Period"), f"{period.first} – {period.last}"],
        [_("Shop"), shop.name if shop else _("All shops")],
        [_("Taken by"), f"{by.name} ({by.number})"],
        [_("Taken at"), now],
    ]
    mark = new_mark(by, now)
    file = workbook(
        [
            (_("About"), about),
            (_("Arrivals"), _arrivals(content)),
            (_("Time to accept"), _times(content["labels"], content["accept"])),
            (_("Time to contact"), _times(content["labels"], content["contact"])),
            (_("Kept and late"), _kept(content)),
            (_("Unwatched"), _unwatched(period, now)),
        ],
        mark,
    )
    with transaction.atomic():
        audit.record_export(
            "orders.figures_exported",
            mark=mark,
            rows=len(content["rows"]),
            format="xlsx",
            filters={"shop": shop.code if shop else ""},
            subject=Subject("figures", f"{period.first:%Y%m%d}-{period.last:%Y%m%d}"),
            by=by,
            now=now,
            clause="C13.5",
        )
    return file


def _arrivals(content: dict[str, Any]) -> Iterator[list[Cell]]:
    yield [_("Hour"), _("Number of orders"), _("Mean of a day")]
    for hour, (count, mean) in enumerate(zip(content["arrivals"], content["arrivals_mean"], strict=True)):
        yield [hour, count, round(mean, 2)]


def _times(labels: Sequence[str], distribution: Any) -> Iterator[list[Cell]]:
    yield [_("Minutes"), _("Number of orders")]
    for label, count in zip(labels, distribution.columns, strict=True):
        yield [label, count]
    for label, seconds in (
        (_("Median, seconds"), distribution.median),
        (_("90 % within, seconds"), distribution.p90),
        (_("95 % within, seconds"), distribution.p95),
    ):
        yield [label, None if seconds is None else round(float(seconds), 1)]


def _kept(content: dict[str, Any]) -> Iterator[list[Cell]]:
    yield [_("Rule"), _("Clause"), _("Person"), _("Kept"), _("Late"), _("Running")]
    for row in content["rows"]:
        yield [row.rule, row.clause, row.holder, row.kept, row.late, row.open]


def _unwatched(period: figures.Period, now: datetime) -> Iterator[list[Cell]]:
    yield [_("From"), _("To"), _("Minutes")]
    for gap in watch_gaps(start=period.start, end=period.end, now=now):
        yield [gap.start, gap.end, round(gap.length.total_seconds() / 60, 1)]
