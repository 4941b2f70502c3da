"""Pairs of people: the first one, another passphrase, another pair after a lost one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts import vault_book
from accounts.models import Box, Lending, Rotation, VaultKey
from accounts.rules import passwords
from accounts.selectors import vault
from accounts.services.vault import duties, guessing, sealing
from accounts.services.vault.guessing import key_place
from office import boxes, breached
from office.approvals import api as approvals
from office.audit import api as audit
from office.errors import Conflict, Forbidden, Invalid
from office.rulebook import api as rulebook
from office.staff.api import subject_of
from office.staff.models import Employee
from office.subjects import Subject

NEW_KEY = "accounts.new_key"


def _wrong(path: str, message: object, code: str) -> Invalid:
    return Invalid(message, code=code, errors=[{"path": path, "code": code, "message": str(message)}])


@sensitive_variables()
def check_passphrase(*, passphrase: str, again: str, by: Employee, now: datetime) -> None:
    """Raises Invalid: too short, too easy, not typed twice alike, or the password of signing in."""
    terms = vault_book.passphrase(now)
    if len(passphrase) < terms.min_length:
        raise _wrong(
            "passphrase",
            _("At least {count} characters; a sentence of several words is easiest to keep.").format(
                count=terms.min_length
            ),
            "short",
        )
    if passwords.score(passphrase, (by.name, by.number, by.email, by.phone)) < terms.score:
        raise _wrong(
            "passphrase",
            _("This is too easy to guess. Take several words that do not belong together."),
            "weak",
        )
    if sealing.breached(passphrase.encode(), "passphrase"):
        raise _wrong("passphrase", breached.KNOWN, "breached")
    if check_password(passphrase, by.password):
        raise _wrong("passphrase", _("Take another one than your sign-in password."), "same")
    if passphrase != again:
        raise _wrong("again", _("The two are not alike."), "unlike")


def may_have_key(person: Employee, now: datetime) -> bool:
    """Custodians by their post, and who borrows an account."""
    if vault_book.by_post(person, vault_book.CUSTODIANS, now):
        return True
    return Lending.objects.filter(borrower=person, state__in=["agreed", "released"]).exists()


@sensitive_variables()
@transaction.atomic
def set_up(
    *, passphrase: str, again: str, by: Employee, now: datetime, cost: boxes.Cost | None = None
) -> VaultKey:
    """The person's first pair. `cost`: in place of what the book lets a guess cost. Raises Forbidden, Conflict (has
    one), Invalid."""
    Employee.objects.select_for_update().get(pk=by.pk)
    if not may_have_key(by, now):
        raise Forbidden(_("None of your posts keeps official accounts."), code="not_a_custodian")
    if VaultKey.objects.filter(employee=by).exists():
        raise Conflict(_("You have a vault passphrase already."), code="has_key")
    check_passphrase(passphrase=passphrase, again=again, by=by, now=now)
    key = _make(passphrase, by, VaultKey.State.CURRENT, now, cost)
    audit.record("accounts.set_up_key", subject=subject_of(by), by=by, now=now, clause=_clause(now))
    # Who was made a custodian before he had a key waits for the others from now on.
    duties.let_in(vault.kept_by(by).select_related("facts"), now=now)
    return key


@sensitive_variables()
def _make(
    passphrase: str, by: Employee, state: str, now: datetime, cost: boxes.Cost | None = None
) -> VaultKey:
    pair = boxes.new_pair()
    wrapped = boxes.wrap(passphrase, pair.private, key_place(by.pk), cost or vault_book.passphrase(now).cost)
    return VaultKey.objects.create(employee=by, public=pair.public, wrapped=wrapped, state=state, made_at=now)


def _clause(now: datetime) -> str:
    return rulebook.permission_rule(vault_book.CUSTODIANS, now).clause


@sensitive_variables()
def change_passphrase(*, old: str, passphrase: str, again: str, by: Employee, now: datetime) -> VaultKey:
    """The same pair under another passphrase. Raises Conflict (no key; too many wrong ones; changed meanwhile),
    Invalid."""
    tried = VaultKey.objects.filter(employee=by, state=VaultKey.State.CURRENT).first()
    if tried is None:
        raise Conflict(_("You have no vault passphrase yet. Set one up first."), code="no_key")
    private = guessing.private_of(key=tried, passphrase=old, path="old", by=by, now=now)
    check_passphrase(passphrase=passphrase, again=again, by=by, now=now)
    with transaction.atomic():
        key = VaultKey.objects.select_for_update().get(pk=tried.pk)
        if key.state != VaultKey.State.CURRENT or bytes(key.wrapped) != bytes(tried.wrapped):
            raise Conflict(
                _("Your vault passphrase was changed meanwhile. Please begin anew."), code="changed"
            )
        key.wrapped = boxes.wrap(passphrase, private, key_place(by.pk), vault_book.passphrase(now).cost)
        key.save(update_fields=["wrapped"])
        audit.record(
            "accounts.change_passphrase", subject=subject_of(by), by=by, now=now, clause=_clause(now)
        )
    return key


def key_subject(person: Employee) -> Subject:
    return Subject("vault_key", str(person.pk), person.name)


@sensitive_variables()
@transaction.atomic
def ask_new_key(*, passphrase: str, again: str, reason: str, by: Employee, now: datetime) -> approvals.Run:
    """The passphrase is lost: a new pair, which counts when two people have agreed; then others let it in again.
    Raises Conflict, Invalid."""
    Employee.objects.select_for_update().get(pk=by.pk)
    if not VaultKey.objects.filter(employee=by, state=VaultKey.State.CURRENT).exists():
        raise Conflict(_("You have no vault passphrase yet. Set one up first."), code="no_key")
    if not reason.strip():
        raise _wrong("reason", _("Please give the reason."), "required")
    check_passphrase(passphrase=passphrase, again=again, by=by, now=now)
    live = approvals.runs_about(key_subject(by), by, now)
    if any(run.state in ("running", "returned", "agreed") for run in live):
        raise Conflict(_("Your request for a new key is on its way already."), code="running")
    VaultKey.objects.filter(employee=by, state=VaultKey.State.WAITING).update(
        state=VaultKey.State.ENDED, ended_at=now
    )
    key = _make(passphrase, by, VaultKey.State.WAITING, now)
    return approvals.submit(
        kind=NEW_KEY,
        subject=key_subject(by),
        payload={"employee": by.pk, "key": key.pk, "public": bytes(key.public).hex(), "reason": reason.strip()[:200]},
        by=by,
        now=now,
    )  # fmt: skip


def new_key_agreed(
    *, run: approvals.Run, payload: Mapping[str, Any], by: Employee | None, now: datetime
) -> None:
    """The old pair ends, and with it every box sealed to it; what it opened is to be changed. The new one waits to be
    let in by the others."""
    people = {vote.person_id for vote in run.votes.filter(round=run.round, decision="approve")}
    if len(people) < 2:
        raise Conflict(_("Two people agree to a new key."), code="two_people", clause=run.clause)
    old = VaultKey.objects.select_for_update().get(
        employee_id=payload["employee"], state=VaultKey.State.CURRENT
    )
    old.state, old.ended_at = VaultKey.State.ENDED, now
    old.save(update_fields=["state", "ended_at"])
    # Of no use to anybody, and its passphrase may have been taken rather than lost: what it opened is to be changed.
    exposed = vault.blast_radius(old.employee)
    Box.objects.filter(key=old).delete()
    key = VaultKey.objects.select_for_update().get(pk=payload["key"])
    key.state, key.run = VaultKey.State.CURRENT, run
    key.save(update_fields=["state", "run"])
    person = key.employee
    audit.record("accounts.new_key", subject=subject_of(person), by=by, now=now, clause=run.clause)
    for each in exposed:
        duties.change_secrets(each.account, [each.sealed], person=person, why=Rotation.Why.LOST, now=now)
    duties.let_in(vault.kept_by(person).select_related("facts"), now=now)


def new_key_refused(run: approvals.Run, by: Employee | None, now: datetime) -> None:
    VaultKey.objects.filter(pk=run.payload["key"], state=VaultKey.State.WAITING).update(
        state=VaultKey.State.ENDED, ended_at=now
    )
