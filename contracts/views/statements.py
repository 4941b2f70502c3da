"""The statement of a supplier's month: as a page, as a PDF to sign, as a workbook."""

from __future__ import annotations

from datetime import date
from io import BytesIO

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contracts.forms.acts import number
from contracts.rules.schedule import month_after
from contracts.selectors import account, statements
from contracts.services import booking, statement_files
from office.errors import NotFound
from office.rulebook.guards import permitted, person
from office.rulebook.sudo import fresh

SEE = "contracts.money"
#: Lines on the page; the files have them all.
PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _month(text: str) -> date:
    """Raises NotFound for what is no month, and for one that is yet to come."""
    try:
        found = parse_date(f"{text}-01") if len(text) == 7 and text.isascii() else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= timezone.localdate().year or found > timezone.localdate():
        raise NotFound(_("There is no such month."))
    return found


@require_GET
@permitted(SEE)
def statement(request: HttpRequest, pk: int, month: str) -> HttpResponse:
    """Opening + goods − payments − set-offs = closing, entry by entry."""
    supplier, wanted, now = booking.access_supplier(pk), _month(month), timezone.now()
    following = month_after(wanted)
    found = statements.statement_of(supplier, wanted)
    first = min(max(number(request.GET.get("from")) or 1, 1), len(found.lines) or 1) - 1
    before = 1 if first else 0
    shown = found.lines[first - before : first + PAGE]
    behind = first + PAGE < len(found.lines)
    context = {
        "supplier": supplier,
        "statement": found,
        "lines": shown[before:],
        "carried": shown[0].balance if first else None,
        "total": len(found.lines) if first or behind else "",
        "previous_url": f"?from={max(first - PAGE, 0) + 1}" if first else "",
        "next_url": f"?from={first + PAGE + 1}" if behind else "",
        "withheld": account.withheld(supplier.pk),
        "over": statement_files.month_over(wanted, now),
        "previous": month_after(wanted, -1),
        "next": following if following <= timezone.localdate() else None,
    }
    return render(request, "contracts/statement.html", context)


@require_POST
@permitted(SEE)
@fresh
def as_pdf(request: HttpRequest, pk: int, month: str) -> HttpResponseBase:
    """In the register of exports."""
    wanted = _month(month)
    content = statement_files.export_pdf(supplier_id=pk, month=wanted, by=person(request), now=timezone.now())
    return FileResponse(
        BytesIO(content),
        as_attachment=True,
        filename=f"statement-{pk}-{wanted:%Y-%m}.pdf",
        content_type="application/pdf",
    )


@require_POST
@permitted(SEE)
@fresh
def as_xlsx(request: HttpRequest, pk: int, month: str) -> HttpResponseBase:
    """In the register of exports."""
    wanted = _month(month)
    file = statement_files.export_xlsx(supplier_id=pk, month=wanted, by=person(request), now=timezone.now())
    name = f"statement-{pk}-{wanted:%Y-%m}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
