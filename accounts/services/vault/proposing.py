"""Asking the general manager for a change of an official account (C8.2): what is proposed is sealed beforehand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts import vault_book
from accounts.models import Account, Sealed
from accounts.rules import fields
from accounts.selectors import vault
from accounts.services.vault import sealing
from accounts.services.vault.sealing import Secret
from accounts.services.vault.unlocking import Opened, require
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Forbidden, Invalid, NotFound
from office.staff.models import Employee

CHANGE = "accounts.change"
LONGEST_CHANGE_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an account and no secret. `owner`: an employee's id. `change_days`: None for the book's own."""

    kind: str
    name: str
    owner: int
    url: str = ""
    login: str = ""
    renew_on: date | None = None
    change_days: int | None = None
    closed: bool = False

    @classmethod
    def of(cls, account: Account) -> Facts:
        """As they are. NotFound for an account without any."""
        now = account.facts
        if now is None:
            raise NotFound(_("There is no such account."))
        return cls(
            now.kind, now.name, now.owner_id, now.url, now.login, now.renew_on, now.change_days, now.closed
        )

    def as_payload(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "name": self.name, "owner": self.owner, "url": self.url, "login": self.login,
            "renew_on": self.renew_on.isoformat() if self.renew_on else None, "change_days": self.change_days,
            "closed": self.closed,
        }  # fmt: skip


def _wrong(path: str, message: object, code: str = "invalid") -> Invalid:
    return Invalid(message, code=code, errors=[{"path": path, "code": code, "message": str(message)}])


def check_facts(facts: Facts, now: datetime) -> Facts:
    """The facts, blanks cut off. Raises Invalid."""
    facts = replace(facts, name=facts.name.strip(), url=facts.url.strip(), login=facts.login.strip())
    if facts.kind not in vault_book.kinds(now):
        raise _wrong("kind", _("The rulebook has no such kind of account."))
    if not facts.name or len(facts.name) > 80:
        raise _wrong("name", _("A name of at most 80 characters."))
    if facts.url and not facts.url.lower().startswith(("https://", "http://")):
        raise _wrong("url", _("A web address begins with https://."))
    if len(facts.url) > 300 or len(facts.login) > 120 or "\x00" in facts.name + facts.url + facts.login:
        raise _wrong("url", _("This is too long."))
    if facts.change_days is not None and not 1 <= facts.change_days <= LONGEST_CHANGE_DAYS:
        raise _wrong("change_days", _("Between 1 and 3650 days."))
    if facts.owner not in {person.pk for person in vault.eligible(facts.kind, now)}:
        raise _wrong("owner", _("The owner holds one of the posts that keep such accounts."))
    return facts


def check_custodians(ids: Collection[int], kind: str, now: datetime) -> list[Employee]:
    """The people. Raises Invalid: none, or one whose post may not."""
    may = {person.pk: person for person in vault.eligible(kind, now)}
    if not ids:
        raise _wrong("custodians", _("An account has at least one custodian."))
    if any(pk not in may for pk in ids):
        raise _wrong("custodians", _("Custodians hold one of the posts that the clause names."))
    return [may[pk] for pk in sorted(ids)]


def no_reader() -> Invalid:
    """Of custodians none of whom can open what was sealed already."""
    return _wrong(
        "custodians",
        _("Name at least one of those for whom it was sealed at first: nobody else could let the others in."),
        "no_reader",
    )


def _row(account: Account, **parts: Any) -> dict[str, Any]:
    return {"account": account.pk, "facts": None, "secrets": [], "add": [], "remove": [], **parts}


def _named(sealed: Sealed) -> dict[str, Any]:
    return {"field": sealed.field, "sealed": sealed.pk, "digest": sealing.digest(sealed)}


def returned_run(account: Account, by: Employee, now: datetime) -> approvals.Run | None:
    """The person's own request that was given back to him."""
    runs = approvals.runs_about(account.subject, by, now)
    return next(
        (run for run in runs if run.state == "returned" and run.kind == CHANGE and run.requester_id == by.pk),
        None,
    )


