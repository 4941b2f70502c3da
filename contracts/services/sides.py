"""Who acts: one of us by his posts, or a person of the supplier at its door. Every verb that both may say asks here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from contracts.models import SupplierContact
from office.audit import api as audit
from office.errors import Forbidden, NotFound
from office.rulebook.allowed import require

if TYPE_CHECKING:
    from office.files.models import StoredFile
    from office.staff.models import Employee

ORDER, INSPECT, RECEIVE = "contracts.order", "contracts.inspect", "contracts.receive"


@dataclass(frozen=True, slots=True)
class Side:
    """Exactly one of the two; `actor` is what the trail calls them."""

    by: Employee | None = None
    contact: SupplierContact | None = None

    @property
    def actor(self) -> Any:
        if self.contact is None:
            return self.by
        return audit.Somebody(None, f"{self.contact.supplier.name} {self.contact.name}"[:120])


def ours(by: Employee, key: str, now: datetime) -> Side:
    """Raises Forbidden."""
    require(by, key, now)
    return Side(by=by)


def either(
    *, by: Employee | None, contact: SupplierContact | None, supplier_id: int, key: str, now: datetime
) -> Side:
    """One of us whose posts give `key`, or an active person of this very supplier. Raises Forbidden, NotFound."""
    if contact is None:
        if by is None:
            raise Forbidden(_("Somebody has to say it."))
        return ours(by, key, now)
    if by is not None or contact.supplier_id != supplier_id or not contact.active:
        raise NotFound(_("There is no such paper."))
    return Side(contact=contact)


def file_of(file: StoredFile | None) -> dict[str, str]:
    """What the trail keeps of a paper."""
    return {"file": file.name, "sha256": file.sha256} if file else {}


def next_number(table: str, prefix: str, now: datetime) -> tuple[int, str]:
    """(id, number) of a paper to be made: "PO2611-0007"."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
        made = int(cursor.fetchone()[0])
    return made, f"{prefix}{now:%y%m}-{made:04d}"
