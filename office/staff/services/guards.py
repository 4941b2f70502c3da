"""What every verb of this engine asks first."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from office.errors import Forbidden, NotFound
from office.staff import wiring
from office.staff.models import Employee


def locked(employee_id: int) -> Employee:
    """The person's row, locked until the transaction ends. Raises NotFound."""
    # NO KEY: rows that refer to the person (an order accepted at this instant) need not wait, nor deadlock.
    found = Employee.objects.select_for_update(no_key=True).filter(pk=employee_id).first()
    if found is None:
        raise NotFound(_("There is no such person."))
    return found


def require(by: Employee | None, key: str, now: datetime) -> None:
    """`by` None is the system itself (a command). Raises Forbidden."""
    if by is not None and not wiring.may(by, key, now):
        raise Forbidden(_("None of your posts may change staff records."), clause="C13.1", permission=key)
