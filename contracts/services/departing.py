"""Terms of a contract that depart from the book's, and clauses of its own: asked for, agreed to, and only then in force
(P6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import ContractVersion
from contracts.selectors import departing as selectors
from contracts.services import agreements
from contracts.services.suppliers import KEEP
from contracts.subjects import contract_subject, version_subject
from office.approvals import api as approvals
from office.approvals.models import Run
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.rulebook.allowed import require
from office.staff.models import Employee

KIND, CLAUSE = selectors.KIND, "P6"


@transaction.atomic
def ask_terms(*, version_id: int, by: Employee, now: datetime, comment: str = "") -> Run:
    """Asks that the newest version of a contract may say otherwise than the book, before or after it is signed.

    Raises Forbidden, NotFound, Conflict (`overtaken`, `ended`, `by_the_book`, `agreed`), and what `approvals.submit`
    refuses."""
    require(by, KEEP, now)
    version = ContractVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise NotFound(_("There is no such version."))
    approvals.hold(version_subject(version))
    contract = agreements.locked_contract(version.contract_id)
    if contract.versions.filter(n__gt=version.n).exists():
        raise Conflict(_("A later version has been put to both sides."), code="overtaken", clause=CLAUSE)
    if not selectors.needs_agreement(version):
        raise Conflict(
            _("It says what the book says: nobody has to agree to that."), code="by_the_book", clause=CLAUSE
        )
    if selectors.agreed_run(version) is not None:
        raise Conflict(_("These terms have been agreed to already."), code="agreed", clause=CLAUSE)
    subject, payload = version_subject(version), dict(selectors.asked(version))
    audit.record(
        "contracts.ask_terms", subject=contract_subject(contract), by=by, now=now, clause=CLAUSE,
        data={"version": version.n, "terms": payload["terms"]},
    )  # fmt: skip
    again = Run.objects.filter(
        kind=KIND, subject_type=subject.type, subject_id=subject.id, requester=by, state=Run.State.RETURNED
    ).first()
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(kind=KIND, subject=subject, payload=payload, by=by, now=now, comment=comment)


def check(payload: Mapping[str, Any]) -> None:
    """Raises Invalid for another version, digest or terms than those on file."""
    version = ContractVersion.objects.filter(pk=payload.get("version") or 0).first()
    if version is None or dict(payload) != dict(selectors.asked(version)):
        raise Invalid(_("This is not what the version says."), code="not_the_version", clause=CLAUSE)


def carry_out(*, run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Everybody has agreed: the version comes into force, or will with the second signature."""
    version = ContractVersion.objects.get(pk=payload["version"])
    contract = agreements.locked_contract(version.contract_id)
    audit.record(
        "contracts.agree_terms", subject=contract_subject(contract), by=run.requester, now=now, clause=run.clause,
        data={"version": version.n, "sha256": version.sha256, "run": run.pk},
    )  # fmt: skip
    agreements.come_into_force(contract=contract, version=version, by=by, now=now)
