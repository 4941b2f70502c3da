"""How an order is paid: by the terms of the version under which it was issued, or is to be issued."""

from __future__ import annotations

from datetime import datetime

from contracts.models import ContractVersion, PurchaseOrder, Supplier
from contracts.rules.schedule import Terms
from contracts.rules.terms import Terms as AllTerms
from contracts.rules.terms import read
from contracts.selectors import agreements, terms
from office.rulebook import api as rulebook

#: Within it goes what is paid in advance: a deposit, and a balance before its goods leave.
ADVANCE = "contracts.deposit_due"


def terms_of(order: PurchaseOrder) -> Terms:
    """Judged by the book in force when the order was issued."""
    at = order.issued_at or order.created_at
    found = _read(order.version, at)
    ready = rulebook.deadline_rule(ADVANCE, at=at).duration.days
    return Terms(found.settlement, found.deposit_percent, found.balance_days, ready)


def in_force(supplier: Supplier, at: datetime) -> AllTerms:
    """What holds with a supplier: by its contract in force, else by the book."""
    return _read(agreements.for_supplier(supplier, at), at)


def _read(version: ContractVersion | None, at: datetime) -> AllTerms:
    return read({}, terms.defaults(at)) if version is None else terms.of(version, at)
