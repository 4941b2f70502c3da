"""A form is sent with more than its fields: who, when, state, run, another's id. Nothing of that is taken."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.models import Account, Lending, Reveal, Sealed, VaultKey
from office.approvals.models import Run
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import PASSPHRASE
from tests.accounts.vault.test_pages import new_account
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def more() -> dict[str, Any]:
    """What a form of the vault does not have, by the names of the tables."""
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    other = person("fang_vice").pk
    return {
        "state": "open", "by": other, "employee": other, "lender": other, "proposed_by": other, "run": 1, "id": 1,
        "pk": 1,
        "account": 1, "account_id": 1, "number": 99, "renews": 1, "weak": "on", "repeated": "on", "closed": "on",
        "add": other, "remove": other, "at": "2001-01-01", "until": "2099-01-01", "released_at": "2001-01-01",
        "changed_at": "2001-01-01", "lending": 1, "lending_id": 1, "opened": "x", "key": 1, "now": "2001-01-01",
        "facts": 1, "cost": 1, "passes": 1, "kib": 8, "public": "00",
    }  # fmt: skip


def url(name: str, *args: object) -> str:
    return reverse(f"accounts:{name}", args=args)


def test_a_new_account(more: dict[str, Any]) -> None:
    custodian("qian_it").post(url("new"), {**more, **new_account()})
    account, sealed = Account.objects.get(), Sealed.objects.get()
    assert (account.state, account.proposed_by, account.facts) == ("proposed", person("qian_it"), None)
    assert (sealed.number, sealed.weak, sealed.repeated, sealed.renews) == (1, False, False, None)
    (row,) = Run.objects.get().payload["rows"]
    assert (row["facts"]["closed"], row["add"], row["remove"]) == (False, [person("qian_it").pk], [])


def test_a_change_of_facts_closes_nothing_and_names_nobody(more: dict[str, Any]) -> None:
    account = stage.account()
    form = {**more, **new_account(name="工行", owner=person("shen_operations").pk), "custodians": more["by"]}
    custodian("qian_it").post(url("facts", account.pk), form)
    (row,) = Run.objects.latest("pk").payload["rows"]
    assert (row["facts"]["name"], row["facts"]["closed"]) == ("工行", False)
    assert (row["add"], row["remove"], row["secrets"], row["account"]) == ([], [], [], account.pk)


def test_another_secret_is_of_this_account_and_by_who_sends_it(more: dict[str, Any]) -> None:
    account = stage.account()
    form = {**more, "field": "password", "secret": "Eisvogel-77-Schilfrohr"}
    custodian("qian_it").post(url("secret", account.pk), form)
    sealed = Sealed.objects.latest("pk")
    assert (sealed.account, sealed.number, sealed.by, sealed.renews) == (account, 2, person("qian_it"), None)


def test_who_looks_is_who_is_signed_in(more: dict[str, Any]) -> None:
    account = stage.account()
    form = {**more, "way": "shown", "reason": "对账"}
    custodian("qian_it").post(url("reveal", stage.secret(account).pk), form)
    row = Reveal.objects.get()
    assert (row.employee, row.lending, row.at.year > 2001) == (person("qian_it"), None, True)


def test_a_lending_is_asked_for_and_no_more(more: dict[str, Any]) -> None:
    account = stage.account()
    form = {**more, "borrower": person("li_lei").pk, "hours": 2, "reason": "大促"}
    custodian("qian_it").post(url("lend", account.pk), form)
    found = Lending.objects.get()
    assert (found.state, found.lender, found.until, found.released_at) == (
        "asked",
        person("qian_it"),
        None,
        None,
    )


def test_a_passphrase_is_ones_own_at_the_cost_of_the_book(more: dict[str, Any]) -> None:
    form = {**more, "passphrase": PASSPHRASE, "again": PASSPHRASE}
    custodian("sun_admin", opened=False).post(url("vault_set_up"), form)
    key = VaultKey.objects.latest("pk")
    assert (key.employee, key.state, key.run) == (person("sun_admin"), "current", None)
    assert not VaultKey.objects.filter(employee=person("fang_vice")).exists()
