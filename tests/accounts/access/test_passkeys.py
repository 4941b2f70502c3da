"""What a browser may send in the place of a passkey: refused in words, never a fault of ours."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.test import Client

from tests.browser.conftest import PASSWORD, prepare_login
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.3")]

AGAIN = "/auth/mfa/passkeys/reauthenticate/"
LOGIN, ADD, REFUSED = "/auth/mfa/passkeys/login/", "/auth/mfa/passkeys/add/", "通行密钥未通过"


def coded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")


def used(handle: str | None, client: object) -> dict[str, object]:
    """As a device answers at a sign-in."""
    answer = {
        "clientDataJSON": coded(client),
        "authenticatorData": coded(bytes(37)),
        "signature": "AA",
        "userHandle": handle,
    }
    return {
        "id": "AAAA",
        "rawId": "AAAA",
        "type": "public-key",
        "response": answer,
        "clientExtensionResults": {},
    }


def made(attestation: bytes) -> dict[str, object]:
    """As a device answers when it has made a key."""
    client = {"type": "webauthn.create", "challenge": "AA", "origin": "https://localhost"}
    answer = {"clientDataJSON": coded(client), "attestationObject": coded(attestation)}
    return {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": answer}


GET = {"type": "webauthn.get", "challenge": "AA", "origin": "https://localhost"}
ODD: list[object] = [
    [], "x", 1, {}, {"response": "x"}, {"response": {}}, {"response": None}, [{}],
    used(coded(b"1"), GET), used(None, GET), used(coded(b"\xff\xfe"), GET), used(coded(b"9" * 40), GET),
    used(coded(b"a\x00b"), GET), used(coded(b"-1"), GET), used(coded(b"1"), []), used("%%%", GET), used("A", {}),
    made(b"\xa0"), made(b"\xff\xff"), made(b""), made(b"\xa3cfmtdnonegattStmt\xa0hauthDataA\x00"),
    made(b"\xa3cfmtdnonegattStmt\xa0hauthDataX\x25" + bytes(37)), made(b"\x9b" + b"\xff" * 8),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _unlimited(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False


def test_nothing_that_signs_nobody_in_is_a_fault(client: Client) -> None:
    person("li_lei")
    for odd in [*ODD, None]:
        client.get(LOGIN, headers={"Accept": "application/json"})
        answer = client.post(LOGIN, {"credential": json.dumps(odd)}, follow=True)
        assert answer.status_code == 200, odd
        assert "_auth_user_id" not in client.session
        if odd:
            assert REFUSED in answer.content.decode(), odd
    for odd_text in ("{", "[" * 90_000, "\x00", ""):
        assert client.post(LOGIN, {"credential": odd_text}).status_code == 302


def with_a_key(client: Client) -> None:
    prepare_login("li_lei")
    employee, kind = person("li_lei"), Authenticator.Type.WEBAUTHN
    Authenticator.objects.create(user=employee, type=kind, data={"name": "我的手机", "credential": {}})
    client.force_login(employee)


def test_nothing_that_is_no_key_confirms_who_one_is(client: Client) -> None:
    with_a_key(client)
    for odd in ODD:
        assert client.post(AGAIN, {"credential": json.dumps(odd)})["Location"] == AGAIN, odd
    assert client.get(ADD)["Location"].startswith(AGAIN)


def test_who_was_refused_is_asked_again_for_where_he_was_going(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_key(client)
    monkeypatch.setattr(auth, "get_credentials", lambda _user: [])  # the key of this test is no real one
    inside, outside = "/accounts/7/", "https://evil.example/"
    for next_page, wanted in ((inside, f"{AGAIN}?next=%2Faccounts%2F7%2F"), (outside, AGAIN)):
        answer = client.post(AGAIN, {"credential": json.dumps(ODD[1]), "next": next_page})
        assert answer["Location"] == wanted
        page = client.get(answer["Location"]).content.decode()
        assert REFUSED in page
        assert (f'value="{inside}"' in page) == (next_page == inside)


def test_a_sign_in_that_was_refused_still_knows_where_to(client: Client) -> None:
    person("li_lei")
    client.get(LOGIN, headers={"Accept": "application/json"})
    answer = client.post(LOGIN, {"credential": json.dumps(ODD[1]), "next": "/accounts/7/"})
    assert answer["Location"] == "/auth/login/?next=%2Faccounts%2F7%2F"


def test_nothing_that_is_no_key_is_added(client: Client) -> None:
    prepare_login("li_lei")
    client.force_login(person("li_lei"))
    asked = client.post(f"/auth/reauthenticate/?next={ADD}", {"password": PASSWORD, "next": ADD})
    assert asked["Location"] == ADD
    for odd in [*ODD, None]:
        assert client.get(ADD).status_code == 200
        answer = client.post(ADD, {"credential": json.dumps(odd), "name": "我的\x00手机" * 40})
        assert answer.status_code == 200, odd
        if odd:
            assert REFUSED in answer.content.decode(), odd
