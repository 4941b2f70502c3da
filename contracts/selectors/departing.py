"""Where a version of a contract says otherwise than the book, and whether the chain has agreed to that (P6).

A clause of its own may say anything, also what the terms say otherwise: it needs the agreement as a term does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.models import ContractVersion
from contracts.rules import terms
from contracts.subjects import version_subject
from office.approvals.models import Run

KIND = "contracts.departing_terms"


def departs(version: ContractVersion) -> list[terms.Parameter]:
    """Its terms that differ from the book's of the day on which it was drawn; none for one of before that was kept."""
    return terms.departing(version.terms, version.book or {})


def own_clauses(version: ContractVersion) -> Sequence[Mapping[str, str]]:
    """Its clauses that are not the library's; none for one of before the book was kept."""
    return [each for each in version.clauses if each["id"].startswith("X") and version.book is not None]


def needs_agreement(version: ContractVersion) -> bool:
    return bool(departs(version) or own_clauses(version))


def agreed_run(version: ContractVersion) -> Run | None:
    """The request by which everybody agreed to this very version."""
    subject = version_subject(version)
    found = Run.objects.filter(
        kind=KIND, subject_type=subject.type, subject_id=subject.id, state=Run.State.EXECUTED
    )
    return found.order_by("-pk").first()


def may_hold(version: ContractVersion) -> bool:
    """Whether nothing but signatures is wanting."""
    return not needs_agreement(version) or agreed_run(version) is not None


def asked(version: ContractVersion) -> Mapping[str, Any]:
    """The paper of a request: the version, its digest, which covers its clauses, and each departing term as the book
    and as the paper says it."""
    names = [each.name for each in departs(version)]
    book = version.book or {}
    return {
        "version": version.pk,
        "sha256": version.sha256,
        "terms": {name: version.terms[name] for name in names},
        "book": {name: book[name] for name in names},
    }
