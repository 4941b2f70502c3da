"""What is asked for in vain: of what is gone, of nothing, by one person for two, by who opens only some."""

from __future__ import annotations

import pytest

from accounts.models import Account, Box, Rotation, VaultKey
from accounts.services.vault import keys, lending, proposing, resealing
from accounts.services.vault.sealing import Secret
from office import boxes
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.staff.models import Appointment
from tests.accounts.vault import stage
from tests.accounts.vault.stage import ids, now, opened
from tests.people import LONG_AGO, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _vault() -> None:
    stage.set_up("shen_operations", "qian_it")


def secret(account: Account, given: Secret) -> approvals.Run:
    return proposing.propose_secret(
        account_id=account.pk, secret=given, opened=opened("qian_it"), by=person("qian_it"), now=now()
    )


def custodians(account: Account, *cast: str) -> approvals.Run:
    return proposing.propose_custodians(
        account_id=account.pk,
        custodians=ids(*cast),
        opened=opened("qian_it"),
        by=person("qian_it"),
        now=now(),
    )


def test_nothing_is_sealed_before_the_safe_has_its_key() -> None:
    with pytest.raises(Refused) as refused:
        stage.account()
    assert refused.value.code == "no_recovery_key"


def test_a_proposed_account_is_neither_changed_nor_lent() -> None:
    stage.safe()
    proposing.propose_account(
        facts=stage.facts(), custodians=ids("qian_it"), secrets=[stage.password()], opened=opened("qian_it"),
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    account = Account.objects.get()
    with pytest.raises(NotFound):
        proposing.Facts.of(account)
    with pytest.raises(NotFound):
        secret(account, stage.password("Eisvogel-77-Schilfrohr"))
    with pytest.raises(NotFound):
        lending.ask(
            account_id=account.pk,
            borrower=person("li_lei"),
            hours=1,
            reason="x",
            by=person("qian_it"),
            now=now(),
        )


def test_without_a_secret_a_field_or_a_change_nothing_is_asked() -> None:
    stage.safe()
    with pytest.raises(Invalid):
        proposing.propose_account(
            facts=stage.facts(), custodians=ids("qian_it"), secrets=[], opened=opened("qian_it"), by=person("qian_it"),
            now=now(),
        )  # fmt: skip
    account = stage.account()
    with pytest.raises(Invalid):
        secret(account, Secret("shoe", b"x"))
    with pytest.raises(Invalid):
        custodians(account, "qian_it", "shen_operations")
    with pytest.raises(Invalid):
        proposing.propose_drop(account_id=account.pk, field="totp", by=person("qian_it"), now=now())
    with pytest.raises(Forbidden):  # the site's own passwords are not for IT (C6.2)
        proposing.propose_facts(
            account_id=account.pk, facts=stage.facts(kind="server"), by=person("qian_it"), now=now()
        )


def test_one_person_in_two_posts_is_not_two_people() -> None:
    Appointment.objects.create(employee=person("fang_vice"), position="it_manager", during=(LONG_AGO, None))
    words = "Seventeen herons under pewter clouds"
    run = keys.ask_new_key(passphrase=words, again=words, reason="忘了", by=person("qian_it"), now=now())
    with pytest.raises(Conflict) as refused:
        approvals.approve(run_id=run.pk, by=person("fang_vice"), now=now())
    assert refused.value.code == "two_people"
    assert VaultKey.objects.get(employee=person("qian_it"), state="current").run_id is None


def test_a_task_stays_until_every_secret_has_been_changed() -> None:
    stage.safe()
    account = stage.account(secrets=[stage.password(), Secret("codes", b"1234")])
    run = proposing.propose_custodians(
        account_id=account.pk,
        custodians=ids("qian_it"),
        opened=opened("qian_it"),
        by=person("qian_it"),
        now=now(),
    )
    stage.decide(run)
    stage.decide(secret(account, stage.password("Eisvogel-77-Schilfrohr")))
    assert Rotation.objects.filter(done_at=None).count() == 1
    assert deadlines.running(account.subject, "accounts.rotate") is not None
    stage.decide(secret(account, Secret("codes", b"5678")))
    assert deadlines.running(account.subject, "accounts.rotate") is None


def test_letting_in_makes_what_one_can_and_the_recovery_key_only_for_the_one_named() -> None:
    paper = stage.safe()
    account = stage.account()
    stage.set_up("fang_vice")
    stage.decide(custodians(account, "shen_operations", "qian_it", "fang_vice"))
    # 方副总 opens nothing yet, so lets nobody in, not even himself.
    by = person("fang_vice")
    assert resealing.let_in(account_id=account.pk, opened=opened("fang_vice"), by=by, now=now()) == 0
    stage.set_up("zhou_general")
    stage.decide(custodians(account, "shen_operations", "qian_it", "fang_vice", "zhou_general"))
    assert resealing.let_in_by_recovery_key(text=paper, person=by, now=now()) == 1
    assert not Box.objects.filter(key__employee=person("zhou_general")).exists()
    with pytest.raises(boxes.WrongKeyText):
        resealing.let_in_by_recovery_key(text="x", person=by, now=now())
