"""Copying without showing: JSON for the page's own script, as guarded and as much on record as a look."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
import time_machine
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Reveal
from accounts.services.vault import unlocking
from office.audit.models import Entry
from tests.accounts.access.test_confirm_again import grown_old
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import CANARY, now

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C8.2")]


@pytest.fixture
def account() -> Account:
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    return stage.account()


def copy(client: Client, account: Account, **said: str) -> HttpResponseBase:
    form = {"way": "copied", "reason": "登录", **said}
    return client.post(
        reverse("accounts:reveal", args=[stage.secret(account).pk]),
        form,
        headers={"accept": "application/json"},
    )


def test_it_answers_what_nobody_keeps_and_is_on_record(account: Account) -> None:
    answer = copy(custodian("qian_it"), account)
    assert json.loads(answer.getvalue()) == {"text": CANARY}
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer
    assert not any(CANARY in morsel.OutputString() for morsel in answer.cookies.values())
    row = Reveal.objects.get()
    assert (row.way, row.reason, row.employee.number) == ("copied", "登录", "I002")
    assert b'"way":"copied"' in bytes(Entry.objects.get(verb="accounts.reveal").canonical).replace(b" ", b"")


def test_it_takes_a_reason_and_a_form_of_this_house(account: Account) -> None:
    client = custodian("qian_it")
    url = reverse("accounts:reveal", args=[stage.secret(account).pk])
    assert copy(client, account, reason=" ").status_code == 422
    for method in (client.get, client.head, client.put):
        assert (
            method(url, {"way": "copied", "reason": "x"}, headers={"accept": "application/json"}).status_code
            == 405
        )
    client.handler.enforce_csrf_checks = True
    refused = copy(client, account)
    assert refused.status_code == 403
    assert CANARY not in refused.getvalue().decode()
    assert not Reveal.objects.exists()


def locked(client: Client) -> Client:
    client.post(reverse("accounts:vault_lock"))
    return client


def without_its_cookie(client: Client) -> Client:
    del client.cookies["vault"]
    return client


def without_the_servers_half(client: Client) -> Client:
    unlocking.lock(session_key=client.session.session_key or "")
    return client


def with_the_cookie_of_another_session(client: Client) -> Client:
    other = custodian("shen_operations")
    client.cookies["vault"] = other.cookies["vault"].value
    return client


@pytest.mark.parametrize(
    "spoilt",
    [locked, without_its_cookie, without_the_servers_half, with_the_cookie_of_another_session, grown_old],
)
def test_it_is_bound_to_the_open_vault_and_to_a_fresh_proof(
    account: Account, spoilt: Callable[[Client], Client]
) -> None:
    answer = copy(spoilt(custodian("qian_it")), account)
    assert answer.status_code == 302
    assert CANARY not in answer.getvalue().decode()
    assert not Reveal.objects.exists()


def test_it_ends_with_the_idle_minutes(account: Account) -> None:
    client = custodian("qian_it")
    with time_machine.travel(time.time() + 6 * 60, tick=False):
        assert copy(client, account).status_code == 302
    assert now()
    assert not Reveal.objects.exists()


def test_what_no_script_asks_for_is_shown_and_on_record_so(account: Account) -> None:
    client = custodian("qian_it")
    client.post(
        reverse("accounts:reveal", args=[stage.secret(account).pk]), {"way": "copied", "reason": "登录"}
    )
    assert Reveal.objects.get().way == "shown"


def test_who_keeps_it_not_is_told_of_nothing(account: Account) -> None:
    stage.set_up("fang_vice")
    answer = copy(custodian("fang_vice"), account)
    assert answer.status_code == 404
    assert CANARY not in answer.getvalue().decode()
