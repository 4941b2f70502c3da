"""Sources of punches: added, changed, their secrets, and whom they mean by a number."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from attendance.models import DeviceUser, Punch, PunchBatch, PunchSource, RejectedPunch
from attendance.selectors.sources import SECRETS, Secret, secrets_of
from attendance.services.batches import IMPORT, UNKNOWN
from attendance.services.punching import Fresh, write_punches
from office import crypto
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.hooks.signatures import PREFIX
from office.rulebook.allowed import require
from office.staff.models import Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

VERBS = {
    "attendance.source_added": _("Source of punches added"),
    "attendance.source_changed": _("Source of punches changed"),
    "attendance.source_secret": _("New secret of a source of punches"),
    "attendance.number_named": _("Number on a device given to a person"),
    "attendance.number_freed": _("Number on a device taken from a person"),
}
OVERLAP = timedelta(hours=24)
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,29}")


@transaction.atomic
def add_source(
    *, code: str, name: str, format: str, own_numbers: bool, by: Employee | None, now: datetime
) -> PunchSource:
    """A device or system. `by` None: the terminal. Raises Forbidden, Invalid, Conflict (`taken`)."""
    if by is not None:
        require(by, IMPORT, now)
    code = code.strip().lower()
    if not _CODE.fullmatch(code):
        raise _wrong("code", _("A code has 2 to 30 small letters, digits, dashes or underscores."))
    name = _name(name)
    if format not in PunchSource.Format.values:
        raise _wrong("format", _("This format is not known."))
    if PunchSource.objects.filter(code=code).exists():
        raise Conflict(_("There is a source with this code already."), code="taken")
    source = PunchSource.objects.create(
        code=code, name=name, format=format, own_numbers=own_numbers, created_at=now
    )
    _record("attendance.source_added", source, by, now, name=name, format=format)
    return source


@transaction.atomic
def change_source(
    *,
    source_id: int,
    name: str,
    own_numbers: bool,
    active: bool,
    forget_mapping: bool,
    by: Employee,
    now: datetime,
) -> PunchSource:
    """Its code and format stay. Raises Forbidden, NotFound, Invalid."""
    require(by, IMPORT, now)
    source = _locked(source_id)
    source.name, source.own_numbers, source.active = _name(name), own_numbers, active
    if forget_mapping:
        source.mapping = {}
    source.save(update_fields=["name", "own_numbers", "active", "mapping"])
    _record("attendance.source_changed", source, by, now, active=active, own_numbers=own_numbers)
    return source


@transaction.atomic
def renew_secret(*, source_id: int, by: Employee, now: datetime) -> str:
    """A new signing secret, shown once; the one before counts for 24 more hours. Raises Forbidden, NotFound."""
    require(by, IMPORT, now)
    source = _locked(source_id)
    text = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")
    before = secrets_of(source)[:1]
    source.sealed_secrets = _sealed(
        [Secret(text, None), *(each._replace(until=now + OVERLAP) for each in before)]
    )
    source.save(update_fields=["sealed_secrets"])
    _record("attendance.source_secret", source, by, now)
    return text


@transaction.atomic
def name_number(*, source_id: int, number: str, employee_id: int, by: Employee, now: datetime) -> int:
    """Say whom the source means by a number; the refused rows that waited for it are taken at once. How many of those
    were punches that nobody had yet. What was taken before stays where it is. Raises Forbidden, NotFound, Invalid."""
    clause = require(by, IMPORT, now)
    source = _locked(source_id)
    number = number.strip()
    if not 0 < len(number) <= 60 or "\x00" in number:
        raise _wrong("number", _("A number has up to 60 characters."))
    person = Employee.objects.filter(pk=employee_id).first()
    if person is None:
        raise _wrong("employee", _("There is no such person."))
    DeviceUser.objects.update_or_create(
        source=source, number=number, defaults={"employee": person, "by": by, "at": now}
    )
    audit.record(
        "attendance.number_named",
        subject=source.subject,
        by=by,
        now=now,
        clause=clause,
        data={"number": number, "person": person.number},
    )
    return _take_waiting(source, number, person.pk, now)


@transaction.atomic
def free_number(*, user_id: int, by: Employee, now: datetime) -> None:
    """From now on the source's number means nobody; punches that were taken stay. Raises Forbidden, NotFound."""
    clause = require(by, IMPORT, now)
    known = DeviceUser.objects.select_related("source", "employee").filter(pk=user_id).first()
    if known is None:
        raise NotFound(_("There is no such number."))
    known.delete()
    audit.record(
        "attendance.number_freed",
        subject=known.source.subject,
        by=by,
        now=now,
        clause=clause,
        data={"number": known.number, "person": known.employee.number},
    )


def reseal_secrets(limit: int) -> int:
    """A step of a key rotation."""
    done = 0
    with transaction.atomic():
        for source in PunchSource.objects.select_for_update().exclude(sealed_secrets=None).order_by("pk"):
            blob = crypto.reseal_app(SECRETS, bytes(source.sealed_secrets or b""))
            if blob is not None and done < limit:
                source.sealed_secrets = blob
                source.save(update_fields=["sealed_secrets"])
                done += 1
    return done


def _take_waiting(source: PunchSource, number: str, employee_id: int, now: datetime) -> int:
    waiting = list(
        RejectedPunch.objects.select_for_update()
        .filter(batch__source=source, code=UNKNOWN, number=number, batch__erased_at=None)
        .order_by("batch_id", "pk")
    )
    total = 0
    for batch_id in sorted({row.batch_id for row in waiting}):
        rows = [row for row in waiting if row.batch_id == batch_id]
        batch = PunchBatch.objects.get(pk=batch_id)
        taken = write_punches(
            [
                Fresh(
                    employee_id,
                    datetime.fromisoformat(row.params["at"]),
                    row.params.get("direction", ""),
                    row.params.get("device", ""),
                    "\t".join(row.cells)[:500],
                )
                for row in rows
            ],
            via=Punch.Via.PUSH if batch.message_id else Punch.Via.FILE,
            source_id=source.pk,
            batch_id=batch_id,
            now=now,
        )
        RejectedPunch.objects.filter(pk__in=[row.pk for row in rows]).delete()
        PunchBatch.objects.filter(pk=batch_id).update(
            inserted=F("inserted") + taken,
            duplicates=F("duplicates") + len(rows) - taken,
            rejected=F("rejected") - len(rows),
        )
        total += taken
    return total


def _sealed(kept: Sequence[Secret]) -> bytes:
    rows = [{"text": one.text, "until": one.until.isoformat() if one.until else None} for one in kept]
    return crypto.seal_app(SECRETS, json.dumps(rows).encode())


def _name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= 60 or not name.isprintable():
        raise _wrong("name", _("A source needs a name of up to 60 characters."))
    return name


def _wrong(path: str, message: StrOrPromise) -> Invalid:
    return Invalid(message, errors=[{"path": path, "code": path, "message": str(message)}])


def _locked(source_id: int) -> PunchSource:
    source = PunchSource.objects.select_for_update().filter(pk=source_id).first()
    if source is None:
        raise NotFound(_("There is no such source of punches."))
    return source


def _record(verb: str, source: PunchSource, by: Employee | None, now: datetime, **data: object) -> None:
    audit.record(
        verb, subject=source.subject, by=by, now=now, clause="C13.5", data={"code": source.code, **data}
    )
