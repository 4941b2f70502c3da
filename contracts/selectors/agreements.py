"""Contracts: which version holds, and for whom."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from contracts.models import ContractVersion, Supplier
from office.rulebook.calendar import ZONE


def holding(at: datetime) -> QuerySet[ContractVersion]:
    """Every version that holds at the instant: both sides have signed it by then, the day is within its dates, its
    contract has not ended, and no later version has replaced it (P6). The database's contracts_in_force() says the
    same."""
    day = at.astimezone(ZONE).date()
    begun = ContractVersion.objects.filter(force__at__lte=at, starts_on__lte=day)
    later = begun.filter(contract=OuterRef("contract"), n__gt=OuterRef("n"))
    found: QuerySet[ContractVersion] = (
        begun.filter(Q(contract__ended_at=None) | Q(contract__ended_at__gt=at), ends_on__gte=day)
        .exclude(Exists(later))
        .select_related("contract__supplier")
    )
    return found


def holds(version: ContractVersion, at: datetime) -> bool:
    return holding(at).filter(pk=version.pk).exists()


def for_supplier(supplier: Supplier, at: datetime) -> ContractVersion | None:
    """The version under which an order to this supplier would be issued now: of several contracts the one signed last;
    None when no contract is in force."""
    return holding(at).filter(contract__supplier=supplier).order_by("-force__at", "-pk").first()
