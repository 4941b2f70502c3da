"""Lending an account in a special case (C13.4): the department head agrees, the password is changed directly after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts import vault_book
from accounts.models import Account, Box, Lending, VaultKey
from accounts.rules import fields
from accounts.selectors import vault
from accounts.services.vault import duties, sealing
from accounts.services.vault.unlocking import Opened, require
from office import boxes
from office.approvals import api as approvals
from office.audit import api as audit
from office.deadlines import api as deadlines
from office.errors import Conflict, Invalid, NotFound, Refused
from office.notices import api as notices
from office.rulebook import api as rulebook
from office.staff.models import Employee

SHARED = "accounts.shared_login"


def _clause(now: datetime) -> str:
    return rulebook.chain_rule(SHARED, now).clause


def _wrong(path: str, message: object) -> Invalid:
    return Invalid(message, code=path, errors=[{"path": path, "code": "invalid", "message": str(message)}])


@transaction.atomic
def ask(
    *, account_id: int, borrower: Employee | None, hours: int, reason: str, by: Employee, now: datetime
) -> Lending:
    """A custodian asks the department head to let somebody enter with the account's password. Raises NotFound, Invalid,
    Conflict (one is under way, or the password was not changed after the last one)."""
    account = vault.access_account(account_id, by, now)
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.state != Account.State.OPEN or not vault.keeps(by, account, now):
        raise NotFound(_("There is no such account."))
    most = int(vault_book.span("lending_time", now) / timedelta(hours=1))
    if borrower is None or not borrower.is_active:
        raise _wrong("borrower", _("Choose who is to enter with it."))
    if borrower.pk == by.pk or vault.keeps(borrower, account, now):
        raise _wrong("borrower", _("A custodian needs no lending."))
    if not 1 <= hours <= most:
        raise _wrong("hours", _("Between 1 and {count} hours.").format(count=most))
    if not reason.strip() or "\x00" in reason:
        raise _wrong("reason", _("Please give the reason."))
    blocking = vault.still_blocked(account)
    if blocking is not None:
        text = (
            _(
                "The password has not been changed since {name} had it. Change it first; then it can be lent again."
            )
            if blocking.released_at
            else _("A lending to {name} is under way.")
        )
        raise Conflict(text.format(name=blocking.borrower.name), code="not_changed", clause=_clause(now))
    if not any(each.field == fields.PASSWORD for each in vault.current_secrets(account)):
        raise Refused(_("There is no password in this account."), code="no_password")
    lending = Lending.objects.create(
        account=account,
        borrower=borrower,
        lender=by,
        reason=" ".join(reason.split())[:200],
        hours=hours,
        asked_at=now,
    )
    lending.run = approvals.submit(
        kind=SHARED,
        subject=lending.subject,
        payload={
            "lending": lending.pk, "account": account.pk, "borrower": borrower.pk, "hours": hours,
            "reason": lending.reason,
        },
        by=by,
        now=now,
    )  # fmt: skip
    lending.save(update_fields=["run"])
    return lending


def agreed(*, run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    lending = Lending.objects.select_for_update().get(pk=payload["lending"])
    if run.votes.filter(round=run.round, decision="approve", person=lending.borrower).exists():
        raise Conflict(
            _("Who is to enter with it does not agree to it himself."),
            code="borrower_agrees",
            clause=run.clause,
        )
    lending.state, lending.run = Lending.State.AGREED, run
    lending.save(update_fields=["state", "run"])
    audit.record(
        "accounts.lending_agreed", subject=lending.account.subject, by=by, now=now, clause=run.clause
    )
    for kind, person in (("accounts.lend_now", lending.lender), ("accounts.borrow_soon", lending.borrower)):
        notices.notify(
            kind, recipients=[person.pk], subject=lending.subject, source="lending", source_id=lending.pk, now=now,
            clause=run.clause, params={"borrower": lending.borrower.name, "lender": lending.lender.name},
        )  # fmt: skip


def ended(run: approvals.Run, by: Employee | None, now: datetime) -> None:
    Lending.objects.filter(pk=run.payload["lending"], state__in=["asked", "agreed"]).update(
        state=Lending.State.REFUSED
    )


@sensitive_variables()
@transaction.atomic
def release(*, lending_id: int, opened: Opened | None, by: Employee, now: datetime) -> Lending:
    """The custodian, unlocked, seals password and codes to the borrower for the hours agreed to; from now on the
    password is to be changed. Raises NotFound, Forbidden (locked), Conflict (no key; not agreed to)."""
    opened = require(opened, by)
    lending = Lending.objects.select_for_update().filter(pk=lending_id).first()
    if lending is None or not vault.keeps(by, lending.account, now):
        raise NotFound(_("There is no such lending."))
    if lending.state != Lending.State.AGREED:
        raise Conflict(_("This lending is: {state}.").format(state=lending.get_state_display()), code="state")
    key = VaultKey.objects.filter(employee=lending.borrower, state=VaultKey.State.CURRENT).first()
    if key is None:
        raise Conflict(
            _("{name} has no vault passphrase yet. It takes a minute to set one up.").format(
                name=lending.borrower.name
            ),
            code="no_key",
        )
    lent = [each for each in vault.current_secrets(lending.account) if each.field in fields.LENT]
    keys = {each.pk: sealing.data_key_of(each, opened) for each in lent}
    lending.state, lending.released_at = Lending.State.RELEASED, now
    lending.until = now + timedelta(hours=lending.hours)
    lending.save(update_fields=["state", "released_at", "until"])
    Box.objects.bulk_create(
        Box(
            sealed=each,
            key=key,
            lending=lending,
            box=boxes.seal_to(bytes(key.public), keys[each.pk]),
            by=by,
            at=now,
        )
        for each in lent
    )
    deadlines.open(duties.AFTER_LENDING, subject=lending.subject, started_at=now, now=now, holder_id=by.pk)
    audit.record(
        "accounts.lend", subject=lending.account.subject, by=by, now=now, clause=_clause(now),
        data={"to": lending.borrower.name, "until": lending.until.isoformat()},
    )  # fmt: skip
    notices.notify(
        "accounts.lent", recipients=[lending.borrower_id], subject=lending.subject, source="lending_out",
        source_id=lending.pk, now=now, clause=_clause(now), params={"until_at": lending.until.isoformat()},
    )  # fmt: skip
    return lending


@transaction.atomic
def give_back(*, lending_id: int, by: Employee, now: datetime) -> Lending:
    """The borrower is done, or a custodian ends it: the boxes are taken away. Raises NotFound, Conflict."""
    lending = Lending.objects.select_for_update().filter(pk=lending_id).first()
    if lending is None or (lending.borrower_id != by.pk and not vault.keeps(by, lending.account, now)):
        raise NotFound(_("There is no such lending."))
    if lending.state != Lending.State.RELEASED:
        raise Conflict(_("This lending is: {state}.").format(state=lending.get_state_display()), code="state")
    _over(lending, by, now)
    return lending


def _over(lending: Lending, by: Employee | None, now: datetime) -> None:
    lending.state = Lending.State.OVER
    lending.save(update_fields=["state"])
    Box.objects.filter(lending=lending).delete()
    audit.record(
        "accounts.lending_over", subject=lending.account.subject, by=by, now=now, clause=_clause(now)
    )


def end_with_account(account: Account, *, by: Employee | None, now: datetime) -> None:
    """The account was closed: nothing of it is handed out any more, and there is no password left to change."""
    live = account.lendings.select_for_update().filter(
        state__in=[Lending.State.AGREED, Lending.State.RELEASED]
    )
    for lending in live.order_by("pk"):
        _over(lending, by, now)
    for lending in account.lendings.filter(released_at__isnull=False, changed_at=None):
        deadlines.cancel(duties.AFTER_LENDING, subject=lending.subject, at=now)


@transaction.atomic
def end_due(*, now: datetime) -> int:
    """Lendings whose hours are over, and those agreed to that nobody handed out in as long a time; how many. By the
    clock."""
    due = list(
        Lending.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(
            Q(state=Lending.State.RELEASED, until__lte=now)
            | Q(state=Lending.State.AGREED, run__executed_at__lte=now - vault_book.span("lending_time", now))
        )
        .order_by("pk")
    )
    for lending in due:
        _over(lending, None, now)
    return len(due)
