"""Sealing a secret to those who may read it, and opening one with a person's own key. Nothing here is kept."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import Account, Box, RecoveryKey, Sealed, VaultKey
from accounts.rules import fields, passwords, totp
from accounts.selectors import vault
from accounts.services.vault.unlocking import Opened
from office import boxes
from office import breached as lists
from office.crypto import Unreadable
from office.errors import Conflict, Forbidden, Invalid, Refused
from office.rulebook import api as rulebook
from office.staff.models import Employee

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Secret:
    """What is to be sealed. `anyway`: although it is weak, or used elsewhere too. `repeated`: known to be used so."""

    field: str
    data: bytes = dataclasses.field(repr=False)
    label: str = ""
    anyway: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Readers:
    """Whom a secret is sealed to."""

    keys: tuple[VaultKey, ...]
    recovery: RecoveryKey


@dataclass(frozen=True, slots=True)
class Judged:
    weak: bool = False
    repeated: bool = False


def readers(people: Collection[Employee]) -> Readers:
    """The keys of these people and the recovery key. Raises Refused where there is no recovery key, or nobody could
    read."""
    recovery = RecoveryKey.objects.filter(ended_at=None).first()
    if recovery is None:
        raise Refused(
            _(
                "Before anything is sealed the general manager makes the recovery key and puts it into the safe."
            ),
            code="no_recovery_key",
        )
    keys = VaultKey.objects.filter(employee__in=people, state=VaultKey.State.CURRENT).order_by("pk")
    if not keys:
        raise Refused(
            _("None of the custodians has a vault passphrase yet: nobody could read it."), code="no_reader"
        )
    return Readers(tuple(keys), recovery)


@sensitive_variables()
def seal(
    account: Account, secret: Secret, to: Readers, *, judged: Judged, by: Employee, now: datetime,
    renews: Sealed | None = None,
) -> Sealed:  # fmt: skip
    """One version with its own data key, bound to account, field and number; a box for each reader."""
    last = (
        Sealed.objects.filter(account=account, field=secret.field).aggregate(last=Max("number"))["last"] or 0
    )
    sealed = Sealed(
        account=account, field=secret.field, number=last + 1, label=secret.label[:120], weak=judged.weak,
        repeated=judged.repeated, renews=renews, by=by, at=now,
    )  # fmt: skip
    data_key = boxes.new_key()
    sealed.ciphertext = boxes.bind(data_key, secret.data, sealed.place)
    sealed.save()
    box_up(sealed, data_key, to.keys, to.recovery, by=by, now=now)
    return sealed


@sensitive_variables()
def box_up(
    sealed: Sealed, data_key: bytes, keys: Iterable[VaultKey], recovery: RecoveryKey | None, *, by: Employee | None,
    now: datetime,
) -> None:  # fmt: skip
    """A box with the data key for each of them."""
    made = [
        Box(sealed=sealed, key=key, box=boxes.seal_to(bytes(key.public), data_key), by=by, at=now)
        for key in keys
    ]
    if recovery is not None:
        box = boxes.seal_to(bytes(recovery.public), data_key)
        made.append(Box(sealed=sealed, recovery=recovery, box=box, by=by, at=now))
    Box.objects.bulk_create(made)


@sensitive_variables()
def data_key_of(sealed: Sealed, opened: Opened) -> bytes:
    """The data key, out of the person's own box. Raises Forbidden where he has none yet, Conflict (it was changed in
    the database)."""
    box = Box.objects.filter(sealed=sealed, key_id=opened.key_id).order_by("-pk").first()
    if box is None:
        raise Forbidden(
            _("This secret is not sealed to your key yet. Another custodian, unlocked, lets you in."),
            code="no_box",
        )
    try:
        return boxes.open_sealed(opened.private, bytes(box.box))
    except Unreadable:
        raise _changed() from None


def _changed() -> Conflict:
    return Conflict(
        _("This secret does not open: it, or its box, was changed in the database. Tell IT at once."),
        code="unreadable",
    )


@sensitive_variables()
def open_secret(sealed: Sealed, opened: Opened) -> bytes:
    """The secret's text or bytes. Raises Forbidden (no box), Conflict (it was changed in the database)."""
    try:
        return boxes.unbind(data_key_of(sealed, opened), bytes(sealed.ciphertext), sealed.place)
    except Unreadable:
        raise _changed() from None


@sensitive_variables()
def _text(sealed: Sealed, box: bytes, opened: Opened) -> bytes | None:
    """What is sealed there; None for what was changed in the database."""
    try:
        return boxes.unbind(boxes.open_sealed(opened.private, box), bytes(sealed.ciphertext), sealed.place)
    except Unreadable:
        return None


