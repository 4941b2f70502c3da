"""Disputes with a supplier (P4): talked over first; a court comes only where talking has failed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.limits import door_limits
from contracts.models import Complaint, Dispute, DisputeStep, PurchaseOrder, Supplier
from contracts.services import numbers
from contracts.services.complaints.filing import LONGEST
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.files import api as files
from office.rulebook.allowed import clause_of, require, words, wrong
from office.staff.models import Employee

PERMISSION, CLAUSE = "contracts.settle", "contracts.dispute_stages"
Stage = Dispute.Stage


@transaction.atomic
def open_dispute(
    *,
    supplier_id: int,
    title: str,
    text: str,
    by: Employee,
    now: datetime,
    complaint_id: int | None = None,
    order_id: int | None = None,
) -> Dispute:
    """Begins by talking. Raises Forbidden, NotFound, Invalid."""
    require(by, PERMISSION, now)
    supplier = Supplier.objects.filter(pk=supplier_id).first()
    if supplier is None:
        raise NotFound(_("There is no such supplier."))
    complaint = Complaint.objects.filter(pk=complaint_id, supplier=supplier).first() if complaint_id else None
    order = PurchaseOrder.objects.filter(pk=order_id, supplier=supplier).first() if order_id else None
    if (complaint_id and complaint is None) or (order_id and order is None):
        raise NotFound(_("There is no such paper of this supplier."))
    called = words(title, path="title", longest=120, missing=_("Say what it is about."))
    said = words(text, path="text", longest=LONGEST, missing=_("Say what each side holds."))
    dispute = Dispute.objects.create(
        number=numbers.following("ZY", timezone.localdate(now)),
        supplier=supplier,
        complaint=complaint,
        order=order,
        title=called,
        created_by=by,
        created_at=now,
    )
    DisputeStep.objects.create(dispute=dispute, stage=Stage.TALK, text=said, by=by, at=now)
    _record("contracts.open_dispute", dispute, by, now, supplier=supplier.code)
    return dispute


@transaction.atomic
def add_step(
    *,
    dispute_id: int,
    stage: str,
    text: str,
    by: Employee,
    now: datetime,
    court: str = "",
    content: bytes = b"",
    name: str = "",
    seen: int | None = None,
) -> DisputeStep:
    """What was said, and where it stands now. To a court only after at least one more talk than the opening, and with
    the court's name: the one at the plaintiff's place. Raises Forbidden, NotFound, Conflict, Invalid, FileRefused."""
    require(by, PERMISSION, now)
    dispute = Dispute.objects.select_for_update().filter(pk=dispute_id).first()
    if dispute is None:
        raise NotFound(_("There is no such dispute."))
    if seen is not None and seen != dispute.version:
        raise Conflict(_("Somebody else was here meanwhile. Look again, then decide."), code="moved")
    if dispute.stage == Stage.SETTLED:
        raise Conflict(_("This dispute is settled."), code="state")
    if stage not in Stage.values or (dispute.stage == Stage.COURT and stage == Stage.TALK):
        raise wrong("stage", _("There is no way back from the court to talking."))
    said = words(text, path="text", longest=LONGEST, missing=_("Say what was said or done."))
    before_court = words(court, path="court", longest=120)
    if stage == Stage.COURT and dispute.stage == Stage.TALK:
        if dispute.steps.count() < 2:
            raise Conflict(
                _("Talk first and write down what came of it; only then a court decides."),
                code="talk_first",
                clause=clause_of(CLAUSE, now),
            )
        if not before_court:
            raise wrong("court", _("Name the court at the plaintiff’s place."))
    stored = (
        files.keep_file(content=content, name=name, by=by, now=now, limits=door_limits(now))
        if content
        else None
    )
    step: DisputeStep = DisputeStep.objects.create(
        dispute=dispute,
        stage=stage,
        text=said,
        court=before_court if stage == Stage.COURT else "",
        file=stored,
        by=by,
        at=now,
    )
    dispute.stage, dispute.version = stage, dispute.version + 1
    dispute.save(update_fields=["stage", "version"])
    _record("contracts.dispute_step", dispute, by, now, stage=stage, court=step.court)
    return step


def _record(verb: str, dispute: Dispute, by: Employee, now: datetime, **data: object) -> None:
    audit.record(verb, subject=dispute.subject, by=by, now=now, clause=clause_of(CLAUSE, now), data=data)
