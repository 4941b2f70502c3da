"""The file of advisories (C13.7): sent in by IT through its page, or put below the home folder; the newest counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import AdvisoryFile
from accounts.rules import advisories as rules
from office.audit import api as audit
from office.errors import NotFound
from office.files import api as files
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.rulebook.allowed import people_with, require, wrong
from office.staff.models import Employee

MAY, SIZE = "accounts.security", "accounts.advisory_size"
#: Where IT may put the file, below the home folder, and how large it may be there.
FILE, LARGEST = "advisories.json", 64 << 20


@dataclass(frozen=True, slots=True)
class Newest:
    """The file that counts: its bytes, digest and date; or why there is nothing to look into."""

    content: bytes = field(default=b"", repr=False)
    sha256: str = ""
    at: datetime | None = None
    problem: str = ""


def installed() -> dict[str, str]:
    """Every distribution of this environment: name → version."""
    read = (each.metadata for each in distributions())  # each time it is asked for its file is read anew
    found = {each["Name"]: each["Version"] for each in read if each["Name"]}
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def place() -> Path:
    return Path(settings.ECDEPT_HOME) / FILE


def limits(at: datetime) -> files.Limits:
    """Plain text up to the size of the book."""
    rule = rulebook.limit_rule(SIZE, at)
    return files.Limits(document=rule.count, clause=rule.clause)


def takes(at: datetime) -> bool:
    """Whether files are sent in at all: a book of before knows of none."""
    return rulebook.has_rule(SIZE, at)


def _put_there() -> datetime | None:
    """Of when the file below the home folder is."""
    try:
        return datetime.fromtimestamp(place().stat().st_mtime, UTC)
    except OSError:
        return None


def newest() -> Newest:
    """The last that was sent in or put there."""
    sent, put = AdvisoryFile.objects.select_related("file").order_by("-at", "-pk").first(), _put_there()
    if sent is not None and (put is None or sent.at >= put):
        try:
            return Newest(files.content_of(sent.file), sent.file.sha256, sent.at)
        except NotFound as gone:
            return Newest(sha256=sent.file.sha256, at=sent.at, problem=str(gone.message))
    file = place()
    try:
        if file.stat().st_size > LARGEST:
            return Newest(problem=str(_("The advisory file is larger than 64 MB.")))
        content = file.read_bytes()
    except FileNotFoundError:
        return Newest(problem=str(_("There is no advisory file; nothing was looked up.")))
    except OSError:
        return Newest(problem=str(_("The advisory file cannot be read.")))
    return Newest(content, hashlib.sha256(content).hexdigest(), put)


@transaction.atomic
def take(
    *, content: bytes, name: str, by: Employee, now: datetime, packages: Mapping[str, str] | None = None
) -> AdvisoryFile:
    """Looked into, scanned and kept; what it finds in what is installed is told to who signs. Raises Forbidden,
    FileRefused, Invalid (no list of advisories)."""
    clause = require(by, MAY, now)
    kept = files.keep_file(content=content, name=name, by=by, now=now, limits=limits(now))
    try:
        listed = rules.records(json.loads(files.content_of(kept)))
    except (rules.BadFile, ValueError, RecursionError) as bad:
        raise wrong("file", rules.broken(bad), code="advisories", clause=clause) from bad
    found = rules.matches(packages if packages is not None else installed(), listed)
    made = AdvisoryFile.objects.create(file=kept, records=len(listed), found=found, by=by, at=now)
    data = {"file": kept.sha256, "records": len(listed), "found": len(found)}
    audit.record("accounts.take_advisories", subject=made.subject, by=by, now=now, clause=clause, data=data)
    notices.notify(
        "accounts.advisories",
        people_with(MAY, now) - {by.pk},
        source="advisory_file",
        source_id=made.pk,
        subject=made.subject,
        now=now,
        clause=clause,
        params={"n": len(found), "by": by.name},
        urgent=bool(found),
    )
    return made
