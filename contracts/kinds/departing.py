"""Terms of a contract that depart from the book's, as something that is agreed to (P6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contracts.forms.agreements import shown
from contracts.models import ContractVersion
from contracts.rules.terms import BY_NAME
from contracts.selectors import departing as selectors
from contracts.services import departing
from office.approvals import api as approvals
from office.approvals.models import Run
from office.rulebook import api as rulebook
from office.staff.models import Employee

VIEW = "contracts.view"


def _version(subject_id: str) -> ContractVersion | None:
    found: ContractVersion | None = (
        ContractVersion.objects.select_related("contract__supplier").filter(pk=int(subject_id)).first()
        if subject_id.isdecimal() and len(subject_id) < 16
        else None
    )
    return found


def fields(subject_id: str) -> Mapping[str, str]:
    """A later version, or the end of the contract, voids the request."""
    version = _version(subject_id)
    if version is None:
        return {}
    later = version.contract.versions.filter(n__gt=version.n).exists()
    return {"version": "overtaken" if later or version.contract.ended_at else "newest"}


def changes(run: Run) -> list[approvals.Change]:
    """Each departing term as the book has it and as the paper says it, then what is the contract's own."""
    version = _version(str(run.payload["version"]))
    if version is None:
        return []
    days = f"{version.starts_on:%Y-%m-%d} – {version.ends_on:%Y-%m-%d}"
    return [
        approvals.Change("supplier", _("Supplier"), "", version.contract.supplier.name),
        approvals.Change("contract", _("Contract"), "", f"{version.contract.number} {days}"),
        *[
            approvals.Change(
                name,
                f"{BY_NAME[name].label} ({BY_NAME[name].clause})",
                shown(BY_NAME[name], run.payload["book"][name]),
                shown(BY_NAME[name], value),
            )
            for name, value in run.payload["terms"].items()
        ],
        *[
            approvals.Change(f"clause_{each['id']}", each["title"], _("not in the library"), each["text"])
            for each in selectors.own_clauses(version)
        ],
        *([approvals.Change("reason", _("Reason"), "", version.reason)] if version.reason else []),
    ]


def evidence(run: Run) -> list[approvals.Evidence]:
    """The paper itself, and the page of the contract."""
    version = _version(str(run.payload["version"]))
    if version is None:
        return []
    return [
        approvals.Evidence(
            gettext_lazy("Paper to print"),
            f"{version.contract.number}-{version.n} · SHA-256 {version.sha256[:16]}…",
            url=reverse("contracts:version_pdf", args=[version.pk]),
            at=version.at,
        )
    ]


def url(subject_id: str) -> str:
    version = _version(subject_id)
    return reverse("contracts:contract", args=[version.contract_id]) if version else ""


def visible(person: Employee, subject_id: str) -> bool:
    return rulebook.holds(person, VIEW, timezone.now())


def _apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    departing.carry_out(run=run, payload=payload, by=by, now=now)


def _again(run: Run, by: Employee, now: datetime, comment: str) -> Run:
    return departing.ask_terms(version_id=run.payload["version"], by=by, now=now, comment=comment)


def kind() -> approvals.Kind:
    return approvals.Kind(
        code=departing.KIND,
        name=gettext_lazy("Terms of a contract that depart from the book"),
        subject_type="contract_version",
        fields=fields,
        changes=changes,
        apply=_apply,
        check=departing.check,
        evidence=evidence,
        visible=visible,
        ask=url,
        again=_again,
        field_name=lambda field: _("the version"),
    )
