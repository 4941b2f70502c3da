"""Proposing an account, another secret, other custodians; the general manager signs (C8.1, C8.2, M6)."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Account, AccountFacts, Box, CustodianChange, Rotation, Sealed, SecretVersion
from accounts.selectors import vault
from accounts.services.vault import proposing, resealing, sealing
from accounts.services.vault.sealing import Secret
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.errors import Forbidden, Invalid, NotFound, Refused
from tests.accounts.vault import stage
from tests.accounts.vault.stage import CANARY, ids, now, opened
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _vault() -> None:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()


@pytest.mark.clause("C8.1", "C8.2", "M6")
def test_an_account_is_kept_once_the_general_manager_has_signed() -> None:
    run = proposing.propose_account(
        facts=stage.facts(), custodians=ids("shen_operations", "qian_it"), secrets=[stage.password()],
        opened=opened("shen_operations"), by=person("shen_operations"), now=now(),
    )  # fmt: skip
    account = Account.objects.get()
    assert (account.state, vault.current_secrets(account)) == ("proposed", [])
    assert CANARY not in str(run.payload) + str(run.preview)
    stage.decide(run)
    account.refresh_from_db()
    assert account.state == "open"
    assert account.facts is not None
    assert account.facts.login == "ec-dept"
    (sealed,) = vault.current_secrets(account)
    for who in ("shen_operations", "qian_it"):
        assert sealing.open_secret(sealed, opened(who)) == CANARY.encode()
    assert Box.objects.filter(sealed=sealed).count() == 3  # two people and the safe
    assert deadlines.running(account.subject, "accounts.regular_change") is not None


def test_what_is_not_agreed_to_is_dropped() -> None:
    run = proposing.propose_account(
        facts=stage.facts(), custodians=ids("qian_it"), secrets=[stage.password()], opened=opened("shen_operations"),
        by=person("shen_operations"), now=now(),
    )  # fmt: skip
    approvals.reject(run_id=run.pk, by=person("zhou_general"), now=now(), reason="不需要")
    assert Account.objects.get().state == "dropped"


@pytest.mark.clause("C6.2")
def test_the_sites_own_passwords_are_kept_by_the_site_owner_alone() -> None:
    with pytest.raises(Forbidden) as refused:
        proposing.propose_account(
            facts=stage.facts(kind="server"), custodians=ids("qian_it"), secrets=[stage.password()],
            opened=opened("qian_it"), by=person("qian_it"), now=now(),
        )  # fmt: skip
    assert refused.value.clause == "C6.2"
    with pytest.raises(Invalid):
        stage.account(kind="server", custodians=("shen_operations", "qian_it"))
    assert stage.account(kind="server", custodians=("shen_operations",)).state == "open"


@pytest.mark.parametrize(
    ("other", "path"),
    [
        ({"kind": "yacht"}, "kind"), ({"name": " "}, "name"), ({"name": "长" * 81}, "name"),
        ({"url": "javascript:alert(1)"}, "url"), ({"login": "x" * 121}, "url"), ({"change_days": 0}, "change_days"),
        ({"owner": 0}, "owner"),
    ],
)  # fmt: skip
def test_facts_that_cannot_be_are_refused_by_name(other: dict[str, object], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        stage.account(**other)  # type: ignore[arg-type]
    assert refused.value.errors[0]["path"] == path


@pytest.mark.parametrize(
    ("secret", "path"),
    [
        (Secret("password", b" "), "secret"), (Secret("password", b"x" * 5000), "secret"),
        (Secret("password", b"123456"), "anyway"), (Secret("totp", b"not a seed!"), "totp"),
        (Secret("file-1", b"x" * 300_000), "file"),
    ],
)  # fmt: skip
def test_secrets_that_cannot_be_are_refused(secret: Secret, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        stage.account(secrets=[secret])
    assert refused.value.errors[0]["path"] == path
    assert not Sealed.objects.exists()


def test_a_weak_or_repeated_password_is_taken_only_knowingly_and_marked() -> None:
    weak = stage.account(secrets=[stage.password("123456", anyway=True)])
    assert stage.secret(weak).weak
    stage.account(name="支付宝")
    with pytest.raises(Invalid) as refused:
        stage.account(name="微信支付")
    assert refused.value.code == "repeated"
    again = stage.account(name="微信支付", secrets=[stage.password(anyway=True)])
    assert stage.secret(again).repeated


def test_one_that_waits_to_be_signed_counts_as_used_too() -> None:
    def ask(name: str) -> None:
        proposing.propose_account(
            facts=stage.facts(name=name), custodians=ids("qian_it"), secrets=[stage.password()],
            opened=opened("qian_it"), by=person("qian_it"), now=now(),
        )  # fmt: skip

    ask("支付宝")
    with pytest.raises(Invalid) as refused:
        ask("微信支付")
    assert refused.value.code == "repeated"


def test_nothing_is_sealed_without_a_safe_a_reader_or_an_open_vault() -> None:
    with pytest.raises(Refused) as refused:
        stage.account(custodians=("fang_vice",))
    assert refused.value.code == "no_reader"
    with pytest.raises(Invalid):
        stage.account(custodians=())
    with pytest.raises(Invalid):
        stage.account(custodians=("li_lei",))
    with pytest.raises(Forbidden):
        proposing.propose_account(
            facts=stage.facts(), custodians=ids("qian_it"), secrets=[stage.password()], opened=opened("qian_it"),
            by=person("shen_operations"), now=now(),
        )  # fmt: skip
    with pytest.raises(Invalid):
        stage.account(secrets=[], custodians=("qian_it",), kind="x")


@pytest.mark.clause("C8.2", "M6")
def test_a_new_password_counts_when_signed_and_the_old_one_stays_readable() -> None:
    account = stage.account()
    old = stage.secret(account)
    run = proposing.propose_secret(
        account_id=account.pk, secret=stage.password("Eisvogel-77-Schilfrohr"), opened=opened("qian_it"),
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    assert stage.secret(account) == old
    stage.decide(run)
    new = stage.secret(account)
    assert (new.number, vault.is_current(new), vault.is_current(old)) == (2, True, False)
    assert sealing.open_secret(old, opened("shen_operations")) == CANARY.encode()
    drop = proposing.propose_drop(account_id=account.pk, field="password", by=person("qian_it"), now=now())
    stage.decide(drop)
    assert vault.current_secrets(account) == []


def test_only_a_custodian_proposes_changes_and_nobody_learns_of_a_strangers_account() -> None:
    account = stage.account(custodians=("qian_it",))
    with pytest.raises(NotFound):
        proposing.propose_facts(
            account_id=account.pk, facts=stage.facts(login="x"), by=person("sun_admin"), now=now()
        )
    with pytest.raises(Forbidden):  # the owner sees it and does not keep it
        proposing.propose_facts(
            account_id=account.pk, facts=stage.facts(login="x"), by=person("shen_operations"), now=now()
        )
    with pytest.raises(Invalid):
        proposing.propose_facts(account_id=account.pk, facts=stage.facts(), by=person("qian_it"), now=now())
    stage.decide(
        proposing.propose_facts(
            account_id=account.pk, facts=stage.facts(closed=True), by=person("qian_it"), now=now()
        )
    )
    account.refresh_from_db()
    assert account.state == "closed"
    assert deadlines.running(account.subject, "accounts.regular_change") is None


def test_a_new_custodian_reads_once_another_one_has_let_him_in() -> None:
    account = stage.account()
    stage.set_up("fang_vice")
    run = proposing.propose_custodians(
        account_id=account.pk, custodians=ids("shen_operations", "qian_it", "fang_vice"), opened=None,
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    stage.decide(run)
    sealed = stage.secret(account)
    assert deadlines.running(account.subject, "accounts.reseal") is not None
    with pytest.raises(Forbidden) as refused:
        sealing.open_secret(sealed, opened("fang_vice"))
    assert refused.value.code == "no_box"
    made = resealing.let_in(account_id=account.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
    assert made == 1
    assert sealing.open_secret(sealed, opened("fang_vice")) == CANARY.encode()
    assert deadlines.running(account.subject, "accounts.reseal") is None
    assert (
        resealing.let_in(account_id=account.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
        == 0
    )


@pytest.mark.clause("C8.2")
def test_who_is_removed_keeps_no_box_the_data_keys_are_new_and_the_password_is_due() -> None:
    account = stage.account(custodians=("shen_operations", "qian_it"))
    old = stage.secret(account)
    run = proposing.propose_custodians(
        account_id=account.pk, custodians=ids("shen_operations"), opened=opened("shen_operations"),
        by=person("shen_operations"), now=now(),
    )  # fmt: skip
    stage.decide(run)
    new = stage.secret(account)
    assert (new.renews, sealing.open_secret(new, opened("shen_operations"))) == (old, CANARY.encode())
    assert not Box.objects.filter(key__employee=person("qian_it")).exists()
    assert not vault.keeps(person("qian_it"), account, now())
    assert Rotation.objects.get().employee == person("qian_it")
    assert deadlines.running(account.subject, "accounts.rotate") is not None
    stage.decide(
        proposing.propose_secret(
            account_id=account.pk, secret=stage.password("Eisvogel-77-Schilfrohr"), opened=opened("shen_operations"),
            by=person("shen_operations"), now=now(),
        )
    )  # fmt: skip
    assert Rotation.objects.get().done_at is not None
    assert deadlines.running(account.subject, "accounts.rotate") is None


def test_a_request_given_back_is_asked_again_with_the_sealed_secrets_as_they_are() -> None:
    run = proposing.propose_account(
        facts=stage.facts(), custodians=ids("qian_it"), secrets=[stage.password()], opened=opened("qian_it"),
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    approvals.return_to(run_id=run.pk, by=person("zhou_general"), now=now(), reason="加上运营", step=None)
    account = Account.objects.get()
    again = proposing.propose_again(
        account_id=account.pk, facts=stage.facts(), custodians=ids("qian_it", "shen_operations"), by=person("qian_it"),
        now=now(),
    )  # fmt: skip
    assert again.pk == run.pk
    stage.decide(again)
    account.refresh_from_db()
    assert (account.state, len(vault.custodians(account))) == ("open", 2)
    with pytest.raises(NotFound):
        proposing.propose_again(
            account_id=account.pk,
            facts=stage.facts(),
            custodians=ids("qian_it"),
            by=person("qian_it"),
            now=now(),
        )


@pytest.mark.clause("C8.2", "M6")
def test_the_database_refuses_what_nobody_signed() -> None:
    account = stage.account()
    run = approvals.Run.objects.get(subject_id=str(account.pk))
    sealed = stage.secret(account)
    other = Sealed.objects.create(
        account=account, field="password", number=9, ciphertext=b"x", by=person("qian_it"), at=now()
    )
    forged = (
        lambda: SecretVersion.objects.create(
            account=account, field="password", sealed=other, run=run, at=now()
        ),
        lambda: CustodianChange.objects.create(
            account=account, employee=person("li_lei"), added=True, run=run, at=now()
        ),
        lambda: AccountFacts.objects.create(
            account=account, kind="bank", name="x", owner=person("qian_it"), run=run, at=now()
        ),
        lambda: Box.objects.create(sealed=sealed, key=stage.key_of("fang_vice"), box=b"x", at=now()),
        lambda: Box.objects.filter(sealed=sealed).delete(),
        lambda: Box.objects.filter(sealed=sealed).update(box=b"x"),
        lambda: Account.objects.filter(pk=account.pk).update(state="closed"),
        lambda: Account.objects.create(
            name="x", kind="bank", state="closed", proposed_by=person("qian_it"), proposed_at=now()
        ),
    )
    stage.set_up("fang_vice")
    for act in forged:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    for table in (
        "accounts_sealed",
        "accounts_secretversion",
        "accounts_accountfacts",
        "accounts_custodianchange",
    ):
        with (
            pytest.raises(Exception, match=r"denied|law"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM {table}")
