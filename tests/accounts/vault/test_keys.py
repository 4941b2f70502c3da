"""A custodian's key: setting up, another passphrase, a lost one; the recovery key and its drill."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import Box, RecoveryKey, VaultKey
from accounts.selectors import vault_day
from accounts.services.vault import guessing, keys, recovery, resealing, sealing, unlocking
from office import boxes
from office.approvals import api as approvals
from office.audit.models import Entry
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, Refused
from tests.accounts.vault import stage
from tests.accounts.vault.stage import CANARY, PASSPHRASE, ids, now, opened
from tests.people import person

pytestmark = pytest.mark.django_db
OTHER = "Seventeen herons under pewter clouds"


@pytest.fixture(autouse=True)
def _vault() -> None:
    stage.set_up("shen_operations", "qian_it")


def set_up(who: str, passphrase: str = PASSPHRASE, again: str = "") -> VaultKey:
    return keys.set_up(passphrase=passphrase, again=again or passphrase, by=person(who), now=now())


def ask(who: str, reason: str = "忘了") -> approvals.Run:
    return keys.ask_new_key(passphrase=OTHER, again=OTHER, reason=reason, by=person(who), now=now())


@pytest.mark.parametrize(
    ("passphrase", "again", "code"),
    [("short", "short", "short"), ("password1234", "password1234", "weak"), (OTHER, PASSPHRASE, "unlike")],
)
def test_a_bad_passphrase_is_refused(passphrase: str, again: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        set_up("sun_admin", passphrase, again)
    assert refused.value.code == code


def test_the_sign_in_password_is_none_and_one_sets_up_once_and_only_by_post() -> None:
    admin = person("sun_admin")
    admin.set_password(PASSPHRASE)
    admin.save()
    with pytest.raises(Invalid) as refused:
        set_up("sun_admin")
    assert refused.value.code == "same"
    with pytest.raises(Conflict):
        set_up("qian_it")
    with pytest.raises(Forbidden):
        set_up("li_lei")


def test_another_passphrase_opens_the_same_key() -> None:
    before = opened("qian_it").private
    by = person("qian_it")
    with pytest.raises(Invalid):
        keys.change_passphrase(old="wrong", passphrase=OTHER, again=OTHER, by=by, now=now())
    with pytest.raises(Conflict):
        keys.change_passphrase(old="x", passphrase=OTHER, again=OTHER, by=person("sun_admin"), now=now())
    key = keys.change_passphrase(old=PASSPHRASE, passphrase=OTHER, again=OTHER, by=by, now=now())
    assert boxes.unwrap(OTHER, bytes(key.wrapped), guessing.key_place(by.pk)) == before
    with pytest.raises(Invalid):
        unlocking.unlock(passphrase=PASSPHRASE, session_key="s", by=by, now=now())


@pytest.mark.clause("C8.2")
def test_after_a_lost_passphrase_two_people_agree_and_a_custodian_lets_one_in() -> None:
    stage.safe()
    account = stage.account()
    run = ask("qian_it")
    with pytest.raises(Conflict):
        ask("qian_it")
    approvals.approve(run_id=run.pk, by=person("sun_admin"), now=now())
    assert VaultKey.objects.get(employee=person("qian_it"), state="current").run_id is None
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=now())
    key = VaultKey.objects.get(employee=person("qian_it"), state="current")
    assert key.run_id == run.pk
    assert not Box.objects.filter(key__employee=person("qian_it")).exists()
    assert deadlines.running(account.subject, "accounts.reseal") is not None
    resealing.let_in(
        account_id=account.pk, opened=opened("shen_operations"), by=person("shen_operations"), now=now()
    )
    private = boxes.unwrap(OTHER, bytes(key.wrapped), guessing.key_place(person("qian_it").pk))
    again = unlocking.Opened(person("qian_it"), key.pk, now(), private)
    assert sealing.open_secret(stage.secret(account), again) == CANARY.encode()


@pytest.mark.clause("C8.2")
def test_who_sets_up_his_passphrase_after_he_was_made_custodian_is_a_task_of_the_others() -> None:
    stage.safe()
    account = stage.account(custodians=("shen_operations", "qian_it", "fang_vice"))
    assert deadlines.running(account.subject, "accounts.reseal") is None
    set_up("fang_vice")
    assert deadlines.running(account.subject, "accounts.reseal") is not None
    assert "为保管人封装" in {str(each.title) for each in vault_day.waiting(person("qian_it"), now())}


def _take_over(key: VaultKey) -> None:
    VaultKey.objects.filter(employee=key.employee, state="current").update(state="ended", ended_at=now())
    VaultKey.objects.filter(pk=key.pk).update(state="current")


def test_a_new_key_that_is_not_agreed_to_changes_nothing() -> None:
    with pytest.raises(Conflict):
        ask("sun_admin")
    with pytest.raises(Invalid):
        ask("qian_it", " ")
    run = ask("qian_it")
    approvals.reject(run_id=run.pk, by=person("sun_admin"), now=now(), reason="再想想")
    assert {key.state for key in VaultKey.objects.filter(employee=person("qian_it"))} == {"current", "ended"}
    assert opened("qian_it").private
    ask("qian_it")
    key = VaultKey.objects.get(employee=person("qian_it"), state="waiting")
    with pytest.raises(IntegrityError), transaction.atomic():
        _take_over(key)
    with pytest.raises(IntegrityError), transaction.atomic():
        VaultKey.objects.filter(pk=key.pk).update(public=b"x" * 32)


def test_the_general_manager_makes_the_recovery_key_and_everything_is_sealed_to_it() -> None:
    with pytest.raises(Forbidden):
        recovery.make(by=person("qian_it"), now=now())
    text = stage.safe()
    account = stage.account()
    found = resealing.drill(text=text, now=now())
    assert (found.opened, found.failed) == (1, [])
    assert Entry.objects.filter(verb="accounts.drill").count() == 1
    other = stage.safe()
    with pytest.raises(Refused):
        resealing.drill(text=text, now=now())
    assert resealing.drill(text=other, now=now()).failed == [stage.secret(account)]
    resealing.let_in(account_id=account.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
    assert resealing.drill(text=other, now=now()).failed == []
    old = RecoveryKey.objects.exclude(ended_at=None).get()
    assert not Box.objects.filter(recovery=old).exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        RecoveryKey.objects.filter(pk=old.pk).update(ended_at=None)


def drilled(monkeypatch: pytest.MonkeyPatch, command: str, typed: str, *args: str) -> str:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
    call_command(command, *args, stdout=out, stderr=out)
    return out.getvalue()


def test_the_drill_at_a_terminal_prints_counts_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    text = stage.safe()
    account = stage.account()
    assert drilled(monkeypatch, "vault_drill", text.lower()) == "1 opened, 0 not\n"
    with pytest.raises(CommandError, match="letter is wrong"):
        drilled(monkeypatch, "vault_drill", text[:-1])
    stage.safe()
    with pytest.raises(CommandError):
        drilled(monkeypatch, "vault_drill", text)
    assert account.pk


def test_with_no_custodian_left_the_recovery_key_lets_one_in(monkeypatch: pytest.MonkeyPatch) -> None:
    text = stage.safe()
    account = stage.account(custodians=("qian_it",))
    stage.decide(ask("qian_it"))
    out = drilled(monkeypatch, "vault_let_in", text, person("qian_it").number)
    assert out.startswith("1 secrets")
    key = VaultKey.objects.get(employee=person("qian_it"), state="current")
    private = boxes.unwrap(OTHER, bytes(key.wrapped), guessing.key_place(person("qian_it").pk))
    again = unlocking.Opened(person("qian_it"), key.pk, now(), private)
    assert sealing.open_secret(stage.secret(account), again) == CANARY.encode()
    for number in ("nobody", person("sun_admin").number):
        with pytest.raises(CommandError):
            drilled(monkeypatch, "vault_let_in", text, number)
    assert ids("qian_it")
