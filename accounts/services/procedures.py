"""The two documents of C13.0: written in versions, read by those concerned."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Procedure, ProcedureRead
from accounts.selectors import procedures as selectors
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook.allowed import require, words
from office.staff.models import Employee

WRITE = "accounts.write_procedures"


@transaction.atomic
def publish(*, code: str, text: str, by: Employee, now: datetime) -> Procedure:
    """The next version of a document; whoever it concerns is told to read it. Raises Forbidden, NotFound, Invalid,
    Conflict (`same`)."""
    clause = require(by, WRITE, now)
    if code not in selectors.codes(now):
        raise NotFound(_("There is no such document."))
    said = words(text, path="text", longest=20_000, missing=_("Write the text.")).replace("\r\n", "\n")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('accounts.procedure'))")
    digest = hashlib.sha256(said.encode()).hexdigest()
    last = selectors.latest(code)
    if last is not None and last.sha256 == digest:
        raise Conflict(_("This is the text that is in force already."), code="same")
    made = Procedure.objects.create(
        code=code, number=(last.number if last else 0) + 1, text=said, sha256=digest, by=by, at=now
    )
    data = {"number": made.number, "sha256": digest}
    audit.record("accounts.publish_procedure", subject=made.subject, by=by, now=now, clause=clause, data=data)
    notices.notify(
        "accounts.procedure_published",
        selectors.concerned(code, now) - {by.pk},
        source="procedure",
        source_id=made.pk,
        subject=made.subject,
        now=now,
        clause=clause,
        params={"name": selectors.name_of(code, now), "n": made.number},
    )
    return made


@transaction.atomic
def acknowledge(*, procedure_id: int, by: Employee, now: datetime) -> ProcedureRead:
    """The person has read this version. Raises NotFound, Conflict (`newer`: there is a later one)."""
    found = Procedure.objects.filter(pk=procedure_id).first()
    if found is None or by.pk not in selectors.concerned(found.code, now):
        raise NotFound(_("There is no such document."))
    last = selectors.latest(found.code)
    if last is None or last.pk != found.pk:
        raise Conflict(_("There is a newer version. Please read that one."), code="newer")
    read, made = ProcedureRead.objects.get_or_create(procedure=found, employee=by, defaults={"at": now})
    if made:
        data = {"number": found.number, "sha256": found.sha256}
        audit.record(
            "accounts.read_procedure", subject=found.subject, by=by, now=now, clause="C13.0", data=data
        )
    return read
