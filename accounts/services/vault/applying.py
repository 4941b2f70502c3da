"""What the general manager signed becomes so: facts, secrets, custodians of an account (C8.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from guardian.shortcuts import assign_perm, remove_perm

from accounts.models import (
    Account,
    AccountFacts,
    Box,
    CustodianChange,
    Rotation,
    Sealed,
    SecretVersion,
)
from accounts.rules import fields
from accounts.selectors import vault
from accounts.services.vault import duties, lending
from office.approvals import api as approvals
from office.audit import api as audit
from office.staff.models import Employee

PERMISSION = f"accounts.{vault.READ}"


def apply(run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """Every row of the request; what is proposed in a row that was refused is dropped."""
    for row in sorted(payload["rows"], key=lambda each: int(each["account"])):
        _apply_row(run, row, by, now)
    left = {int(row["account"]) for row in payload["rows"]}
    drop([int(row["account"]) for row in run.payload["rows"] if int(row["account"]) not in left])


def _apply_row(run: approvals.Run, row: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    account = Account.objects.select_for_update().get(pk=row["account"])
    exposed = _seen_by(account, row["remove"])
    if row["facts"] is not None:
        _new_facts(account, row["facts"], run, now)
    for secret in row["secrets"]:
        SecretVersion.objects.create(
            account=account, field=secret["field"], sealed_id=secret["sealed"], run=run, at=now
        )
    _custodians(account, row, run, now)
    # Sealed to somebody who was named when it was first asked for, and is no custodian now.
    people = vault.custodian_ids([account.pk])[account.pk]
    Box.objects.filter(sealed__account=account, key__isnull=False, lending=None).exclude(
        key__employee__in=people
    ).delete()
    new = Sealed.objects.filter(
        pk__in=[each["sealed"] for each in row["secrets"] if each["sealed"]], renews=None
    )
    replaced = {each.field for each in new}
    dropped = {each["field"] for each in row["secrets"] if not each["sealed"]}
    changed = replaced | dropped
    # A password that is only taken out of the vault still opens the account.
    duties.secret_changed(account, replaced | dropped - {fields.PASSWORD}, now=now)
    for person, secrets in exposed:
        duties.change_secrets(account, secrets, person=person, why=Rotation.Why.REMOVED, now=now)
    if account.state == Account.State.CLOSED:
        lending.end_with_account(account, by=by, now=now)
    if row["facts"] is not None or "password" in changed:
        duties.keep_dates(account, now=now, changed="password" in changed)
    duties.let_in([account], now=now)
    audit.record(
        "accounts.changed", subject=account.subject, by=by, now=now, clause=run.clause,
        data={
            "run": run.pk, "facts": row["facts"] is not None, "fields": [each["field"] for each in row["secrets"]],
            "added": row["add"], "removed": row["remove"],
        },
    )  # fmt: skip


def _new_facts(account: Account, asked: Mapping[str, Any], run: approvals.Run, now: datetime) -> None:
    facts = AccountFacts.objects.create(
        account=account, kind=asked["kind"], name=asked["name"], url=asked["url"], login=asked["login"],
        owner_id=asked["owner"], renew_on=date.fromisoformat(asked["renew_on"]) if asked["renew_on"] else None,
        change_days=asked["change_days"], closed=asked["closed"], run=run, at=now,
    )  # fmt: skip
    account.facts, account.name, account.kind = facts, facts.name, facts.kind
    account.state = Account.State.CLOSED if facts.closed else Account.State.OPEN
    account.save(update_fields=["facts", "name", "kind", "state"])


def _custodians(account: Account, row: Mapping[str, Any], run: approvals.Run, now: datetime) -> None:
    for added, ids in ((True, row["add"]), (False, row["remove"])):
        for person in Employee.objects.filter(pk__in=ids).order_by("pk"):
            CustodianChange.objects.create(account=account, employee=person, added=added, run=run, at=now)
            (assign_perm if added else remove_perm)(PERMISSION, person, account)


def _seen_by(account: Account, ids: list[int]) -> list[tuple[Employee, list[Sealed]]]:
    """What those who go can see now, or saw since its last change."""
    found = []
    for person in Employee.objects.filter(pk__in=ids):
        secrets = [each.sealed for each in vault.blast_radius(person) if each.account.pk == account.pk]
        found.append((person, secrets))
    return found


def ended(run: approvals.Run, by: Employee | None, now: datetime) -> None:
    """Not agreed to: an account that was only proposed is dropped."""
    drop([int(row["account"]) for row in run.payload["rows"]])


def drop(ids: Collection[int]) -> None:
    """Accounts that were only proposed, and are not asked for any more."""
    Account.objects.filter(pk__in=ids, state=Account.State.PROPOSED).update(state=Account.State.DROPPED)
