"""Letting somebody in: whoever can open a secret seals its data key to a custodian who cannot yet, or to the safe."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import Account, Box, RecoveryKey, Sealed, VaultKey
from accounts.selectors import vault
from accounts.services.vault import duties, sealing
from accounts.services.vault.unlocking import Opened, require
from office import boxes
from office.audit import api as audit
from office.crypto import Unreadable
from office.errors import NotFound, Refused
from office.staff.api import subject_of
from office.staff.models import Employee


@sensitive_variables()
@transaction.atomic
def let_in(*, account_id: int, opened: Opened | None, by: Employee, now: datetime) -> int:
    """Every version of the account's secrets, for every custodian with a key and for the recovery key: the boxes that
    are missing and that the person can make; boxes of former recovery keys go. How many were made. Raises Forbidden
    (locked), NotFound."""
    opened = require(opened, by)
    account = vault.access_account(account_id, by, now)
    # One at a time: two who unlock at once make each box once.
    account = Account.objects.select_for_update().get(pk=account.pk)
    if not vault.keeps(by, account, now):
        raise NotFound(_("There is no such account."))
    own = {
        box.sealed_id: bytes(box.box)
        for box in Box.objects.filter(sealed__account=account, key_id=opened.key_id, lending=None)
    }

    def data_key(sealed: Sealed) -> bytes | None:
        return _opened_box(opened.private, own.get(sealed.pk))

    made = _make([account.pk], data_key, by=by, now=now)
    _forget_former_recovery_keys(account)
    if made:
        audit.record("accounts.reseal", subject=account.subject, by=by, now=now, data={"boxes": made})
    duties.let_in([account], now=now)
    return made


@sensitive_variables()
def _opened_box(private: bytes, box: bytes | None) -> bytes | None:
    """The data key; None where there is no box, or somebody changed it in the database: the others go on."""
    try:
        return boxes.open_sealed(private, box) if box else None
    except Unreadable:
        return None


def _forget_former_recovery_keys(account: Account) -> None:
    """Who finds an old print opens nothing with it: of what the present recovery key opens, and of what never came into
    force, the boxes of former ones go."""
    present = Box.objects.filter(sealed=OuterRef("sealed"), recovery__isnull=False, recovery__ended_at=None)
    Box.objects.filter(Exists(present) | Q(sealed__version=None)).filter(
        sealed__account=account, recovery__ended_at__isnull=False
    ).delete()


@sensitive_variables()
def _make(
    account_ids: Collection[int], data_key: Callable[[Sealed], bytes | None], *, by: Employee | None, now: datetime,
    only: VaultKey | None = None,
) -> int:  # fmt: skip
    made = 0
    keys: dict[int, bytes | None] = {}
    for each in vault.missing_boxes(account_ids, now):
        if only is not None and (each.key is None or each.key.pk != only.pk):
            continue
        if each.sealed.pk not in keys:
            keys[each.sealed.pk] = data_key(each.sealed)
        key = keys[each.sealed.pk]
        if key is not None:
            sealing.box_up(each.sealed, key, [each.key] if each.key else [], each.recovery, by=by, now=now)
            made += 1
    return made


@sensitive_variables()
def recovery_key_of(text: str) -> tuple[RecoveryKey, bytes]:
    """The current recovery key that this text is of, and its private half. Raises Refused; WrongKeyText for a typing
    error."""
    private = boxes.key_of_text(text)
    current = RecoveryKey.objects.filter(ended_at=None).first()
    if current is None or bytes(current.public) != boxes.public_of(private):
        raise Refused(_("This is not the recovery key in use."), code="other_key")
    return current, private


@sensitive_variables()
@transaction.atomic
def let_in_by_recovery_key(*, text: str, person: Employee, now: datetime) -> int:
    """The last way: the printed key seals everything that the person keeps to his present key, where no custodian is
    left who could. At a terminal, in nobody's name. Raises Refused."""
    recovery, private = recovery_key_of(text)
    key = VaultKey.objects.filter(employee=person, state=VaultKey.State.CURRENT).first()
    if key is None:
        raise Refused(_("This person has no vault passphrase yet."), code="no_key")
    accounts = list(vault.kept_by(person).select_for_update().select_related(None).order_by("pk"))
    in_safe = {
        box.sealed_id: bytes(box.box)
        for box in Box.objects.filter(sealed__account__in=accounts, recovery=recovery)
    }

    def data_key(sealed: Sealed) -> bytes | None:
        return _opened_box(private, in_safe.get(sealed.pk))

    made = _make([each.pk for each in accounts], data_key, by=None, now=now, only=key)
    audit.record(
        "accounts.reseal_by_recovery_key", subject=subject_of(person), by=None, now=now, data={"boxes": made}
    )
    duties.let_in(accounts, now=now)
    return made


class Drill:
    """What a drill found: how many secrets there are, and which the recovery key does not open."""

    def __init__(self) -> None:
        self.opened = 0
        self.failed: list[Sealed] = []


@sensitive_variables()
@transaction.atomic
def drill(*, text: str, now: datetime) -> Drill:
    """The printed key opens every secret that is kept now, or it is said which not. No secret leaves this function.
    Raises Refused, WrongKeyText."""
    recovery, private = recovery_key_of(text)
    found = Drill()
    for account in Account.objects.filter(state=Account.State.OPEN).order_by("pk"):
        for sealed in vault.current_secrets(account):
            box = Box.objects.filter(sealed=sealed, recovery=recovery).first()
            try:
                if box is None:
                    raise Unreadable("no box")
                key = boxes.open_sealed(private, bytes(box.box))
                boxes.unbind(key, bytes(sealed.ciphertext), sealed.place)
            except Unreadable:
                found.failed.append(sealed)
            else:
                found.opened += 1
    audit.record(
        "accounts.drill",
        subject=subject_of(recovery.made_by),
        by=None,
        now=now,
        data={"opened": found.opened, "failed": [str(each) for each in found.failed]},
    )
    return found
