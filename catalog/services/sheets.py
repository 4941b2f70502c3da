"""Tables of prices: taken in whatever is wrong with them, mended in place, asked for in one request."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Channel, PriceSheet
from catalog.rules.sheets import COLUMNS, NEEDED, Read, columns_of, read
from catalog.selectors.goods import skus_by_code
from catalog.services.checks import NO_COST
from catalog.services.pricing import MOST_ROWS, Competitor, Proposed, propose_prices
from catalog.subjects import sheet_pricing
from office.approvals.models import Run
from office.enumerating import enumerated
from office.errors import Conflict, Invalid, NotFound
from office.rulebook import api as rulebook
from office.tables.opening import open_tables
from office.tables.table import Source, UnusableFile, is_blank
from office.tables.text import clean_text

if TYPE_CHECKING:
    from office.staff.models import Employee

MOST_BYTES, LONGEST_CELL = 5_000_000, 500


def take_sheet(*, name: str, content: bytes, by: Employee, now: datetime) -> PriceSheet:
    """Keep the rows of a CSV or XLSX file as they are written. Raises Invalid when it is no table with the columns
    that are needed; a row that is wrong is no reason."""
    if len(content) > MOST_BYTES:
        raise _refused(_("A table of prices has at most 5 MB."), "too_large")
    try:
        table = open_tables(Source(name, len(content), lambda: io.BytesIO(content)))[0]
        rows = table.rows()
        places: dict[str, int] = {}
        for _number, cells in rows:
            places = columns_of(cells)
            if "code" in places or not is_blank(cells):
                break
        missing = [str(COLUMNS[key][0]) for key in NEEDED if key not in places]
        if missing:
            raise _refused(
                _("These columns are missing: {names}").format(names=enumerated(missing)), "columns"
            )
        lines: list[dict[str, Any]] = []
        for number, cells in rows:
            if is_blank(cells):
                continue
            if len(lines) >= MOST_ROWS:
                raise _refused(_("A table has at most {count} rows.").format(count=MOST_ROWS), "rows")
            lines.append({"n": number, **_cells(cells, places)})
    except UnusableFile as error:
        raise _refused(str(error.message), error.code) from error
    if not lines:
        raise _refused(_("The table has no rows."), "empty")
    return PriceSheet.objects.create(filename=clean_text(name)[-200:], lines=lines, by=by, at=now)


def _cells(cells: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    return {
        key: clean_text(cells[place])[:LONGEST_CELL] if place < len(cells) else ""
        for key, place in places.items()
    }


def _refused(message: str, code: str) -> Invalid:
    return Invalid(message, errors=[{"path": "file", "code": code, "message": message}], code="file")


def mend_sheet(
    *, sheet_id: int, cells: Mapping[tuple[int, str], str], drop: Sequence[int], by: Employee, now: datetime
) -> PriceSheet:
    """Other texts for cells, by (row in the file, column); rows to leave out. Only who sent it in, and not while it is
    being decided. Raises NotFound, Conflict (`deciding`, `carried_out`)."""
    with transaction.atomic():
        sheet = _locked(sheet_id, by)
        _require_open(sheet)
        lines = []
        for line in sheet.lines:
            if line["n"] in drop:
                continue
            for key in COLUMNS:
                if (line["n"], key) in cells:
                    line[key] = clean_text(cells[line["n"], key])[:LONGEST_CELL]
            lines.append(line)
        sheet.lines = lines
        sheet.save(update_fields=["lines"])
    return sheet


def _locked(sheet_id: int, by: Employee) -> PriceSheet:
    """One's own table: whoever mends it and whoever asks for its prices wait for each other. Raises NotFound."""
    sheet = PriceSheet.objects.select_for_update().filter(pk=sheet_id, by=by).first()
    if sheet is None:
        raise NotFound(_("There is no such table."))
    return sheet


