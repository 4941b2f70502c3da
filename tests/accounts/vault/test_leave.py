"""Who goes: what he could see becomes a list of things to change; his hand-over names the accounts (C8.2)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Rotation
from accounts.selectors import vault, vault_day, vault_pages
from accounts.services.vault import duties, proposing, revealing, sealing
from attendance.holdings import Leaver, find
from office.deadlines import api as deadlines
from office.errors import Forbidden
from office.staff.models import Employee
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import now, opened
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2")]


@pytest.fixture(autouse=True)
def _vault() -> None:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()


def gone(who: str) -> Employee:
    Employee.objects.filter(pk=person(who).pk).update(is_active=False)
    return person(who)


def test_what_somebody_could_see_or_saw_since_its_last_change() -> None:
    account = stage.account()
    stage.account(
        name="别人的", custodians=("shen_operations",), secrets=[stage.password("Nur-fuer-Shen-allein-9")]
    )
    revealing.reveal(
        sealed_id=stage.secret(account).pk, way="shown", reason="对账", opened=opened("qian_it"),
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    (found,) = vault.blast_radius(person("qian_it"))
    assert (found.account, found.could, found.saw) == (account, True, 1)
    page = custodian("zhou_general", opened=False).get(
        reverse("accounts:exposed", args=[person("qian_it").pk])
    )
    assert "工商银行网银" in page.content.decode()
    assert (
        custodian("zhou_general", opened=False).get(reverse("accounts:exposed", args=[0])).status_code == 404
    )


def test_a_custodian_who_leaves_opens_the_list_by_himself_and_a_new_password_closes_it() -> None:
    account = stage.account()
    assert duties.watch(now=now()) == 0
    gone("qian_it")
    assert duties.watch(now=now()) == 1
    assert duties.watch(now=now()) == 0
    assert Rotation.objects.get().why == "left"
    assert deadlines.running(account.subject, "accounts.rotate") is not None
    assert "exposed" in {ill.what for ill in vault_pages.health(person("shen_operations"), now())}
    run = proposing.propose_secret(
        account_id=account.pk, secret=stage.password("Eisvogel-77-Schilfrohr"), opened=opened("shen_operations"),
        by=person("shen_operations"), now=now(),
    )  # fmt: skip
    stage.decide(run)
    assert Rotation.objects.get().done_at is not None
    with pytest.raises(Forbidden):  # sealed to who may still read
        sealing.open_secret(stage.secret(account), opened("qian_it"))
    assert duties.watch(now=now()) == 0


def test_the_hand_over_of_a_leaver_names_his_accounts() -> None:
    account = stage.account()
    provider = find("accounts")
    assert provider is not None
    (held,) = provider.held(Leaver(person("qian_it"), now()), now())
    assert held.key == str(account.pk)
    assert "工商银行网银" in held.label
    assert "1" in held.label
    assert provider.held(Leaver(person("li_lei"), now()), now()) == []


def test_my_day_shows_what_the_vault_asks() -> None:
    account = stage.account(renew_on=(now() + dt.timedelta(days=10)).date(), change_days=5)
    titles = [str(line.title) for line in vault_day.waiting(person("qian_it"), now())]
    assert len(titles) == 2
    stage.set_up("fang_vice")
    run = proposing.propose_custodians(
        account_id=account.pk, custodians=stage.ids("qian_it", "fang_vice", "shen_operations"), opened=None,
        by=person("qian_it"), now=now(),
    )  # fmt: skip
    stage.decide(run)
    assert len(vault_day.waiting(person("qian_it"), now())) == 3
    assert len(vault_day.waiting(person("fang_vice"), now())) == 2  # cannot let himself in
    assert vault_day.waiting(person("li_lei"), now()) == []
    assert account.name in signed_in("qian_it").get("/").content.decode()


def test_health_names_what_is_wrong() -> None:
    yesterday = now() - dt.timedelta(days=40)
    stage.account(
        name="弱", secrets=[stage.password("123456", anyway=True)], change_days=30, at=yesterday,
        renew_on=timezone.localdate(now()),
    )  # fmt: skip
    stage.account(name="重", secrets=[stage.password("123456", anyway=True)], renew_on=dt.date(2025, 1, 1))
    stage.set_up("fang_vice")
    found = {(ill.account.name, ill.what) for ill in vault_pages.health(person("qian_it"), now())}
    assert found == {
        ("弱", "weak"), ("弱", "stale"), ("弱", "expiring"), ("重", "weak"), ("重", "repeated"), ("重", "expired"),
    }  # fmt: skip
