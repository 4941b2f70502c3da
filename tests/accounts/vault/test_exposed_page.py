"""What one person could see: the general manager's list, reached from where he meets the person, and its tasks."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from accounts.selectors import vault
from accounts.services.vault import duties, proposing
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import ids, now, opened
from tests.accounts.vault.test_leave import gone
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2")]


@pytest.fixture
def account() -> Account:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    return stage.account()


def where() -> str:
    return reverse("accounts:exposed", args=[person("qian_it").pk])


def test_it_is_a_step_away_for_the_general_manager_and_nobody_else(account: Account) -> None:
    gone("qian_it")
    duties.watch(now=now())
    general, owner = custodian("zhou_general", opened=False), custodian("shen_operations", opened=False)
    for page in (
        reverse("accounts:account", args=[account.pk]), reverse("accounts:health"),
        reverse("accounts:access_person", args=[person("qian_it").pk]),
    ):  # fmt: skip
        assert where() in general.get(page).content.decode(), page
        assert where() not in owner.get(page).content.decode(), page
    assert owner.get(where()).status_code == 403


def test_it_says_what_stands_on_the_list_of_tasks(account: Account) -> None:
    general = custodian("zhou_general", opened=False)
    (before,) = general.get(where()).context["exposed"]
    assert before.since is None
    gone("qian_it")
    duties.watch(now=now())
    answer = general.get(where())
    (after,) = answer.context["exposed"]
    assert after.since is not None
    assert "起待更换" in answer.content.decode()


def queries(client: Client) -> int:
    client.get(where())
    with CaptureQueriesContext(connection) as caught:
        assert client.get(where()).status_code == 200
    return len(caught)


def renewed(account: Account) -> None:
    """Sealed anew, the same text, because somebody was removed."""
    stage.decide(
        proposing.propose_custodians(
            account_id=account.pk,
            custodians=ids("qian_it"),
            opened=opened("qian_it"),
            by=person("qian_it"),
            now=now(),
        )
    )


def test_it_asks_as_much_for_many_renewed_ones_as_for_one(account: Account) -> None:
    general = custodian("zhou_general", opened=False)
    renewed(account)
    one = queries(general)
    for number in range(3):
        renewed(stage.account(name=f"账户{number}", secrets=[stage.password(anyway=True)]))
    assert queries(general) == one
    assert len(vault.blast_radius(person("qian_it"))) == 4
