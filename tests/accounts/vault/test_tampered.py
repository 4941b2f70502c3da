"""Somebody wrote into the database past the application: the vault says so at what he touched, and goes on."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Account, Box, Reveal, Sealed
from accounts.services.vault import keys, lending, proposing, resealing, sealing
from office import boxes
from office.approvals import api as approvals
from office.errors import Conflict
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import ids, now, opened
from tests.accounts.vault.test_lend import ask
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2")]


@pytest.fixture
def account() -> Account:
    """Its password is junk, signed for; so is the box of one of its two custodians."""
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    found = stage.account()
    sealed = Sealed.objects.create(
        account=found,
        field="password",
        number=9,
        ciphertext=b"\x01" + b"junk" * 30,
        by=person("qian_it"),
        at=now(),
    )
    key = stage.key_of("shen_operations")
    Box.objects.create(sealed=sealed, key=stage.key_of("qian_it"), box=b"junk" * 20, at=now())
    box = boxes.seal_to(bytes(key.public), boxes.new_key())
    Box.objects.create(sealed=sealed, key=key, box=box, at=now())
    secrets = [{"field": "password", "sealed": sealed.pk, "digest": sealing.digest(sealed)}]
    row = {"account": found.pk, "facts": None, "secrets": secrets, "add": [], "remove": []}
    run = approvals.submit(
        kind="accounts.change",
        subject=found.subject,
        payload={"rows": [row]},
        by=person("qian_it"),
        now=now(),
    )
    stage.decide(run)
    return found


@pytest.mark.parametrize("who", ["qian_it", "shen_operations"])
def test_looking_at_it_tells_him_to_tell_it(account: Account, who: str) -> None:
    answer = custodian(who).post(
        reverse("accounts:reveal", args=[stage.secret(account).pk]), {"way": "shown", "reason": "对账"}
    )
    assert answer.status_code == 409
    assert "被改动过" in answer.content.decode()
    assert not Reveal.objects.exists()


@pytest.mark.parametrize("who", ["qian_it", "shen_operations"])
def test_a_new_password_here_and_a_new_account_elsewhere_are_taken(account: Account, who: str) -> None:
    elsewhere = stage.account(who, (who,), name="支付宝", secrets=[stage.password("Eisvogel-77-Schilfrohr")])
    assert elsewhere.state == "open"
    stage.decide(
        proposing.propose_secret(
            account_id=account.pk, secret=stage.password("Wasserfall-31-Kupfer"), opened=opened(who), by=person(who),
            now=now(),
        )
    )  # fmt: skip
    assert sealing.open_secret(stage.secret(account), opened(who)) == b"Wasserfall-31-Kupfer"


@pytest.mark.parametrize("who", ["qian_it", "shen_operations"])
def test_what_needs_its_text_is_refused_in_words(account: Account, who: str) -> None:
    with pytest.raises(Conflict) as refused:
        proposing.propose_custodians(
            account_id=account.pk, custodians=ids(who), opened=opened(who), by=person(who), now=now()
        )
    assert refused.value.code == "unreadable"
    form = {"custodians": ids(who)}
    answer = custodian(who).post(reverse("accounts:custodians", args=[account.pk]), form)
    assert answer.status_code == 422
    assert "被改动过" in answer.content.decode()


def test_letting_in_skips_it_and_lending_it_is_refused(account: Account) -> None:
    stage.set_up("fang_vice")
    stage.decide(
        proposing.propose_custodians(
            account_id=account.pk, custodians=ids("shen_operations", "qian_it", "fang_vice"), opened=None,
            by=person("qian_it"), now=now(),
        )
    )  # fmt: skip
    made = resealing.let_in(account_id=account.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
    assert made == 1  # the first version; of the junk there is no data key to give
    found = ask(account)
    assert found.run is not None
    stage.decide(found.run)
    keys.set_up(passphrase=stage.PASSPHRASE, again=stage.PASSPHRASE, by=person("li_lei"), now=now())
    with pytest.raises(Conflict):
        lending.release(lending_id=found.pk, opened=opened("qian_it"), by=person("qian_it"), now=now())
