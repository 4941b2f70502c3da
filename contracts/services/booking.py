"""What every booking has in common: its day, the lock of the account, and numbers as they are typed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from contracts.limits import upload_limits
from contracts.models import Supplier
from contracts.rules import invoices
from office.errors import NotFound
from office.files import api as files
from office.files.models import StoredFile
from office.rulebook.allowed import wrong
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

SETTLE = "contracts.settle"


def day_of(now: datetime) -> date:
    """The day of booking, in Asia/Shanghai."""
    return now.astimezone(ZONE).date()


def lock_account(supplier_id: int) -> None:
    """One booking of what is left at a time; the triggers of the tables take the same lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('contracts.account'), %s::integer)", [supplier_id]
        )


def access_supplier(supplier_id: int) -> Supplier:
    """Raises NotFound."""
    found = Supplier.objects.filter(pk=supplier_id).first()
    if found is None:
        raise NotFound(_("There is no such supplier."))
    return found


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: a scan, a slip of the bank."""

    content: bytes
    name: str


def kept(upload: Upload | None, by: Employee, now: datetime) -> StoredFile | None:
    """The file as it is kept, if one was sent. Raises FileRefused."""
    return None if upload is None else keep(upload, by, now)


def keep(upload: Upload, by: Employee, now: datetime) -> StoredFile:
    """Raises FileRefused."""
    return files.keep_file(
        content=upload.content, name=upload.name, by=by, now=now, limits=upload_limits(now)
    )


def not_ahead(day: date, now: datetime, *, path: str, clause: str) -> None:
    """Raises Invalid for the day of a paper that is yet to come."""
    if day > day_of(now):
        raise wrong(path, _("This day is yet to come."), code="future", clause=clause)


def one_number(typed: str) -> str:
    """A voucher's or credit note's number as it is kept: "ｐｚ－１ " is PZ-1, and recorded once."""
    return " ".join(unicodedata.normalize("NFKC", typed).upper().split())


def read_invoices(typed: str, *, clause: str) -> list[str]:
    """The numbers of tax invoices in a line. Raises Invalid."""
    try:
        return invoices.read(typed)
    except invoices.NotInvoices as refused:
        said = {
            "format": _("“{text}” is no invoice number: it has 8 digits, or 20 when fully digital."),
            "twice": _("{text} is there twice."),
            "many": _("At most 20 invoices, not {text}."),
        }[refused.code]
        raise wrong("invoices", said.format(text=refused.text), code=refused.code, clause=clause) from refused