def digest(sealed: Sealed) -> str:
    """What a request names a sealed secret by."""
    return hashlib.sha256(bytes(sealed.ciphertext)).hexdigest()


def _wrong(path: str, message: object, code: str) -> Invalid:
    return Invalid(message, code=code, errors=[{"path": path, "code": code, "message": str(message)}])


@sensitive_variables()
def judge(
    secret: Secret,
    *,
    known: Iterable[str],
    account: Account | None,
    opened: Opened,
    by: Employee,
    now: datetime,
    elsewhere: Collection[bytes] | None = None,
) -> Judged:
    """Whether a password is weak, or used for another account too, as far as the person's own vault can tell;
    `elsewhere`: what `used_elsewhere` found, where many are judged at once. Raises Invalid for what cannot be (an empty
    text, no seed, too large a file, what the account had before as far as the person can open it), and for a bad
    password that is not wanted `anyway`."""
    if not secret.data.strip():
        raise _wrong("secret", _("Type the secret, or let one be made."), "required")
    if account is not None and _had_before(secret, account, opened):
        raise _wrong(
            "secret",
            _("The account has this already, or had it before: who knows it would know it again."),
            "had_before",
        )
    if fields.is_file(secret.field):
        most = rulebook.limit_rule("accounts.secret_size", now)
        if len(secret.data) > most.count:
            raise _wrong("file", _("At most {size} KB.").format(size=most.count // 1024), "too_large")
        return Judged()
    text = secret.data.decode()
    if len(text) > fields.LONGEST_TEXT or "\x00" in text:
        raise _wrong(
            "secret",
            _("At most {count} characters, on any number of lines.").format(count=fields.LONGEST_TEXT),
            "too_long",
        )
    if secret.field == fields.SEED:
        try:
            totp.seed_of(text)
        except ValueError:
            raise _wrong(
                "secret",
                _(
                    "This is no seed: letters and digits 2 to 7, or the whole address that begins with otpauth."
                ),
                "no_seed",
            ) from None
    if secret.field != fields.PASSWORD:
        return Judged()
    found = Judged(
        passwords.score(text, known) < rulebook.limit_rule("accounts.secret_score", now).count
        or breached(secret.data, "secret"),
        secret.repeated
        or secret.data in (used_elsewhere(account, opened, by) if elsewhere is None else elsewhere),
    )
    if not secret.anyway and found.weak:
        raise _wrong(
            "anyway",
            _(
                "This password is weak, or known from a breach. Let one be made, or say that the site takes no better"
                " one."
            ),
            "weak",
        )
    if not secret.anyway and found.repeated:
        raise _wrong(
            "anyway",
            _(
                "Another account that you keep has the same password. Take another one, or say that it must be so."
            ),
            "repeated",
        )
    return found


@sensitive_variables()
def breached(password: bytes, path: str) -> bool:
    """Whether the operator's list has it. Raises Invalid at `path` where the list cannot be read."""
    try:
        return lists.known(password)
    except lists.Unusable as error:
        log.error("breached_passwords_unusable", why=str(error))
        raise _wrong(path, lists.UNUSABLE, "breached_unusable") from None


@sensitive_variables()
def _had_before(secret: Secret, account: Account, opened: Opened) -> bool:
    """Among what was ever in force in that field, as far as it is sealed to the person's key."""
    own = Box.objects.filter(
        sealed__account=account,
        sealed__field=secret.field,
        sealed__version__isnull=False,
        key_id=opened.key_id,
    )
    return any(
        _text(box.sealed, bytes(box.box), opened) == secret.data for box in own.select_related("sealed")
    )


@sensitive_variables()
def used_elsewhere(account: Account | None, opened: Opened, by: Employee) -> set[bytes]:
    """The passwords of now that the person keeps, and those of the accounts that wait to be signed, as far as they are
    sealed to his key; without this account's own."""
    others = vault.kept_by(by).exclude(pk=account.pk if account else 0).values_list("pk", flat=True)
    passwords_now = [
        version.sealed
        for versions in vault.current_versions(list(others)).values()
        for version in versions
        if version.sealed and version.field == fields.PASSWORD
    ]
    passwords_now += Sealed.objects.filter(account__state=Account.State.PROPOSED, field=fields.PASSWORD)
    own = {
        box.sealed_id: bytes(box.box)
        for box in Box.objects.filter(sealed__in=passwords_now, key_id=opened.key_id)
    }
    texts = (_text(each, own[each.pk], opened) for each in passwords_now if each.pk in own)
    return {text for text in texts if text is not None}


def next_file(account: Account) -> str:
    """The field of the account's next file."""
    taken = Sealed.objects.filter(account=account, field__startswith="file-").values_list("field", flat=True)
    return f"file-{max((int(field[5:]) for field in taken), default=0) + 1}"
