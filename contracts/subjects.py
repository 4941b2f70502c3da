"""What the trail, deadlines and notices call the things of this desk."""

from __future__ import annotations

from contracts.models import (
    Certificate,
    Contract,
    ContractVersion,
    Milestone,
    PlanDocument,
    Supplier,
    WorkPlan,
)
from office.subjects import Subject


def supplier_subject(supplier: Supplier) -> Subject:
    return Subject("supplier", str(supplier.pk), f"{supplier.code} {supplier.name}"[:120])


def contract_subject(contract: Contract) -> Subject:
    return Subject("contract", str(contract.pk), contract.number)


def version_subject(version: ContractVersion) -> Subject:
    """ "HT-2026-001 · 2"."""
    return Subject("contract_version", str(version.pk), f"{version.contract.number} · {version.n}")


def certificate_subject(certificate: Certificate) -> Subject:
    """Its label is what it certifies, else the code that the book has a name for."""
    label = f"{certificate.supplier.code} · {certificate.name or certificate.kind}"
    return Subject("certificate", str(certificate.pk), label[:120])


def plan_subject(plan: WorkPlan) -> Subject:
    return Subject("work_plan", str(plan.pk), plan.title)


def milestone_subject(milestone: Milestone) -> Subject:
    return Subject("milestone", str(milestone.pk), f"{milestone.plan.title} · {milestone.title}"[:120])


def document_subject(document: PlanDocument) -> Subject:
    return Subject("plan_document", str(document.pk), f"{document.plan.title} · {document.name}"[:120])
