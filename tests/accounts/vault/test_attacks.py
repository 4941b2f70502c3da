"""What an attacker tried on the vault, and what stands in his way."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm, remove_perm

from accounts.models import Account, Box, Reveal, Rotation, Sealed, VaultKey
from accounts.selectors import vault
from accounts.services.vault import (
    guessing,
    importing,
    keys,
    lending,
    proposing,
    resealing,
    revealing,
    unlocking,
)
from accounts.services.vault.sealing import Secret
from office import boxes
from office.approvals import api as approvals
from office.audit.models import Entry
from office.errors import Conflict, Invalid, NotFound, Refused
from office.notices.models import Notice
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import PASSPHRASE, ids, now, opened
from tests.accounts.vault.test_lend import released
from tests.people import person

pytestmark = pytest.mark.django_db
OTHER = "Seventeen herons under pewter clouds"


@pytest.fixture(autouse=True)
def _vault() -> None:
    stage.set_up("shen_operations", "qian_it")


@pytest.fixture
def account() -> Account:
    stage.safe()
    return stage.account()


def propose(account: Account, text: str) -> approvals.Run:
    return proposing.propose_secret(
        account_id=account.pk, secret=stage.password(text, anyway=True), opened=opened("qian_it"),
        by=person("qian_it"), now=now(),
    )  # fmt: skip


def drop(account: Account) -> None:
    stage.decide(
        proposing.propose_drop(account_id=account.pk, field="password", by=person("qian_it"), now=now())
    )


@pytest.mark.clause("C8.2", "C13.4")
def test_a_password_that_the_account_had_before_is_no_new_one(account: Account) -> None:
    with pytest.raises(Invalid) as refused:
        propose(account, stage.CANARY)
    assert refused.value.code == "had_before"
    stage.decide(propose(account, "Eisvogel-77-Schilfrohr"))
    with pytest.raises(Invalid):
        propose(account, stage.CANARY)


@pytest.mark.clause("C8.2", "C13.4")
def test_taking_the_password_out_changes_nothing_for_who_had_it(account: Account) -> None:
    found = released(account)
    lending.give_back(lending_id=found.pk, by=person("li_lei"), now=now())
    Rotation.objects.create(
        account=account, field="password", employee=person("sun_admin"), why="left", opened_at=now()
    )
    drop(account)
    assert vault.still_blocked(account) == found
    assert Rotation.objects.get().done_at is None
    with pytest.raises(Invalid):
        propose(account, stage.CANARY)
    stage.decide(propose(account, "Eisvogel-77-Schilfrohr"))
    assert vault.still_blocked(account) is None
    assert Rotation.objects.get().done_at is not None


def test_the_old_passphrase_is_guessed_at_five_times_and_each_is_recorded() -> None:
    by = person("qian_it")
    for _ in range(5):
        with pytest.raises(Invalid) as wrong:
            keys.change_passphrase(old="wrong", passphrase=OTHER, again=OTHER, by=by, now=now())
        assert wrong.value.errors[0]["path"] == "old"
    assert Entry.objects.filter(verb="accounts.unlock_failed").count() == 5
    with pytest.raises(Conflict) as refused:
        keys.change_passphrase(old=PASSPHRASE, passphrase=OTHER, again=OTHER, by=by, now=now())
    assert refused.value.code == "too_many"
    with pytest.raises(Conflict):
        unlocking.unlock(passphrase=PASSPHRASE, session_key="s", by=by, now=now())


def test_an_account_asked_for_again_keeps_somebody_who_can_read_it() -> None:
    stage.safe()
    stage.set_up("fang_vice")
    run = proposing.propose_account(
        facts=stage.facts(), custodians=ids("qian_it"), secrets=[stage.password()], opened=opened("qian_it"),
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    approvals.return_to(run_id=run.pk, by=person("zhou_general"), now=now(), reason="换人", step=None)
    pk = Account.objects.get().pk

    def again(*cast: str) -> None:
        proposing.propose_again(
            account_id=pk, facts=stage.facts(), custodians=ids(*cast), by=person("qian_it"), now=now()
        )

    with pytest.raises(Invalid) as refused:
        again("fang_vice")
    assert refused.value.errors[0]["path"] == "custodians"
    again("fang_vice", "qian_it")


@pytest.mark.clause("C8.2")
def test_a_former_recovery_key_opens_nothing_once_the_account_is_let_in_to_the_new_one() -> None:
    stage.safe()
    account = stage.account()
    refused = propose(account, "Eisvogel-77-Schilfrohr")
    approvals.reject(run_id=refused.pk, by=person("zhou_general"), now=now(), reason="不换")
    assert not Notice.objects.filter(kind="accounts.recovery_key", recipient=person("zhou_general")).exists()
    stage.safe()
    assert Notice.objects.filter(kind="accounts.recovery_key", recipient=person("qian_it")).exists()
    resealing.let_in(account_id=account.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
    assert not Box.objects.filter(recovery__ended_at__isnull=False).exists()
    assert Box.objects.filter(sealed=stage.secret(account), recovery__isnull=False).count() == 1


@pytest.mark.clause("C8.2")
def test_what_a_lost_passphrase_opened_is_to_be_changed(account: Account) -> None:
    run = keys.ask_new_key(passphrase=OTHER, again=OTHER, reason="忘了", by=person("qian_it"), now=now())
    stage.decide(run)
    found = Rotation.objects.get()
    assert (found.account, found.field, found.employee, found.why) == (
        account, "password", person("qian_it"), "lost",
    )  # fmt: skip


def test_a_custodian_planted_in_the_table_of_permissions_is_none(account: Account) -> None:
    stage.set_up("fang_vice")
    planted = person("fang_vice")
    assign_perm("accounts.read_secrets", planted, account)
    assert not vault.keeps(planted, account, now())
    assert vault.kept_ids(planted) == set()
    with pytest.raises(NotFound):
        revealing.find(stage.secret(account).pk, planted, now())
    made = resealing.let_in(account_id=account.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
    assert made == 0
    stage.decide(propose(account, "Eisvogel-77-Schilfrohr"))
    assert not Box.objects.filter(key__employee=planted).exists()


def test_a_custodian_whose_permission_was_taken_out_by_hand_reads_nothing(account: Account) -> None:
    """Both are needed: the signed change, and the permission for this one account (django-guardian)."""
    remove_perm("accounts.read_secrets", person("qian_it"), account)
    assert not vault.keeps(person("qian_it"), account, now())
    with pytest.raises(NotFound):
        revealing.find(stage.secret(account).pk, person("qian_it"), now())


@pytest.mark.parametrize(("accept", "way"), [("text/html", "shown"), ("application/json", "copied")])
def test_what_a_plain_form_calls_copied_is_on_record_as_shown(
    account: Account, accept: str, way: str
) -> None:
    answer = custodian("qian_it").post(
        reverse("accounts:reveal", args=[stage.secret(account).pk]), {"way": "copied", "reason": "对账"},
        headers={"accept": accept},
    )  # fmt: skip
    assert stage.CANARY in answer.content.decode()
    assert Reveal.objects.get().way == way


def test_a_closed_account_is_looked_at_no_more(account: Account) -> None:
    sealed = stage.secret(account)
    found = released(account)
    closed = proposing.propose_facts(
        account_id=account.pk, facts=stage.facts(closed=True), by=person("qian_it"), now=now()
    )
    stage.decide(closed)
    for who, lent in (("qian_it", None), ("li_lei", found.pk)):
        with pytest.raises(NotFound):
            revealing.reveal(
                sealed_id=sealed.pk, way="shown", reason="x", opened=opened(who), by=person(who), now=now(),
                lending_id=lent,
            )  # fmt: skip


def test_an_account_with_a_seed_alone_is_not_lent() -> None:
    stage.safe()
    seed = stage.account(secrets=[Secret("totp", stage.SEED.encode())])
    with pytest.raises(Refused) as refused:
        lending.ask(
            account_id=seed.pk,
            borrower=person("li_lei"),
            hours=1,
            reason="x",
            by=person("qian_it"),
            now=now(),
        )
    assert refused.value.code == "no_password"


@pytest.mark.clause("C13.4")
def test_the_borrower_does_not_agree_to_his_own_lending(account: Account) -> None:
    head = person("chen_manager")
    asked = lending.ask(
        account_id=account.pk, borrower=head, hours=1, reason="x", by=person("qian_it"), now=now()
    )
    assert asked.run is not None
    with pytest.raises(Conflict):
        approvals.approve(run_id=asked.run.pk, by=head, now=now())
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_nothing_of_another_managers_file_is_left_out_or_cut() -> None:
    stage.safe()
    head = "name,url,username,password,note\n"

    def read(text: str) -> None:
        importing.import_accounts(
            data=(head + text).encode(), kind="blog", custodians=ids("qian_it"), opened=opened("qian_it"),
            by=person("qian_it"), now=now(),
        )  # fmt: skip

    for long in (f"A,,u,p,{'n' * 4001}\n", f"A,,{'u' * 121},p,n\n"):
        with pytest.raises(Invalid) as refused:
            read(long)
        assert refused.value.code == "line"
    read("A,,u,,the notes alone\nB,,u,,\n")
    assert [each.field for each in Sealed.objects.all()] == ["codes"]


def test_what_was_locked_meanwhile_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    by, real = person("qian_it"), boxes.unbind
    half = unlocking.unlock(passphrase=PASSPHRASE, session_key="s", by=by, now=now())

    def locked_meanwhile(key: bytes, data: bytes, place: bytes) -> bytes:
        unlocking.lock(session_key="s")
        return real(key, data, place)

    with monkeypatch.context() as patch:
        patch.setattr(boxes, "unbind", locked_meanwhile)
        unlocking.unlocked(token=half, session_key="s", by=by, now=now())
    assert unlocking.unlocked(token=half, session_key="s", by=by, now=now()) is None


def test_of_two_changes_of_a_passphrase_at_once_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = guessing.private_of

    def another_first(**given: Any) -> bytes:
        private = real(**given)
        VaultKey.objects.filter(pk=given["key"].pk).update(wrapped=b"changed meanwhile")
        return private

    monkeypatch.setattr(guessing, "private_of", another_first)
    with pytest.raises(Conflict) as refused:
        keys.change_passphrase(old=PASSPHRASE, passphrase=OTHER, again=OTHER, by=person("qian_it"), now=now())
    assert refused.value.code == "changed"