def _ask(
    account: Account, row: Mapping[str, Any], *, by: Employee, now: datetime, comment: str
) -> approvals.Run:
    payload = {"rows": [dict(row)]}
    again = returned_run(account, by, now)
    if again is not None:
        return approvals.resubmit(run_id=again.pk, payload=payload, by=by, now=now, comment=comment)
    return approvals.submit(
        kind=CHANGE, subject=account.subject, payload=payload, by=by, now=now, comment=comment
    )


def _kept(account_id: int, by: Employee, now: datetime) -> Account:
    """The account, locked. Raises NotFound; Forbidden for who sees it and does not keep it."""
    account = vault.access_account(account_id, by, now)
    approvals.hold(account.subject)
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.state != Account.State.OPEN:
        raise NotFound(_("There is no such account."))
    if not vault.keeps(by, account, now):
        raise Forbidden(
            _("Only a custodian of this account proposes that."),
            clause=vault_book.clause_of(account.kind, now),
        )
    return account


@sensitive_variables()
@transaction.atomic
def propose_account(
    *, facts: Facts, custodians: Collection[int], secrets: Sequence[Secret], opened: Opened | None, by: Employee,
    now: datetime, comment: str = "",
) -> approvals.Run:  # fmt: skip
    """A new account, its secrets sealed to its custodians-to-be. It is kept once the general manager has signed.
    Raises Forbidden (locked; no such post), Invalid, Refused."""
    opened = require(opened, by)
    account, row = prepare(facts=facts, custodians=custodians, secrets=secrets, opened=opened, by=by, now=now)
    return _ask(account, row, by=by, now=now, comment=comment)


@sensitive_variables()
def prepare(
    *,
    facts: Facts,
    custodians: Collection[int],
    secrets: Sequence[Secret],
    opened: Opened,
    by: Employee,
    now: datetime,
    elsewhere: Collection[bytes] | None = None,
) -> tuple[Account, dict[str, Any]]:
    """The proposed account and its row of a request; inside the caller's transaction. Raises as `propose_account`."""
    facts = check_facts(facts, now)
    if not vault_book.may_keep(by, facts.kind, now):
        raise Forbidden(
            _("None of your posts keeps accounts of this kind."), clause=vault_book.clause_of(facts.kind, now)
        )
    people = check_custodians(custodians, facts.kind, now)
    to = sealing.readers(people)
    if not secrets:
        raise _wrong("secret", _("Type the secret, or let one be made."), "required")
    judged = [_judged(each, facts, opened, by, now, elsewhere) for each in secrets]
    account = Account.objects.create(name=facts.name, kind=facts.kind, proposed_by=by, proposed_at=now)
    sealed = [
        sealing.seal(account, each, to, judged=verdict, by=by, now=now)
        for each, verdict in zip(secrets, judged, strict=True)
    ]
    audit.record(
        "accounts.propose", subject=account.subject, by=by, now=now, clause=vault_book.clause_of(facts.kind, now),
        data={"fields": [each.field for each in sealed]},
    )  # fmt: skip
    row = _row(
        account,
        facts=facts.as_payload(),
        secrets=[_named(each) for each in sealed],
        add=[each.pk for each in people],
    )
    return account, row


@sensitive_variables()
def _judged(
    secret: Secret,
    facts: Facts,
    opened: Opened,
    by: Employee,
    now: datetime,
    elsewhere: Collection[bytes] | None,
) -> sealing.Judged:
    """Raises Invalid at the field of the secret that is meant, of several."""
    try:
        return sealing.judge(
            secret,
            known=(facts.login, facts.name),
            account=None,
            opened=opened,
            by=by,
            now=now,
            elsewhere=elsewhere,
        )
    except Invalid as refused:
        if secret.field in (fields.SEED, fields.CODES):
            raise _wrong(secret.field, refused.message, refused.code) from None
        raise


