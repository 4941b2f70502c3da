"""What somebody has to do because of something else: let a custodian in, change what somebody could see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, time, timedelta

from django.db import transaction

from accounts.models import Account, Lending, Rotation, Sealed
from accounts.selectors import vault
from office.deadlines import api as deadlines
from office.rulebook.calendar import ZONE
from office.staff.models import Employee

RESEAL = "accounts.reseal"
ROTATE = "accounts.rotate"
REGULAR = "accounts.regular_change"
RENEWAL = "accounts.renewal"
AFTER_LENDING = "accounts.change_after_lending"


def _owner(account: Account) -> int | None:
    return account.facts.owner_id if account.facts else None


def let_in(accounts: Iterable[Account], *, now: datetime) -> None:
    """A task for the other custodians of each account in which somebody waits to be let in; none where nobody does,
    and a running one is met."""
    accounts = list(accounts)
    waiting = {
        each.sealed.account_id for each in vault.missing_boxes([account.pk for account in accounts], now)
    }
    for account in accounts:
        if account.pk in waiting:
            deadlines.open(
                RESEAL, subject=account.subject, started_at=now, now=now, holder_id=_owner(account),
            )  # fmt: skip
        else:
            deadlines.meet(RESEAL, subject=account.subject, at=now)


def change_secrets(
    account: Account, sealed: Collection[Sealed], *, person: Employee, why: str, now: datetime
) -> int:
    """The secrets that this person could see are to be changed; how many of them that is news for."""
    fresh = 0
    for each in sealed:
        _row, made = Rotation.objects.get_or_create(
            account=account, field=each.field, employee=person, done_at=None,
            defaults={"why": why, "opened_at": now},
        )  # fmt: skip
        fresh += made
    if fresh:
        deadlines.open(
            ROTATE, subject=account.subject, started_at=now, now=now, holder_id=_owner(account),
        )  # fmt: skip
    return fresh


def secret_changed(account: Account, fields: Collection[str], *, now: datetime) -> None:
    """New secrets are in force: what waited for that is done, and their age begins anew."""
    Rotation.objects.filter(account=account, field__in=fields, done_at=None).update(done_at=now)
    if not Rotation.objects.filter(account=account, done_at=None).exists():
        deadlines.meet(ROTATE, subject=account.subject, at=now)
    lent = Lending.objects.filter(account=account, released_at__isnull=False, changed_at=None)
    if "password" in fields:
        for lending in lent.select_for_update():
            lending.changed_at = now
            lending.save(update_fields=["changed_at"])
            deadlines.meet(AFTER_LENDING, subject=lending.subject, at=now)


def keep_dates(account: Account, *, now: datetime, changed: bool) -> None:
    """The clocks of the account's own dates: when it is renewed, when the password is due. `changed`: the password was
    changed just now."""
    facts = account.facts
    deadlines.cancel(RENEWAL, subject=account.subject, at=now)
    if facts is None or facts.closed:
        for rule in (REGULAR, ROTATE, RESEAL):
            deadlines.cancel(rule, subject=account.subject, at=now)
        Rotation.objects.filter(account=account, done_at=None).update(done_at=now)
        return
    common = {
        "subject": account.subject, "now": now, "holder_id": facts.owner_id
    }  # fmt: skip
    if facts.renew_on is not None:
        ends = datetime.combine(facts.renew_on, time(0), tzinfo=ZONE) + timedelta(days=1)
        if ends > now:
            deadlines.open(RENEWAL, started_at=now, within=ends - now, **common)  # type: ignore[arg-type]
    password = next((each for each in vault.current_secrets(account) if each.field == "password"), None)
    if changed:
        deadlines.meet(REGULAR, subject=account.subject, at=now)
    else:
        deadlines.cancel(REGULAR, subject=account.subject, at=now)
    if password is not None:
        since = now if changed else vault.changed_at(password)
        within = timedelta(days=facts.change_days) if facts.change_days else None
        deadlines.open(REGULAR, started_at=since, within=within, **common)  # type: ignore[arg-type]


@transaction.atomic
def watch(*, now: datetime) -> int:
    """Who has left, or lost the post, could see secrets that are now to be changed; how many of them are new."""
    return sum(
        change_secrets(each.account, [each.sealed], person=person, why=Rotation.Why.LEFT, now=now)
        for person, exposed in vault.no_longer_theirs(now)
        for each in exposed
    )
