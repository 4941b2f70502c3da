"""What the trail, deadlines and notices call the things of this desk."""

from __future__ import annotations

from contracts.models import Contract, Supplier
from office.subjects import Subject


def supplier_subject(supplier: Supplier) -> Subject:
    return Subject("supplier", str(supplier.pk), f"{supplier.code} {supplier.name}"[:120])


def contract_subject(contract: Contract) -> Subject:
    return Subject("contract", str(contract.pk), contract.number)