@transaction.atomic
def propose_again(
    *,
    account_id: int,
    facts: Facts,
    custodians: Collection[int],
    by: Employee,
    now: datetime,
    comment: str = "",
) -> approvals.Run:
    """A new account that was given back: other facts or custodians, the sealed secrets as they are. Raises NotFound,
    Invalid."""
    account = vault.access_account(account_id, by, now)
    approvals.hold(account.subject)
    run = returned_run(account, by, now)
    if run is None or account.state != Account.State.PROPOSED:
        raise NotFound(_("There is no such account."))
    facts = check_facts(facts, now)
    people = check_custodians(custodians, facts.kind, now)
    sealing.readers(people)
    secrets = run.payload["rows"][0]["secrets"]
    if not vault.can_open([each["sealed"] for each in secrets], people):
        raise no_reader()
    row = _row(account, facts=facts.as_payload(), secrets=secrets, add=[each.pk for each in people])
    return _ask(account, row, by=by, now=now, comment=comment)


@transaction.atomic
def propose_facts(
    *, account_id: int, facts: Facts, by: Employee, now: datetime, comment: str = ""
) -> approvals.Run:
    """Other facts of an account, or that it is closed. Raises NotFound, Forbidden, Invalid."""
    account = _kept(account_id, by, now)
    facts = check_facts(facts, now)
    if facts == Facts.of(account):
        raise _wrong("name", _("Nothing is changed yet."), "unchanged")
    if not vault_book.may_keep(by, facts.kind, now):
        raise Forbidden(
            _("None of your posts keeps accounts of this kind."), clause=vault_book.clause_of(facts.kind, now)
        )
    return _ask(account, _row(account, facts=facts.as_payload()), by=by, now=now, comment=comment)


@sensitive_variables()
@transaction.atomic
def propose_secret(
    *, account_id: int, secret: Secret, opened: Opened | None, by: Employee, now: datetime, comment: str = ""
) -> approvals.Run:
    """A new version of one secret, sealed to the custodians of now. Raises NotFound, Forbidden, Invalid, Refused."""
    opened = require(opened, by)
    account = _kept(account_id, by, now)
    if not fields.is_field(secret.field):
        raise _wrong("field", _("There is no such field."))
    login = account.facts.login if account.facts else ""
    judged = sealing.judge(
        secret, known=(login, account.name), account=account, opened=opened, by=by, now=now
    )
    to = sealing.readers(vault.readers_of(account, now))
    sealed = sealing.seal(account, secret, to, judged=judged, by=by, now=now)
    return _ask(account, _row(account, secrets=[_named(sealed)]), by=by, now=now, comment=comment)


@transaction.atomic
def propose_drop(
    *, account_id: int, field: str, by: Employee, now: datetime, comment: str = ""
) -> approvals.Run:
    """The field has no secret any more; its history stays. Raises NotFound, Forbidden, Invalid."""
    account = _kept(account_id, by, now)
    if field not in {each.field for each in vault.current_secrets(account)}:
        raise _wrong("field", _("There is no such field."))
    row = _row(account, secrets=[{"field": field, "sealed": None}])
    return _ask(account, row, by=by, now=now, comment=comment)


@sensitive_variables()
@transaction.atomic
def propose_custodians(
    *, account_id: int, custodians: Collection[int], opened: Opened | None, by: Employee, now: datetime,
    comment: str = "",
) -> approvals.Run:  # fmt: skip
    """Who keeps the account from now on. Where somebody goes, every secret is sealed anew under another data key to
    those who stay. Raises NotFound, Forbidden, Invalid, Refused."""
    account = _kept(account_id, by, now)
    present = {person.pk for person in vault.custodians(account)}
    people = check_custodians(custodians, account.kind, now)
    wanted = {person.pk for person in people}
    if wanted == present:
        raise _wrong("custodians", _("Nothing is changed yet."), "unchanged")
    gone = present - wanted
    sealed: list[Sealed] = []
    if gone:
        opened = require(opened, by)
        staying = [person for person in people if person.pk in present]
        to = sealing.readers(staying)
        for old in vault.current_secrets(account):
            secret = Secret(old.field, sealing.open_secret(old, opened), old.label)
            judged = sealing.Judged(old.weak, old.repeated)
            sealed.append(sealing.seal(account, secret, to, judged=judged, by=by, now=now, renews=old))
    row = _row(
        account, secrets=[_named(each) for each in sealed], add=sorted(wanted - present), remove=sorted(gone)
    )
    return _ask(account, row, by=by, now=now, comment=comment)
