"""The supplier's reports on its process steps (自检, 送检): without them nothing is accepted (P3.3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import ProductionStep, PurchaseOrder, StepReport, SupplierContact
from contracts.order_subjects import order_subject
from contracts.services import whole
from contracts.services.saying import lock_order
from contracts.services.sides import ORDER, either, file_of
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.rulebook.allowed import words, wrong

if TYPE_CHECKING:
    from office.files.models import StoredFile
    from office.staff.models import Employee

#: Of one step; a supplier does not fill our disks.
MOST = 20
VERBS = {"contracts.report_given": _("Report on a process step given")}


@transaction.atomic
def give_report(
    *,
    step_id: int,
    mode: str,
    standard: str,
    passed: bool,
    file: StoredFile,
    now: datetime,
    contact: SupplierContact | None = None,
    by: Employee | None = None,
    standard_name: str = "",
    text: str = "",
) -> StepReport:
    """A report on one step while the order is produced or shipped, or goods of it wait though it was ended. One that
    did not pass is kept and counts as none. The same paper counts once. Raises Forbidden, NotFound, Conflict,
    Invalid."""
    step = ProductionStep.objects.select_related("line").filter(pk=step_id).first()
    if step is None:
        raise NotFound(_("There is no such process step."))
    order = lock_order(step.line.order_id)
    side = either(by=by, contact=contact, supplier_id=order.supplier_id, key=ORDER, now=now)
    if order.state != PurchaseOrder.State.PRODUCING and not whole.takes_decisions(order):
        raise Conflict(
            _("Reports are given while the order is produced or delivered."),
            code="state",
            clause="P3.3",
        )
    if mode not in StepReport.Mode.values:
        raise wrong("mode", _("Say who inspected it."), clause="P3.3")
    if standard not in StepReport.Standard.values:
        raise wrong("standard", _("Say by which standard."), clause="P3.3")
    given = list(step.given.select_related("file"))
    if len(given) >= MOST:
        raise Conflict(_("Enough reports are there for this step."), code="many", clause="P3.3")
    if any(each.file.sha256 == file.sha256 and each.passed == passed for each in given):
        raise Conflict(
            _("This very report is there already; another one is another paper."), code="twice", clause="P3.3"
        )
    report = StepReport.objects.create(
        step=step,
        mode=mode,
        standard=standard,
        standard_name=words(standard_name, path="standard_name", longest=60),
        passed=passed,
        file=file,
        text=words(text, path="text", longest=500),
        at=now,
        by=side.by,
        contact=side.contact,
    )
    audit.record(
        "contracts.report_given", subject=order_subject(order), by=side.actor, now=now, clause="P3.3",
        data={"line": step.line.n, "step": step.name, "passed": passed, **file_of(file)},
    )  # fmt: skip
    return report


def missing_reports(line_ids: list[int]) -> dict[int, list[str]]:
    """line → names of its steps that still lack a passing report."""
    found: dict[int, list[str]] = {}
    for step in (
        ProductionStep.objects.filter(line__in=line_ids).order_by("line", "n").prefetch_related("given")
    ):
        if sum(report.passed for report in step.given.all()) < step.reports:
            found.setdefault(step.line_id, []).append(step.name)
    return found
