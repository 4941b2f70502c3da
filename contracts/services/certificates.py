"""Licence and certificates of a supplier, and the day each runs out (P0)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.limits import upload_limits
from contracts.models import Certificate, CertificateEnd
from contracts.rules.days import left, today
from contracts.services.suppliers import KEEP, locked_supplier
from contracts.subjects import certificate_subject, supplier_subject
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.files import api as files
from office.rulebook import api as rulebook
from office.rulebook.allowed import require, words, wrong
from office.staff.models import Employee

CLOCK, KINDS, OTHER = "contracts.certificate", "contracts.certificates", "other_paper"


@transaction.atomic
def add_certificate(
    *,
    supplier_id: int,
    kind: str,
    expires_on: date | None,
    content: bytes,
    name_of_file: str,
    name: str = "",
    number: str = "",
    by: Employee,
    now: datetime,
) -> Certificate:
    """Keeps a paper. One of the same kind and name is replaced, and its clock stops. `expires_on` None: it does not run
    out. Raises Forbidden, NotFound, Invalid, FileRefused."""
    clause = require(by, KEEP, now)
    supplier = locked_supplier(supplier_id)
    if kind not in rulebook.parameter_rule(KINDS, at=now).texts():
        raise wrong("kind", _("There is no such choice."))
    called = words(name, path="name", longest=120, missing=_("Say what it is.") if kind == OTHER else "")
    if expires_on is not None and expires_on < today(now):
        raise wrong("expires_on", _("This paper has run out already. Ask for a valid one."), code="past")
    before = Certificate.objects.filter(supplier=supplier, kind=kind, name=called, end=None).first()
    kept = files.keep_file(content=content, name=name_of_file, by=by, now=now, limits=upload_limits(now))
    certificate = Certificate.objects.create(
        supplier=supplier,
        kind=kind,
        name=called,
        number=words(number, path="number", longest=60),
        expires_on=expires_on,
        file=kept,
        by=by,
        at=now,
    )
    if before is not None:
        CertificateEnd.objects.create(certificate=before, replaced_by=certificate, by=by, at=now)
        deadlines.meet(CLOCK, subject=certificate_subject(before), at=now)
    if expires_on is not None:
        deadlines.open(
            CLOCK,
            subject=certificate_subject(certificate),
            started_at=now,
            now=now,
            within=left(expires_on, now),
        )
    audit.record(
        "contracts.add_certificate",
        subject=supplier_subject(supplier),
        by=by,
        now=now,
        clause=clause,
        data={
            "certificate": certificate.pk,
            "kind": kind,
            "file": kept.sha256,
            "until": expires_on.isoformat() if expires_on else "",
            "replaces": before.pk if before else 0,
        },
    )
    return certificate


@transaction.atomic
def end_certificate(*, certificate_id: int, reason: str, by: Employee, now: datetime) -> CertificateEnd:
    """The paper is not needed any more. Raises Forbidden, NotFound, Invalid, Conflict (`ended`)."""
    clause = require(by, KEEP, now)
    certificate = Certificate.objects.select_related("supplier").filter(pk=certificate_id).first()
    if certificate is None:
        raise NotFound(_("There is no such certificate."))
    locked_supplier(certificate.supplier_id)
    if CertificateEnd.objects.filter(certificate=certificate).exists():
        raise Conflict(_("This certificate does not count any more."), code="ended")
    end = CertificateEnd.objects.create(
        certificate=certificate,
        reason=words(reason, path="reason", longest=200, missing=_("Say why.")),
        by=by,
        at=now,
    )
    deadlines.cancel(CLOCK, subject=certificate_subject(certificate), at=now)
    audit.record(
        "contracts.end_certificate",
        subject=supplier_subject(certificate.supplier),
        by=by,
        now=now,
        clause=clause,
        data={"certificate": certificate.pk, "reason": end.reason},
    )
    return end
