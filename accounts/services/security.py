"""The record of security updates (C13.7): what is installed, what the advisory file knows of it, the signature."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import SecurityReport, SecuritySignature
from accounts.rules import advisories
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, NotFound
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, require, unless, words
from office.staff.models import Employee

SCHEDULE, CLOCK, MAY = "accounts.security_updates", "accounts.security_sign", "accounts.security"
#: Where IT puts the file, below the home folder, and how large it may be.
FILE, LARGEST = "advisories.json", 64 << 20


def installed() -> dict[str, str]:
    """Every distribution of this environment: name → version."""
    found = {each.metadata["Name"]: each.version for each in distributions() if each.metadata["Name"]}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def place() -> Path:
    return Path(settings.ECDEPT_HOME) / FILE


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
    found, digest, at, problem = _look(listed)
    keepers = "|".join(sorted(rulebook.positions_with(MAY, now)))
    made = SecurityReport.objects.create(
        opened_for=due,
        at=now,
        due_at=rulebook.due_at(rulebook.book(now), rulebook.deadline_rule(CLOCK, now), now),
        clause=rule.clause,
        packages=listed,
        found=found,
        file_sha256=digest,
        file_at=at,
        problem=problem,
    )
    deadlines.open(CLOCK, subject=made.subject, started_at=now, now=now, targets={"holder": keepers})
    data = {"packages": len(listed), "found": len(found), "file": digest, "problem": problem}
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


def _look(packages: Mapping[str, str]) -> tuple[list[dict[str, str]], str, datetime | None, str]:
    """(what was found, the file's digest and date, what went wrong)."""
    file = place()
    try:
        if file.stat().st_size > LARGEST:
            return [], "", None, str(_("The advisory file is larger than 64 MB."))
        content = file.read_bytes()
        at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except FileNotFoundError:
        return [], "", None, str(_("There is no advisory file; nothing was looked up."))
    except OSError:
        return [], "", None, str(_("The advisory file cannot be read."))
    digest = hashlib.sha256(content).hexdigest()
    try:
        return advisories.matches(packages, advisories.records(json.loads(content))), digest, at, ""
    except (advisories.BadFile, ValueError, RecursionError) as wrong:
        return [], digest, at, _broken(wrong)


def _broken(wrong: Exception) -> str:
    return f"{_('The advisory file is not in the expected form.')} {advisories.said(wrong)[:200]}"


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
