"""Accounts out of another manager's file: each line is sealed at once, all are asked for as one request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import Account, VaultImport
from accounts.rules import fields, managers, totp
from accounts.selectors import vault
from accounts.services.vault import applying, proposing, sealing
from accounts.services.vault.sealing import Secret
from accounts.services.vault.unlocking import Opened, require
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Invalid, NotFound
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


@dataclass(frozen=True, slots=True)
class Line:
    """One account of an import that was given back, as it is asked for now."""

    name: str
    url: str
    login: str


def returned_import(import_id: int, by: Employee, now: datetime) -> approvals.Run:
    """The person's own request for an import that was given back to him. Raises NotFound."""
    made = VaultImport.objects.filter(pk=import_id).first()
    runs = approvals.runs_about(made.subject, by, now) if made is not None else []
    found = next((run for run in runs if run.state == "returned" and run.requester_id == by.pk), None)
    if found is None:
        raise NotFound(_("There is no such import."))
    return found


def returned_with(account: Account, by: Employee) -> int | None:
    """The id of the import that was given back to the person and holds this proposed account."""
    if account.state != Account.State.PROPOSED:
        return None
    runs = approvals.Run.objects.filter(kind=IMPORT, state="returned", requester=by).order_by("-pk")
    held = (run for run in runs if any(row["account"] == account.pk for row in run.payload["rows"]))
    return next((int(run.subject_id) for run in held), None)


@transaction.atomic
def import_again(
    *,
    import_id: int,
    lines: Mapping[int, Line],
    custodians: Collection[int],
    by: Employee,
    now: datetime,
    comment: str = "",
) -> approvals.Run:
    """An import that was given back, with other facts or custodians and the sealed secrets as they are. `lines`: by the
    account's id; an account that is not among them is left out for good. Raises NotFound, Invalid."""
    run = returned_import(import_id, by, now)
    approvals.hold(run.as_subject)
    rows = [row for row in run.payload["rows"] if row["account"] in lines]
    if not rows:
        raise Invalid(_("Nothing would be left: take the request back instead."), code="empty")
    kept = []
    for row in rows:
        line = lines[row["account"]]
        before = row["facts"]
        given = proposing.Facts(before["kind"], line.name, before["owner"], line.url, line.login)
        try:
            facts = proposing.check_facts(given, now)
        except Invalid as refused:
            raise _of_line(row["account"], refused) from None
        kept.append({**row, "facts": facts.as_payload()})
    people = proposing.check_custodians(custodians, kept[0]["facts"]["kind"], now)
    sealing.readers(people)
    if not vault.can_open([secret["sealed"] for row in kept for secret in row["secrets"]], people):
        raise proposing.no_reader()
    payload = {"rows": [{**row, "add": [each.pk for each in people]} for row in kept]}
    applying.drop([row["account"] for row in run.payload["rows"] if row["account"] not in lines])
    return approvals.resubmit(run_id=run.pk, payload=payload, by=by, now=now, comment=comment)


def _of_line(account_id: int, refused: Invalid) -> Invalid:
    """Under the account that it is about; `owner` and `kind` are no matter of one line."""
    errors = [
        {**error, "path": f"{account_id}-{error['path']}"}
        if error["path"] in ("name", "url", "login")
        else error
        for error in refused.errors
    ]
    return Invalid(refused.message, code=refused.code, errors=errors)
