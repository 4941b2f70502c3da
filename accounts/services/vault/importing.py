"""Accounts out of another manager's file: each line is sealed at once, all are asked for as one request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import VaultImport
from accounts.rules import fields, managers, totp
from accounts.services.vault import proposing, sealing
from accounts.services.vault.sealing import Secret
from accounts.services.vault.unlocking import Opened, require
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Invalid
from office.rulebook import api as rulebook
from office.staff.models import Employee

IMPORT = "accounts.import"


def _wrong(message: object, code: str) -> Invalid:
    return Invalid(message, code=code, errors=[{"path": "file", "code": code, "message": str(message)}])


@sensitive_variables()
@transaction.atomic
def import_accounts(
    *, data: bytes, kind: str, custodians: Collection[int], opened: Opened | None, by: Employee, now: datetime
) -> approvals.Run:
    """The whole file or nothing: no secret of it is left out or cut. Weak and repeated passwords are taken and marked.
    Raises Forbidden (locked), Invalid (which line, why; never what stands there), Refused."""
    opened = require(opened, by)
    try:
        source, entries = managers.read(data)
    except managers.Unknown:
        raise _wrong(
            _("This is no CSV file of Bitwarden, KeePass, KeePassXC or Chrome that can be read."), "unknown"
        ) from None
    if not entries:
        raise _wrong(_("There is no password in this file."), "empty")
    if len(entries) > managers.MOST_ROWS:
        raise _wrong(
            _("At most {count} accounts at once; split the file.").format(count=managers.MOST_ROWS),
            "too_many",
        )
    rows = []
    elsewhere = sealing.used_elsewhere(None, opened, by)
    told = Counter(entry.password for entry in entries if entry.password)
    for entry in entries:
        facts = proposing.Facts(kind, entry.name, by.pk, entry.url, entry.login)
        try:
            _account, row = proposing.prepare(
                facts=facts, custodians=custodians, secrets=_secrets(entry, told[entry.password] > 1), opened=opened,
                by=by, now=now, elsewhere=elsewhere,
            )  # fmt: skip
        except Invalid as refused:
            paths = {error["path"] for error in refused.errors}
            if paths & {"kind", "custodians", "owner"}:
                raise
            raise _wrong(
                _("Line {line}: {why}").format(line=entry.line, why=refused.message), "line"
            ) from None
        rows.append(row)
    made = VaultImport.objects.create(by=by, at=now, source=source, rows=len(rows))
    audit.record(
        "accounts.import", subject=made.subject, by=by, now=now, clause=rulebook.chain_rule(IMPORT, now).clause,
        data={"source": source, "rows": len(rows)},
    )  # fmt: skip
    return approvals.submit(kind=IMPORT, subject=made.subject, payload={"rows": rows}, by=by, now=now)


@sensitive_variables()
def _secrets(entry: managers.Entry, again: bool) -> list[Secret]:
    """`again`: another line of the file has the same password."""
    found = []
    if entry.password:
        data = entry.password.encode("utf-8", "replace")
        found.append(Secret(fields.PASSWORD, data, anyway=True, repeated=again))
    if entry.seed:
        try:
            totp.seed_of(entry.seed)
        except ValueError:
            raise _wrong(_("its seed of one-time codes cannot be read"), "seed") from None
        found.append(Secret(fields.SEED, entry.seed.encode()))
    if entry.notes:
        found.append(Secret(fields.CODES, entry.notes.encode("utf-8", "replace")))
    return found
