"""The document checklist of a plan: what is to be got, the papers handed in, the day each runs out (W1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.limits import upload_limits
from contracts.models import DocumentPaper, PlanDocument
from contracts.rules.days import left, today
from contracts.services.plans import (
    EXPIRY,
    GATHER,
    KEEP,
    clause_now,
    locked_plan,
    new_document,
    owner_of,
    require_owner,
)
from contracts.subjects import document_subject, plan_subject
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.files import api as files
from office.rulebook.allowed import require, words, wrong
from office.staff.models import Employee


@transaction.atomic
def add_document(
    *, plan_id: int, name: str, owner_id: int, due_on: date, by: Employee, now: datetime
) -> PlanDocument:
    """Raises Forbidden, NotFound, Invalid, Conflict (`closed`)."""
    clause = require(by, KEEP, now)
    plan = locked_plan(plan_id)
    called = words(name, path="name", longest=120, missing=_("Say which document."))
    document = new_document(plan, plan.documents.count() + 1, "", called, owner_of(owner_id), due_on, now)
    _told("contracts.add_document", document, by, now, clause, {"until": due_on.isoformat()})
    return document


@transaction.atomic
def hand_in_document(
    *,
    document_id: int,
    content: bytes,
    name_of_file: str,
    expires_on: date | None,
    number: str = "",
    by: Employee,
    now: datetime,
) -> DocumentPaper:
    """By its owner, or by who keeps plans; also later, when a paper has run out and a newer one takes its place, and
    when the plan is complete. Raises Forbidden, NotFound, Invalid, Conflict (`dropped`), FileRefused."""
    document = _locked_document(document_id)
    require_owner(by, document.owner_id, now)
    if document.dropped_at is not None:
        raise Conflict(_("This document is no longer needed."), code="dropped")
    if expires_on is not None and expires_on < today(now):
        raise wrong("expires_on", _("This paper has run out already. Ask for a valid one."), code="past")
    kept = files.keep_file(content=content, name=name_of_file, by=by, now=now, limits=upload_limits(now))
    paper = DocumentPaper.objects.create(
        document=document,
        file=kept,
        number=words(number, path="number", longest=60),
        expires_on=expires_on,
        by=by,
        at=now,
    )
    subject = document_subject(document)
    deadlines.meet(GATHER, subject=subject, at=now)
    deadlines.meet(EXPIRY, subject=subject, at=now)
    if expires_on is not None:
        deadlines.open(
            EXPIRY,
            subject=subject,
            started_at=now,
            now=now,
            holder_id=document.owner_id,
            within=left(expires_on, now),
        )
    data = {"file": kept.sha256, "until": expires_on.isoformat() if expires_on else ""}
    _told("contracts.hand_in_document", document, by, now, clause_now(now), data)
    return paper


@transaction.atomic
def drop_document(*, document_id: int, reason: str, by: Employee, now: datetime) -> PlanDocument:
    """It is not needed, or no longer. Raises Forbidden, NotFound, Invalid, Conflict (`dropped`)."""
    clause = require(by, KEEP, now)
    document = _locked_document(document_id)
    if document.dropped_at is not None:
        raise Conflict(_("This document is no longer needed."), code="dropped")
    document.dropped_at = now
    document.note = words(reason, path="reason", longest=300, missing=_("Say why."))
    document.save(update_fields=["dropped_at", "note"])
    deadlines.cancel(None, subject=document_subject(document), at=now)
    _told("contracts.drop_document", document, by, now, clause, {"reason": document.note})
    return document


def _locked_document(document_id: int) -> PlanDocument:
    document = (
        PlanDocument.objects.select_for_update(of=("self",))
        .select_related("plan")
        .filter(pk=document_id)
        .first()
    )
    if document is None:
        raise NotFound(_("There is no such document."))
    return document


def _told(
    verb: str, document: PlanDocument, by: Employee, now: datetime, clause: str, data: Mapping[str, object]
) -> None:
    audit.record(
        verb,
        subject=plan_subject(document.plan),
        by=by,
        now=now,
        clause=clause,
        data={"document": document.n, "name": document.name, **data},
    )