def _require_open(sheet: PriceSheet) -> None:
    """Raises Conflict when its prices are being decided, or were carried out."""
    subject = sheet_pricing(sheet)
    run = (
        Run.objects.filter(
            subject_type=subject.type,
            subject_id=subject.id,
            state__in=["running", "agreed", "executed"],
        )
        .order_by("-pk")
        .first()
    )
    if run is None:
        return
    if run.state == Run.State.EXECUTED:
        raise Conflict(_("Its prices were carried out: take a new table."), code="carried_out", run=run.pk)
    raise Conflict(
        _("Its prices are being decided. Take the request back, then mend the table."),
        code="deciding",
        run=run.pk,
    )


def judged(sheet: PriceSheet, now: datetime) -> list[Read]:
    """Every line with what is wrong with it: what a cell says, and whether there is such a SKU and channel, no row
    twice, days that fit. Three queries."""
    lines = [read(line) for line in sheet.lines]
    skus = skus_by_code(line.code for line in lines if line.code)
    channels = set(Channel.objects.filter(active=True).values_list("code", flat=True))
    days = rulebook.limit_rule("catalog.price_evidence", at=now).count
    today = timezone.localtime(now).date()
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        if line.code and line.code not in skus:
            line.wrong.append(("code", _("There is no such SKU.")))
        elif line.code and not skus[line.code].active:
            line.wrong.append(("code", _("This SKU is out of the range.")))
        elif line.code and skus[line.code].cost is None:
            line.wrong.append(("code", str(NO_COST)))
        if line.channel and line.channel not in channels:
            line.wrong.append(("channel", _("There is no such channel.")))
        first = seen.setdefault((line.code, line.channel), line.n)
        if line.code and first != line.n:
            line.wrong.append(("code", _("It stands in row {row} already.").format(row=first)))
        if line.starts_at is not None and timezone.localtime(line.starts_at).date() < today:
            line.wrong.append(("from", _("A price begins today at the earliest.")))
        if line.on is not None:
            age = (today - timezone.localtime(line.on).date()).days
            if age < 0:
                line.wrong.append(("on", _("This day is yet to come.")))
            elif age > days:
                message = _(
                    "Seen on {day}: competitors’ prices are at most {days} days old when they are handed in."
                ).format(day=f"{timezone.localtime(line.on):%Y-%m-%d}", days=days)
                line.wrong.append(("on", message))
        if line.url and not line.url.startswith(("https://", "http://")):
            line.wrong.append(("url", _("A link begins with https:// or http://.")))
    return lines


@transaction.atomic
def ask_sheet(
    *, sheet_id: int, by: Employee, now: datetime, comment: str = "", again: Run | None = None
) -> Run:
    """Ask for every price of the table in one request, a row each. Raises NotFound, Conflict (`unmended`), and what
    `propose_prices` raises."""
    sheet = _locked(sheet_id, by)
    lines = judged(sheet, now)
    bad = sum(bool(line.wrong) for line in lines)
    if bad or not lines:
        raise Conflict(
            _("{count} rows are still wrong: mend them, or leave them out.").format(count=bad),
            code="unmended",
        )
    skus = skus_by_code(line.code for line in lines)
    channels = dict(Channel.objects.values_list("code", "pk"))
    rows = [
        Proposed(
            sku_id=skus[line.code].pk,
            channel_id=channels[line.channel] if line.channel else None,
            price=line.price,
            starts_at=max(line.starts_at or now, now),
            competitors=(Competitor(line.source, line.theirs, timezone.localtime(line.on).date(), line.url),),
        )
        for line in lines
        if line.price is not None and line.theirs is not None and line.on is not None
    ]
    return propose_prices(rows=rows, by=by, now=now, comment=comment, sheet=sheet, again=again)


def template() -> bytes:
    """An empty table with the columns, as .xlsx."""
    from openpyxl import Workbook  # half a second that every start of every process would pay

    book = Workbook()
    page = book.worksheets[0]
    page.append([str(label) for label, _names in COLUMNS.values()])
    for column in "ABCDEFGH":
        page.column_dimensions[column].width = 18
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()
