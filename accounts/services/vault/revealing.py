"""Looking at a secret: with a reason, and with a row that stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts import vault_book
from accounts.models import Account, Lending, Reveal, Sealed
from accounts.rules import fields, totp
from accounts.selectors import vault
from accounts.services.vault import sealing
from accounts.services.vault.unlocking import Opened, require
from office.audit import api as audit
from office.errors import Invalid, NotFound
from office.staff.models import Employee


@dataclass(frozen=True, slots=True)
class Shown:
    """What was opened, for one answer. `left`: for how many seconds a code still counts."""

    sealed: Sealed
    data: bytes = field(repr=False)
    left: int = 0

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


def find(sealed_id: int, person: Employee, now: datetime) -> Sealed:
    """A secret that was in force at some time, of an open account that the person keeps. Raises NotFound."""
    sealed: Sealed | None = (
        Sealed.objects.select_related("account").filter(pk=sealed_id, version__isnull=False).first()
    )
    if (
        sealed is None
        or sealed.account.state != Account.State.OPEN
        or not vault.visible_to(person, now).filter(pk=sealed.account_id).exists()
        or not vault.keeps(person, sealed.account, now)
    ):
        raise NotFound(_("There is no such secret."))
    return sealed


def _lent(sealed_id: int, lending_id: int, person: Employee, now: datetime) -> tuple[Sealed, Lending]:
    """A secret that is lent to the person at this moment. Raises NotFound."""
    lending = (
        Lending.objects.select_for_update()
        .filter(pk=lending_id, borrower=person, state=Lending.State.RELEASED, until__gt=now)
        .first()
    )
    open_ones = Sealed.objects.filter(pk=sealed_id, account__state=Account.State.OPEN)
    sealed = open_ones.filter(boxes__lending=lending).first() if lending else None
    if lending is None or sealed is None:
        raise NotFound(_("There is no such secret."))
    return sealed, lending


@sensitive_variables()
@transaction.atomic
def reveal(
    *, sealed_id: int, way: str, reason: str, opened: Opened | None, by: Employee, now: datetime,
    lending_id: int | None = None,
) -> Shown:  # fmt: skip
    """The secret, or the one-time code of a seed, and the row that says who looked and why. Raises NotFound, Forbidden
    (locked; not sealed to him), Invalid (no reason), Conflict (the ciphertext was changed)."""
    lending = None
    if lending_id is None:
        sealed = find(sealed_id, by, now)
    else:
        sealed, lending = _lent(sealed_id, lending_id, by, now)
    said = " ".join(reason.split())[:200]
    if not said or "\x00" in said:
        message = _("Please say what you need it for.")
        raise Invalid(
            message, code="reason", errors=[{"path": "reason", "code": "required", "message": str(message)}]
        )
    if way not in Reveal.Way.values or (way == Reveal.Way.SAVED) != fields.is_file(sealed.field):
        raise Invalid(_("This secret is not looked at in that way."), code="way")
    if (way == Reveal.Way.CODE) != (sealed.field == fields.SEED):
        # Not even a custodian sees a seed again: who copies it has the second factor for good.
        raise Invalid(_("This secret is not looked at in that way."), code="way")
    opened = require(opened, by)
    data = sealing.open_secret(sealed, opened)
    left = 0
    if way == Reveal.Way.CODE:
        code, left = totp.code(totp.seed_of(data.decode()), now.timestamp())
        data = code.encode()
    Reveal.objects.create(sealed=sealed, employee=by, way=way, reason=said, lending=lending, at=now)
    account = Account.objects.get(pk=sealed.account_id)
    audit.record(
        "accounts.reveal", subject=account.subject, by=by, now=now, clause=vault_book.clause_of(account.kind, now),
        data={
            "field": sealed.field, "version": sealed.number, "way": str(way), "reason": said,
            "lending": lending.pk if lending else None,
        },
    )  # fmt: skip
    return Shown(sealed, data, left)
