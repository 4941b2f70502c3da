"""What views of attendance answer alike."""

from __future__ import annotations

from datetime import date

from allauth.core.internal.httpkit import clean_client_ip
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from attendance.rules.months import month_of, read_month
from office.errors import Invalid, NotFound, Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def explain(form: BaseForm, refused: Refused) -> None:
    """What a verb refused, beside the fields it speaks of, else above the form."""
    told = refused.errors if isinstance(refused, Invalid) else []
    for error in told:
        form.add_error(error["path"] if error["path"] in form.fields else None, error["message"])
    if not told:
        form.add_error(None, str(refused.message))


def number(text: str | None) -> int | None:
    """A key out of an address or a form; None for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


def asked_month(request: HttpRequest) -> date:
    """The month of the address, else this one. A month that is none is this one too."""
    return read_month(request.GET.get("month", "")) or month_of(timezone.localdate())


def month_or_404(text: str) -> date:
    """Raises NotFound."""
    found = read_month(text)
    if found is None:
        raise NotFound(_("There is no such month."))
    return found


def day_or_404(text: str) -> date:
    """Raises NotFound."""
    try:
        found = parse_date(text) if len(text) == 10 else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year <= 2100:
        raise NotFound(_("There is no such day."))
    return found


def address_of(request: HttpRequest) -> str | None:
    """The browser's address: as the outermost of our own proxies saw it; without proxies the connection's. None where a
    proxy was gone round: the connection's address is then a proxy's, not the browser's."""
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    told = request.headers.get("X-Forwarded-For", "").split(",")
    if count > 0:
        given = told[-count].strip() if count <= len(told) else ""
    else:
        given = request.META.get("REMOTE_ADDR") or ""
    address = clean_client_ip(given)
    return str(address) if address else None
