"""The record of security updates (C13.7): what is installed, what the advisory file knows of it, the signature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import SecurityReport, SecuritySignature
from accounts.rules import advisories
from accounts.services.advisories import MAY, Newest, installed, newest
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, require, unless, words
from office.staff.models import Employee

SCHEDULE, CLOCK = "accounts.security_updates", "accounts.security_sign"


@transaction.atomic
def report(*, now: datetime, packages: Mapping[str, str] | None = None) -> SecurityReport | None:
    """The report whose time has come, if it is not there yet. A file that is missing or cannot be read is said in it:
    "nothing known" and "not looked" are not the same. Called by beat; many at once write one (advisory lock)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('accounts.security'))")
        if not cursor.fetchone()[0]:
            return None
    if not rulebook.has_rule(CLOCK, now):
        return None
    rule = rulebook.schedule_rule(SCHEDULE, now)
    due = rulebook.latest_run(rule, now)
    if due is None or SecurityReport.objects.filter(opened_for__gte=due).exists():
        return None
    listed = dict(packages if packages is not None else installed())
    file = newest()
    found, problem = _look(listed, file)
    keepers = "|".join(sorted(rulebook.positions_with(MAY, now)))
    made = SecurityReport.objects.create(
        opened_for=due,
        at=now,
        due_at=rulebook.due_at(rulebook.book(now), rulebook.deadline_rule(CLOCK, now), now),
        clause=rule.clause,
        packages=listed,
        found=found,
        file_sha256=file.sha256,
        file_at=file.at,
        problem=problem,
    )
    deadlines.open(CLOCK, subject=made.subject, started_at=now, now=now, targets={"holder": keepers})
    data = {"packages": len(listed), "found": len(found), "file": file.sha256, "problem": problem}
    audit.record(
        "accounts.report_security", subject=made.subject, by=None, now=now, clause=rule.clause, data=data
    )
    notices.notify(
        "accounts.security_report",
        people_with(MAY, now),
        source="security_report",
        source_id=made.pk,
        subject=made.subject,
        now=now,
        clause=rule.clause,
        params={"n": len(found), "due_at": made.due_at.isoformat()},
        urgent=bool(found),
    )
    return made


def _look(packages: Mapping[str, str], newest: Newest) -> tuple[list[dict[str, str]], str]:
    """(what was found, what went wrong)."""
    if newest.problem:
        return [], newest.problem
    try:
        return advisories.matches(packages, advisories.records(json.loads(newest.content))), ""
    except (advisories.BadFile, ValueError, RecursionError) as wrong:
        return [], advisories.broken(wrong)


@transaction.atomic
def sign(*, report_id: int, done: str, by: Employee, now: datetime) -> SecuritySignature:
    """The administrator has read it and says what he did. Raises Forbidden, NotFound, Invalid, Conflict (`signed`)."""
    clause = require(by, MAY, now)
    found = SecurityReport.objects.filter(pk=report_id).first()
    if found is None:
        raise NotFound(_("There is no such report."))
    said = words(done, path="done", longest=2000, missing=_("Say what was done."))
    with unless("accounts_securitysignature", lambda: Conflict(_("It is signed already."), code="signed")):
        signature = SecuritySignature.objects.create(report=found, done=said, by=by, at=now)
    deadlines.meet(CLOCK, subject=found.subject, at=now)
    data = {"done": said[:500]}
    audit.record("accounts.sign_security", subject=found.subject, by=by, now=now, clause=clause, data=data)
    return signature
