"""The effective terms of a contract: what its paper says, else what the book in force says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts.models import ContractVersion
from contracts.rules.terms import Terms, read
from office.rulebook import api as rulebook


def of(version: ContractVersion, at: datetime) -> Terms:
    """What holds under this version for what begins at `at`."""
    return read(version.terms, defaults(at))


def defaults(at: datetime) -> Mapping[str, Any]:
    """What the book says where a contract is silent, as contracts keep it. A place of delivery has no default: a
    contract names it (P7a)."""
    reports = rulebook.parameter_rule("contracts.inspection", at=at)
    return {
        "settlement": rulebook.parameter_rule("contracts.terms", at=at).text("standard"),
        "deposit_percent": _percent("contracts.deposit", at),
        "balance_days": rulebook.deadline_rule("contracts.balance", at=at).duration.days,
        "return_days": rulebook.deadline_rule("contracts.order_return", at=at).duration.days,
        "deemed_days": rulebook.deadline_rule("contracts.order_deemed", at=at).duration.days,
        "warehouse": "",
        "partial_delivery": rulebook.parameter_rule("contracts.partial_delivery", at=at).flag(),
        "withhold_percent": _percent("contracts.withhold", at),
        "penalty_months": rulebook.parameter_rule("contracts.commission_penalty", at=at).integer(
            "months_of_payment"
        ),
        "rectification_hours": int(
            rulebook.deadline_rule("contracts.rectification", at=at).duration.total_seconds() // 3600
        ),
        "report_standard": reports.texts("standards")[0],
        "reports_per_step": reports.integer("reports_per_step"),
    }


def our_name(at: datetime) -> str:
    """What the last contract called us, else the book."""
    last = ContractVersion.objects.order_by("-pk").values_list("parties", flat=True).first()
    return str((last or {}).get("ours") or rulebook.parameter_rule("contracts.our_name", at=at).text())


def _percent(key: str, at: datetime) -> str:
    return f"{rulebook.limit_rule(key, at=at).amount.normalize():f}"
