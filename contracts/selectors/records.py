"""What a supplier has shown us: certificates, account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from contracts.models import BankDetails, Certificate, Supplier
from contracts.rules.days import today
from office.rulebook import api as rulebook


def account_of(supplier: Supplier, at: datetime) -> BankDetails | None:
    """The account that counts at the instant."""
    return BankDetails.objects.filter(supplier=supplier, at__lte=at).order_by("-at", "-pk").first()


def same_account(one: BankDetails | None, other: BankDetails | None) -> bool:
    """Whether both are one version of the account."""
    return (one.pk if one else None) == (other.pk if other else None)


@dataclass(frozen=True, slots=True)
class Paper:
    """A certificate as pages show it; `tone`: kept, near, late, or "" for one that does not run out."""

    certificate: Certificate
    name: str
    tone: str


def tone(expires_on: date | None, at: datetime) -> str:
    """By the warning of the book's clock."""
    if expires_on is None:
        return ""
    if expires_on < today(at):
        return "late"
    ahead = rulebook.deadline_rule("contracts.certificate", at=at).warn_before or timedelta()
    return "near" if expires_on < today(at) + ahead else "kept"


def papers(supplier: Supplier, at: datetime) -> list[Paper]:
    """What counts now, the soonest to run out first."""
    names = rulebook.book(at).names
    found = Certificate.objects.filter(supplier=supplier, end=None).select_related("file", "by")
    rows = sorted(found, key=lambda row: (row.expires_on is None, row.expires_on or date.max, row.pk))
    return [Paper(row, called(row, names), tone(row.expires_on, at)) for row in rows]


def called(certificate: Certificate, names: Mapping[str, object]) -> str:
    """What people call it: "质检报告 · 实木餐桌"."""
    if certificate.kind == "other_paper":
        return certificate.name
    kind = str(names.get(certificate.kind, certificate.kind))
    return f"{kind} · {certificate.name}" if certificate.name else kind


def missing(supplier: Supplier, at: datetime) -> list[str]:
    """What the book asks for and nobody has shown, as people call it."""
    book = rulebook.book(at)
    shown = set(Certificate.objects.filter(supplier=supplier, end=None).values_list("kind", flat=True))
    wanted = rulebook.parameter_rule("contracts.certificates", at=at).texts()
    return [str(book.names[code]) for code in wanted if code not in shown and code != "other_paper"]
