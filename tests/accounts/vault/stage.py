"""What the vault's tests share: people with keys, an account that was agreed to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import pytest
from django.utils import timezone

from accounts import vault_book
from accounts.models import Account, RecoveryKey, Sealed, VaultKey
from accounts.selectors import vault
from accounts.services.vault import guessing, keys, proposing, recovery, unlocking
from accounts.services.vault.sealing import Secret
from accounts.services.vault.unlocking import Opened
from office import boxes
from office.approvals import api as approvals
from office.approvals.models import Seat
from office.staff.models import Employee
from tests.people import everybody, person

PASSPHRASE = "Lantern over seven copper bridges"
CANARY = "Kanarienvogel-9f3c-Tief"
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CHEAP = boxes.Cost(1, 8)
_real = vault_book.passphrase


def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The book's passphrase rule, at the least cost."""
    monkeypatch.setattr(
        vault_book,
        "passphrase",
        lambda at: vault_book.Passphrase(CHEAP, _real(at).min_length, _real(at).score),
    )


def real_passphrase(at: dt.datetime) -> vault_book.Passphrase:
    return _real(at)


def now() -> dt.datetime:
    return timezone.now()


def key_of(who: str) -> VaultKey:
    return VaultKey.objects.get(employee=person(who), state="current")


def set_up(*cast: str) -> None:
    """Keys for these people; the safe has its own."""
    everybody()
    for who in cast:
        keys.set_up(passphrase=PASSPHRASE, again=PASSPHRASE, by=person(who), now=now())


def safe() -> str:
    """The text of the recovery key: of the first one, or of another one that a second person has agreed to."""
    by = person("zhou_general")
    if not RecoveryKey.objects.exists():
        return recovery.make(by=by, now=now())
    run, text = recovery.ask_another(reason="旧纸受潮", by=by, now=now())
    decide(run)
    return text


def opened(who: str) -> Opened:
    """The open vault of a person, by his passphrase."""
    key = key_of(who)
    private = boxes.unwrap(PASSPHRASE, bytes(key.wrapped), guessing.key_place(person(who).pk))
    return Opened(person(who), key.pk, now() + dt.timedelta(minutes=10), private)


def session(who: str, key: str = "s1") -> Opened | None:
    """Through the passphrase, the cookie and the cache."""
    by = person(who)
    token = unlocking.unlock(passphrase=PASSPHRASE, session_key=key, by=by, now=now())
    return unlocking.unlocked(token=token, session_key=key, by=by, now=now())


def facts(**other: object) -> proposing.Facts:
    given = {
        "kind": "bank", "name": "工商银行网银", "owner": person("shen_operations").pk, "url": "https://icbc.example.cn",
        "login": "ec-dept", **other,
    }  # fmt: skip
    return proposing.Facts(**given)  # type: ignore[arg-type]


def password(text: str = CANARY, **other: object) -> Secret:
    return Secret("password", text.encode(), **other)  # type: ignore[arg-type]


def ids(*cast: str) -> list[int]:
    return [person(who).pk for who in cast]


def decide(run: approvals.Run, at: dt.datetime | None = None) -> approvals.Run:
    """Every seat agrees, by whoever holds it."""
    at = at or now()
    while run.state == approvals.Run.State.RUNNING:
        seat = Seat.objects.filter(run=run, state=Seat.State.ACTIVE).order_by("id").first()
        assert seat is not None
        holder = Employee.objects.filter(
            appointments__position=seat.position, appointments__during__contains=at
        ).exclude(pk=run.requester_id)
        by = seat.person or holder.order_by("pk")[0]
        run = approvals.approve(run_id=run.pk, by=by, now=at)
    return run


def account(
    by: str = "shen_operations",
    custodians: Collection[str] = ("shen_operations", "qian_it"),
    secrets: Collection[Secret] = (),
    at: dt.datetime | None = None,
    **other: object,
) -> Account:
    """Proposed by one custodian, signed by the general manager."""
    at = at or now()
    run = proposing.propose_account(
        facts=facts(**other), custodians=ids(*custodians), secrets=list(secrets) or [password()], opened=opened(by),
        by=person(by), now=at,
    )  # fmt: skip
    decide(run, at)
    return Account.objects.get(pk=run.subject_id)


def secret(found: Account, field: str = "password") -> Sealed:
    return next(each for each in vault.current_secrets(found) if each.field == field)
