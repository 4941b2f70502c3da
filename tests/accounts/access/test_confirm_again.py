"""Before a grave act a person confirms who he is, by the second factor where he has one (C13.5)."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from django.urls import reverse

from office.rulebook import sudo
from tests.people import person, signed_in
from tests.shell.test_signing_in import PASSWORD, with_password

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.5")]

EXPORT = "/desk/export/"


def grown_old(client: Client) -> Client:
    """The proof of the sign-in is older than the rule lets it count."""
    session = client.session
    session[sudo.SESSION] = time.time() - sudo.minutes() * 60 - 1
    session.save()
    return client


def test_a_sign_in_is_a_proof() -> None:
    answer = signed_in("wang_supervisor").post(EXPORT, {"format": "csv"})
    assert answer.status_code == 200


def test_an_old_sign_in_is_asked_again_and_led_back_to_the_page_of_the_form() -> None:
    with_password("wang_supervisor")
    client = grown_old(signed_in("wang_supervisor"))
    answer = client.post(EXPORT, {"format": "csv"}, headers={"referer": "http://testserver/desk/?tab=all"})
    assert answer["Location"] == "/auth/reauthenticate/?next=%2Fdesk%2F%3Ftab%3Dall"
    elsewhere = client.post(EXPORT, {"format": "csv"}, headers={"referer": "https://evil.example/x"})
    assert elsewhere["Location"] == "/auth/reauthenticate/?next=%2F"


def test_a_script_is_told_where_to_go() -> None:
    with_password("wang_supervisor")
    client = grown_old(signed_in("wang_supervisor"))
    answer = client.post(EXPORT, {"format": "csv"}, headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Redirect"][:21]) == (204, "/auth/reauthenticate/")


def test_the_password_proves_it_where_there_is_no_second_factor() -> None:
    with_password("wang_supervisor")
    client = grown_old(signed_in("wang_supervisor"))
    wrong = client.post("/auth/reauthenticate/", {"password": "wrong", "next": "/desk/"})
    assert wrong.status_code == 200
    assert client.post(EXPORT, {"format": "csv"}).status_code == 302
    right = client.post("/auth/reauthenticate/", {"password": PASSWORD, "next": "/desk/"})
    assert right["Location"] == "/desk/"
    assert client.post(EXPORT, {"format": "csv"}).status_code == 200


def test_the_way_back_stays_in_the_house() -> None:
    with_password("wang_supervisor")
    client = grown_old(signed_in("wang_supervisor"))
    answer = client.post("/auth/reauthenticate/", {"password": PASSWORD, "next": "https://evil.example/"})
    assert "evil" not in answer["Location"]


def test_a_password_alone_proves_nothing_beside_a_second_factor() -> None:
    manager = with_password("chen_manager")
    secret = generate_totp_secret()
    TOTP.activate(manager, secret)
    client = grown_old(signed_in("chen_manager"))
    assert client.post(EXPORT, {"format": "csv"})["Location"].startswith(reverse("mfa_reauthenticate"))
    client.post("/auth/reauthenticate/", {"password": PASSWORD})
    assert client.post(EXPORT, {"format": "csv"}).status_code == 302
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    client.post(reverse("mfa_reauthenticate"), {"code": code})
    assert client.post(EXPORT, {"format": "csv"}).status_code == 200


def test_a_person_without_password_and_factor_cannot_prove_anything() -> None:
    supervisor = person("wang_supervisor")
    supervisor.set_unusable_password()
    supervisor.save()
    client = grown_old(signed_in("wang_supervisor"))
    assert client.post(EXPORT, {"format": "csv"}).status_code == 403


def test_a_proof_from_the_future_is_none() -> None:
    client = signed_in("wang_supervisor")
    session = client.session
    session[sudo.SESSION] = time.time() + 3600
    session.save()
    assert client.post(EXPORT, {"format": "csv"}).status_code in (302, 403)
